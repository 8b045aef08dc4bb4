/**
 * The alphabets of `{random:ALPHABET:LENGTH}`, each in the order of its digits. All are subsets of the token68
 * characters (RFC 9110 §11.2), so that a key needs no quoting in a header.
 */
export const ALPHABETS = {
  hex: '0123456789abcdef',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  /** Without `0`, `O`, `I` and `l`, as Bitcoin orders it. */
  base58: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  base62: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  /** RFC 4648 §5. */
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
} as const;

/** The name of an alphabet in a key format. */
export type AlphabetName = keyof typeof ALPHABETS;

export function isAlphabetName(text: string): text is AlphabetName {
  return Object.hasOwn(ALPHABETS, text);
}
