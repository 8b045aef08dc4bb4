import type { RandomBytes } from '../clock.ts';
import { isEnvironmentName } from '../names.ts';
import { ALPHABETS, type AlphabetName, isAlphabetName } from './alphabet.ts';
import { CHECKSUM_LENGTH, checksumOf, FIRST_CHECKSUM_DIGITS } from './checksum.ts';
import { MAX_KEY_LENGTH, toKeyBytes } from './key-bytes.ts';
import { compileShape, type KeyPosition, type KeyShape } from './key-shape.ts';
import { readCount, readTemplate, type TemplateToken, templateError } from './key-template.ts';

/**
 * Fewest bits of randomness in a key: ASVS 5.0 §11.5.1. Above 112 a plain SHA-256 protects it at rest (§6.5.2), and
 * the distance is what a mask may show.
 */
const MIN_ENTROPY_BITS = 128;

/** A key format compiled from its template, e.g. `esms_{environment}_{random:base36:32}`. */
export interface KeyFormat {
  readonly template: string;
  /** Bits of randomness in one key. */
  readonly entropyBits: number;
  readonly hasEnvironment: boolean;
  /** One for each environment; a single one when the template has no `{environment}`. */
  readonly shapes: readonly KeyShape[];
  /**
   * Makes a new key. Every character of the random part is drawn without bias (rejection sampling).
   *
   * @param environment one of the environments the format was compiled with; ignored where the template has none.
   * @throws {TypeError} for any other environment.
   */
  mint(environment: string | null, randomBytes: RandomBytes): string;
  /** Says whether `text` has exactly this shape, checksum included, and which environment it names. */
  recognise(text: string): RecognisedKey | null;
}

/** What a key's text tells. */
export interface RecognisedKey {
  /** Null when the template has no `{environment}`. */
  readonly environment: string | null;
}

type FormatPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'environment' }
  | { readonly kind: 'random'; readonly alphabet: AlphabetName; readonly length: number }
  | { readonly kind: 'checksum' };

/**
 * Compiles a key format: literals, `{environment}`, `{random:ALPHABET:LENGTH}` and `{checksum}`.
 *
 * @param environments those of the keyspace; a template without `{environment}` may have several all the same, the
 *   key's record then carries its environment.
 * @throws {KeyholdError} `configuration_invalid` for a template that cannot be read, has less than 128 bits of
 *   randomness, makes keys of more than 512 characters, or characters outside token68 (RFC 9110 §11.2).
 */
export function compileKeyFormat(template: string, environments: readonly string[]): KeyFormat {
  const parts = readTemplate(template).map((token) => toPart(template, token));
  const hasEnvironment = parts.some((part) => part.kind === 'environment');
  if (hasEnvironment) checkEnvironments(template, environments);
  if (parts.filter((part) => part.kind === 'checksum').length > 1) {
    throw templateError(template, 'has more than one {checksum}; keep the last');
  }
  const entropyBits = toEntropyBits(parts);
  if (entropyBits < MIN_ENTROPY_BITS) {
    throw templateError(
      template,
      `has ${Math.floor(entropyBits)} bits of randomness, and a key needs ${MIN_ENTROPY_BITS}; lengthen it, for example to {random:base62:22}`,
    );
  }
  const shapes = (hasEnvironment ? environments : [null]).map((environment) => toShape(parts, environment));
  const longest = Math.max(...shapes.map((shape) => shape.positions.length));
  if (longest > MAX_KEY_LENGTH) {
    throw templateError(template, `makes keys of ${longest} characters; shorten it to ${MAX_KEY_LENGTH}`);
  }
  const recognisers = shapes.map((shape) => ({
    length: shape.positions.length,
    hasShape: compileShape(shape),
    recognised: { environment: shape.environment },
  }));

  return {
    template,
    entropyBits,
    hasEnvironment,
    shapes,
    mint(environment, randomBytes) {
      if (hasEnvironment && (environment === null || !environments.includes(environment))) {
        throw new TypeError(`The key format "${template}" has no environment "${environment}".`);
      }
      let key = '';
      for (const part of parts) {
        if (part.kind === 'literal') key += part.text;
        else if (part.kind === 'environment') key += environment;
        else if (part.kind === 'random') key += draw(ALPHABETS[part.alphabet], part.length, randomBytes);
        else key += checksumOf(key);
      }
      return key;
    },
    recognise(text) {
      const bytes = toKeyBytes(text);
      if (bytes === null) return null;
      for (const { length, hasShape, recognised } of recognisers) {
        if (length === text.length && hasShape(bytes)) return recognised;
      }
      return null;
    },
  };
}

function toPart(template: string, token: TemplateToken): FormatPart {
  if (token.kind === 'literal') {
    if (!/^[A-Za-z0-9._~+/-]+$/.test(token.text)) {
      throw templateError(
        template,
        `has "${token.text}", which cannot stand in a header unquoted; use letters, digits and - . _ ~ + /`,
      );
    }
    return token;
  }
  const [alphabet, length, ...more] = token.args;
  if (token.name === 'random' && alphabet !== undefined && more.length === 0) {
    const count = readCount(length);
    if (isAlphabetName(alphabet) && count !== null) return { kind: 'random', alphabet, length: count };
  }
  if (token.text === '{environment}') return { kind: 'environment' };
  if (token.text === '{checksum}') return { kind: 'checksum' };
  throw templateError(
    template,
    `has "${token.text}"; a key format knows {environment}, {random:ALPHABET:LENGTH} with ${Object.keys(ALPHABETS).join(', ')}, and {checksum}`,
  );
}

function checkEnvironments(template: string, environments: readonly string[]): void {
  if (environments.length === 0) {
    throw templateError(
      template,
      'has {environment}, and the keyspace has no environments; declare them or leave it out',
    );
  }
  for (const environment of environments) {
    if (!isEnvironmentName(environment)) {
      throw templateError(
        template,
        `cannot carry the environment "${environment}"; use up to 32 letters, digits, "-" and "_"`,
      );
    }
  }
}

function toEntropyBits(parts: readonly FormatPart[]): number {
  let bits = 0;
  for (const part of parts) {
    if (part.kind === 'random') bits += part.length * Math.log2(ALPHABETS[part.alphabet].length);
  }
  return bits;
}

function toShape(parts: readonly FormatPart[], environment: string | null): KeyShape {
  return { environment, positions: parts.flatMap((part) => toPositions(part, environment)) };
}

function toPositions(part: FormatPart, environment: string | null): readonly KeyPosition[] {
  if (part.kind === 'random') {
    return Array.from({ length: part.length }, () => ({
      kind: 'random',
      characters: ALPHABETS[part.alphabet],
    }));
  }
  if (part.kind === 'checksum') {
    return Array.from({ length: CHECKSUM_LENGTH }, (_, i) => ({
      kind: 'checksum',
      characters: i === 0 ? FIRST_CHECKSUM_DIGITS : ALPHABETS.base62,
    }));
  }
  const text = part.kind === 'literal' ? part.text : (environment ?? '');
  return Array.from(text, (character) => ({ kind: part.kind, characters: character }));
}

/** Draws `length` characters, each equally likely: a byte past the last whole multiple of the alphabet is drawn again. */
function draw(alphabet: string, length: number, randomBytes: RandomBytes): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < limit) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
