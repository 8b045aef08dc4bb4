import { createHash } from 'node:crypto';
import type { Row, Value } from './tables.ts';

/** Counts rows and digests them, the same for the same rows in the same order whichever database they come from. */
export interface TableDigest {
  readonly rowCount: number;
  add(rows: readonly Row[]): void;
  /** SHA-256, lower-case hex. */
  toHex(): string;
}

export function createTableDigest(): TableDigest {
  const hash = createHash('sha256');
  let rowCount = 0;
  return {
    get rowCount() {
      return rowCount;
    },
    add(rows) {
      rowCount += rows.length;
      for (const row of rows) hash.update(`${JSON.stringify(row.map(toJson))}\n`);
    },
    toHex: () => hash.copy().digest('hex'),
  };
}

/** No text of ours is a list, so bytes are told apart from text that looks like them. */
function toJson(value: Value): string | number | null | readonly [string] {
  return value instanceof Uint8Array ? [Buffer.from(value).toString('hex')] : value;
}
