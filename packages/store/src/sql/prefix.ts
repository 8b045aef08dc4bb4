import { type RawBuilder, sql } from 'kysely';

/** Above every character that text can go on with. */
const LAST_CHARACTER = '\u{10ffff}';

/** Whether text begins so, as a range that an index on it serves. */
export function isPrefix(text: RawBuilder<unknown>, prefix: string): RawBuilder<boolean> {
  return sql<boolean>`(${text} >= ${prefix} AND ${text} < ${prefix + LAST_CHARACTER})`;
}

/** What `lower()` of both dialects does to text that compares byte for byte: A–Z and nothing else. */
export function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
