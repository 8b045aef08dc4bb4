import type { KeyFormat } from './key-format.ts';
import type { KeyPosition } from './key-shape.ts';

/**
 * Looks for a text that two of the formats, or one format in two ways, would read as keys of different environments (or
 * one as naming an environment and the other none). Exact for formats without `{checksum}`; with one it may find a text
 * whose checksum would still have to fit, which among 2^128 keys some always does.
 *
 * @returns what clashes, with such a text, or null when every key can be read in one way only.
 */
export function findAmbiguity(formats: readonly KeyFormat[]): string | null {
  const readings = formats.flatMap(({ template, shapes }) => shapes.map((shape) => ({ template, ...shape })));
  for (const [i, one] of readings.entries()) {
    for (const other of readings.slice(i + 1)) {
      if (one.environment === other.environment) continue;
      const text = findSharedText(one.positions, other.positions);
      if (text === null) continue;
      const [first, second] = [one, other].map(
        ({ template, environment }) => `"${template}" (${environment ?? 'no environment'})`,
      );
      return `${first} and ${second} both fit a text like "${text}"; tell them apart by a literal.`;
    }
  }
  return null;
}

function findSharedText(one: readonly KeyPosition[], other: readonly KeyPosition[]): string | null {
  if (one.length !== other.length) return null;
  let text = '';
  for (const [i, { characters }] of one.entries()) {
    const alternatives = other[i]?.characters ?? '';
    const shared = Array.from(characters).find((character) => alternatives.includes(character));
    if (shared === undefined) return null;
    text += shared;
  }
  return text;
}
