/** An organization's id: `[A-Za-z0-9._:-]{1,64}`, compared byte by byte. */
export function isOrganizationId(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,64}$/.test(text);
}

/** A keyspace's id: 1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter or digit. It stands in URLs. */
export function isKeyspaceId(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(text);
}

/** An environment's name: 1 to 32 letters, digits, `-` and `_`, beginning with a letter or digit. It stands in keys. */
export function isEnvironmentName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(text);
}

/**
 * A scope's name: 1 to 64 of `[A-Za-z0-9._:/-]`, beginning with a letter or digit. A subset of RFC 6749's scope-token,
 * without the comma that separates scopes in the self-service API.
 */
export function isScopeName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/.test(text);
}

const MAX_NAME_CODE_POINTS = 100;
/** Bounds the work of normalising; 100 characters fit with every accent on its own, and blanks around them. */
const MAX_NAME_INPUT_LENGTH = 1_000;

/** The name to store, or what is wrong with the one sent. */
export type NameCheck =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly message: string };

/**
 * Checks a name that people give to a key, an organization or an operator: up to 100 code points (so 400 bytes) in
 * any script, emoji included, at least one of them visible, no control characters, no bidirectional overrides.
 *
 * @returns the name in NFC without blanks at its ends, which is what to store, or what is wrong with it.
 */
export function checkName(text: string): NameCheck {
  if (text.length > MAX_NAME_INPUT_LENGTH) return tooLong;
  if (!text.isWellFormed()) return refuse('has half of a surrogate pair; send valid Unicode');
  const name = text.normalize('NFC').trim();
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return refuse('has a control character; leave it out');
  if (/[\u202a-\u202e\u2066-\u2069]/.test(name)) {
    return refuse('has a character that reverses the text around it; leave it out');
  }
  if (!/[^\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(name)) {
    return refuse('has no visible character; name the key so that people can tell it apart');
  }
  if (Array.from(name).length > MAX_NAME_CODE_POINTS) return tooLong;
  return { ok: true, name };
}

const tooLong = refuse(`is longer than ${MAX_NAME_CODE_POINTS} characters; shorten it`);

function refuse(whatAndWhatToDo: string): NameCheck {
  return { ok: false, message: `The name ${whatAndWhatToDo}.` };
}
