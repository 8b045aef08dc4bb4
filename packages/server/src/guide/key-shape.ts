import { ALPHABETS, type AlphabetName, type KeyFormat, type KeyPosition, type KeyShape } from '@keyhold/core';
import { code, listed, say, type Text } from './guide-document.ts';

/** What the characters of each alphabet are, after a number of them. */
const ALPHABET_WORDS: { readonly [alphabet in AlphabetName]: Text } = {
  hex: say`lowercase hex characters (0–9 and a–f)`,
  base36: say`lowercase letters and digits (a–z and 0–9)`,
  base58: say`letters and digits (A–Z, a–z and 1–9, without I, O and l)`,
  base62: say`letters and digits (A–Z, a–z and 0–9)`,
  base64url: say`characters of the base64url alphabet (A–Z, a–z, 0–9, ${code('_')} and ${code('-')})`,
};

/** A key from left to right: ``esms_live_` or `esms_test_`, then 32 lowercase letters and digits (a–z and 0–9)``. */
export function describeShape({ shapes }: KeyFormat): Text {
  const [first, ...others] = shapes.map(toPieces);
  if (first === undefined) return [];
  // Shapes of one format differ in the name of the environment alone.
  const pieces = first.map((piece, i): Text => {
    if (piece.kind !== 'fixed') return piece.words;
    const texts = [piece, ...others.flatMap((other) => other[i] ?? [])].map(({ text }) => text);
    return listed([...new Set(texts)].map(code), 'or');
  });
  return pieces.flatMap((piece, i) => (i === 0 ? piece : [', then ', ...piece]));
}

type Piece =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'drawn'; readonly text: string; readonly words: Text };

function toPieces({ positions }: KeyShape): readonly Piece[] {
  const runs: KeyPosition[][] = [];
  for (const position of positions) {
    const run = runs.at(-1);
    if (run?.[0] !== undefined && isLike(run[0], position)) run.push(position);
    else runs.push([position]);
  }
  return runs.map((run): Piece => {
    const text = run.map(({ characters }) => characters).join('');
    const [{ kind, characters } = { kind: 'literal', characters: '' }] = run;
    if (kind === 'checksum') {
      return { kind: 'drawn', text, words: say`${String(run.length)} characters that check the rest` };
    }
    if (kind === 'random') {
      return { kind: 'drawn', text, words: say`${String(run.length)} ${wordsFor(characters)}` };
    }
    return { kind: 'fixed', text };
  });
}

function isLike(a: KeyPosition, b: KeyPosition): boolean {
  const isFixed = ({ kind }: KeyPosition) => kind === 'literal' || kind === 'environment';
  if (isFixed(a) || isFixed(b)) return isFixed(a) && isFixed(b);
  return a.kind === b.kind && (a.kind === 'checksum' || a.characters === b.characters);
}

function wordsFor(characters: string): Text {
  const known = Object.entries(ALPHABET_WORDS).find(([name]) => Reflect.get(ALPHABETS, name) === characters);
  return known?.[1] ?? say`characters of ${code(characters)}`;
}
