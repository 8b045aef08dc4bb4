import { MAX_KEY_LENGTH } from '../key/key-bytes.ts';

/** What a request presented. `presentedKey` is never logged. */
export type Credential =
  /** Nothing, or a scheme that is not ours: 401 with the bare challenge. */
  | { readonly kind: 'missing' }
  /** Two credentials, a tab after the scheme, a comma list: 400. */
  | { readonly kind: 'invalid_request' }
  /** Something was presented that cannot be a key of any shape: 401 `invalid_token`. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'presented'; readonly presentedKey: string };

/** Where a keyspace's keys stand in a request. `header` in lower case; `scheme` null when the header is the bare key. */
export interface CredentialRule {
  readonly header: string;
  readonly scheme: string | null;
}

const MISSING: Credential = { kind: 'missing' };
const INVALID_REQUEST: Credential = { kind: 'invalid_request' };
const MALFORMED: Credential = { kind: 'malformed' };

/** RFC 9110 §11.2. */
const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads the one credential of a request by RFC 9110 §11 and RFC 6750 §2.1: the scheme in any case, then one or more
 * spaces, then a token68.
 *
 * @param rawHeaders as `node:http` gives them: name, value, name, value …; values without blanks at their ends.
 */
export function readCredential(rule: CredentialRule, rawHeaders: readonly string[]): Credential {
  let value: string | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== rule.header.length || name.toLowerCase() !== rule.header) continue;
    // RFC 9110 §5.3: this is no list field. Taking the first line would let two servers see two keys.
    if (value !== null) return INVALID_REQUEST;
    value = rawHeaders[i + 1]!;
  }
  if (value === null) return MISSING;
  return rule.scheme === null ? readToken(value) : readAfterScheme(rule.scheme, value);
}

function readAfterScheme(scheme: string, value: string): Credential {
  const { length } = scheme;
  if (value.slice(0, length).toLowerCase() !== scheme.toLowerCase()) return MISSING;
  if (value.length === length) return MALFORMED;
  const separator = value[length];
  if (separator === '\t') return INVALID_REQUEST;
  if (separator !== ' ') return MISSING;
  let start = length + 1;
  while (value[start] === ' ') start++;
  return readToken(value.slice(start));
}

function readToken(text: string): Credential {
  if (text.length > MAX_KEY_LENGTH) return MALFORMED;
  if (TOKEN68.test(text)) return { kind: 'presented', presentedKey: text };
  return /[\t,]/.test(text) ? INVALID_REQUEST : MALFORMED;
}
