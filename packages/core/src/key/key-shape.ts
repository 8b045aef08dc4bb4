import { hasChecksumAt } from './checksum.ts';

/** What keys of one environment look like, character by character. Every such key has the same length. */
export interface KeyShape {
  readonly environment: string | null;
  readonly positions: readonly KeyPosition[];
}

/** One character of a {@link KeyShape}. */
export interface KeyPosition {
  readonly kind: 'literal' | 'environment' | 'random' | 'checksum';
  /** Every character that may stand here. */
  readonly characters: string;
}

/** A run of characters that may each be one of the same. */
interface Run {
  readonly start: number;
  readonly end: number;
  /** 1 at the code of each character that may stand in it. */
  readonly table: Uint8Array;
}

/**
 * Compiles a shape to what says whether the bytes of a text as long as it have it, checksum included. Allocates nothing,
 * and looks first at what tells one shape from another: the characters that are fixed.
 */
export function compileShape({ positions }: KeyShape): (bytes: Uint8Array) => boolean {
  const fixed = Array.from(positions.entries()).filter(([, { characters }]) => characters.length === 1);
  const fixedAt = Uint16Array.from(fixed, ([at]) => at);
  const fixedCodes = Uint8Array.from(fixed, ([, { characters }]) => characters.charCodeAt(0));
  const runs = toRuns(positions);
  const checksumStart = positions.findIndex(({ kind }) => kind === 'checksum');
  return (bytes) => {
    let difference = 0;
    for (let i = 0; i < fixedAt.length; i++) difference |= bytes[fixedAt[i]!]! ^ fixedCodes[i]!;
    if (difference !== 0) return false;
    let allowed = 1;
    for (const { start, end, table } of runs) {
      for (let at = start; at < end; at++) allowed &= table[bytes[at]!]!;
    }
    return allowed === 1 && (checksumStart === -1 || hasChecksumAt(bytes, checksumStart));
  };
}

function toRuns(positions: readonly KeyPosition[]): readonly Run[] {
  const runs: Run[] = [];
  for (let start = 0, end = 0; start < positions.length; start = end) {
    const { characters } = positions[start]!;
    while (positions[end]?.characters === characters) end++;
    if (characters.length > 1) runs.push({ start, end, table: toTable(characters) });
  }
  return runs;
}

function toTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
