import type { KeyFormat } from './key-format.ts';
import { readCount, readTemplate, type TemplateToken, templateError } from './key-template.ts';

/** ASVS 5.0 §6.5.2 and NIST 800-63B: what lists show may not bring a key under the strength its plain hash rests on. */
const MIN_HIDDEN_BITS = 112;

/** What lists show of a key, compiled from its template, e.g. `esms_{environment}_****{last:4}`. */
export interface KeyMask {
  readonly template: string;
  /** @param presentedKey the full key; only the `{first:N}` and `{last:N}` characters of it appear in the answer. */
  mask(presentedKey: string, environment: string | null): string;
}

type MaskPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'environment' }
  | { readonly kind: 'first' | 'last'; readonly count: number };

/** The mask of a keyspace that names none: the literal beginning of its format and a key's last four characters. */
export function defaultKeyMask(format: string): string {
  return `${beginningOf(format)}****{last:4}`;
}

/** Shows nothing random of a key, and so suits every format. */
export function bareKeyMask(format: string): string {
  return `${beginningOf(format)}****`;
}

function beginningOf(format: string): string {
  const random = format.indexOf('{random');
  return random === -1 ? format : format.slice(0, random);
}

/**
 * Compiles a mask: literals, `{environment}`, `{first:N}` and `{last:N}`.
 *
 * @param format the keys it is for.
 * @param environments those of the keyspace.
 * @throws {KeyholdError} `configuration_invalid` for a mask that cannot be read, shows whole keys, or leaves fewer than
 *   112 bits of a key hidden.
 */
export function compileKeyMask(
  template: string,
  format: KeyFormat,
  environments: readonly string[],
): KeyMask {
  const parts = readTemplate(template).map((token) => toPart(template, token));
  if (parts.length === 0) throw templateError(template, 'is empty; a list would show nothing of a key');
  if (environments.length === 0 && parts.some((part) => part.kind === 'environment')) {
    throw templateError(
      template,
      'shows {environment}, and the keyspace has no environments; declare them or leave it out',
    );
  }
  checkHidden(template, parts, format);

  return {
    template,
    mask(presentedKey, environment) {
      return parts.map((part) => show(part, presentedKey, environment)).join('');
    },
  };
}

function toPart(template: string, token: TemplateToken): MaskPart {
  if (token.kind === 'literal') {
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(token.text)) {
      throw templateError(template, 'has a character that cannot be seen; use visible ones');
    }
    return token;
  }
  if (token.text === '{environment}') return { kind: 'environment' };
  const count = token.args.length === 1 ? readCount(token.args[0]) : null;
  if ((token.name === 'first' || token.name === 'last') && count !== null) return { kind: token.name, count };
  throw templateError(template, `has "${token.text}"; a mask knows {environment}, {first:N} and {last:N}`);
}

function checkHidden(template: string, parts: readonly MaskPart[], format: KeyFormat): void {
  let first = 0;
  let last = 0;
  for (const part of parts) {
    if (part.kind === 'first') first = Math.max(first, part.count);
    if (part.kind === 'last') last = Math.max(last, part.count);
  }
  for (const { positions } of format.shapes) {
    if (first + last >= positions.length) {
      throw templateError(
        template,
        `shows all ${positions.length} characters of a key of "${format.template}"; show fewer`,
      );
    }
    // A checksum character tells as much about the random part as it has alternatives.
    let shownBits = 0;
    for (const [i, { characters }] of positions.entries()) {
      if (i < first || i >= positions.length - last) shownBits += Math.log2(characters.length);
    }
    const hiddenBits = format.entropyBits - shownBits;
    if (hiddenBits < MIN_HIDDEN_BITS) {
      throw templateError(
        template,
        `shows ${Math.ceil(shownBits)} of the ${Math.floor(format.entropyBits)} random bits of a key of "${format.template}", and ${MIN_HIDDEN_BITS} must stay hidden; show fewer characters or lengthen the key`,
      );
    }
  }
}

function show(part: MaskPart, presentedKey: string, environment: string | null): string {
  if (part.kind === 'literal') return part.text;
  if (part.kind === 'first') return presentedKey.slice(0, part.count);
  if (part.kind === 'last') return presentedKey.slice(-part.count);
  if (environment === null) throw new TypeError('This mask shows the environment; pass the one of the key.');
  return environment;
}
