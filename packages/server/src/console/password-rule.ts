import type { FieldError } from '@keyhold/core';

const MIN_CHARACTERS = 12;
const MAX_CHARACTERS = 128;

/** Of the lists of leaked passwords, those that are long enough to be taken otherwise; whole, or as a part with little else. */
const COMMON = [
  'passwordpassword',
  'password1234',
  'password12345',
  'password123456',
  'qwertyuiop123',
  'qwertyuiop12',
  'qwertyuiopasdf',
  'qwerty123456',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'iloveyou1234',
  'administrator',
  'adminadminadmin',
  'changemechangeme',
  'letmeinletmein',
  'welcome12345',
  'abcdefghijkl',
  'abcdefghijklmnop',
  'abc123abc123',
  'keyholdkeyhold',
];

/** What is wrong with a new password: its length alone decides, and that nobody tries it first (NIST SP 800-63B §3.1.1.2). */
export function checkPassword(pointer: string, password: string | undefined): readonly FieldError[] {
  if (password === undefined) return [];
  const characters = Array.from(password.normalize('NFC'));
  if (characters.length < MIN_CHARACTERS || characters.length > MAX_CHARACTERS) {
    return [{ pointer, message: `must have ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters` }];
  }
  const plain = password.toLowerCase();
  if (!COMMON.includes(plain) && !isOneThingAgain(characters) && !isCount(plain)) return [];
  return [{ pointer, message: 'is among the first that are tried; take one that is your own' }];
}

/** `aaaaaaaaaaaa`, `abcabcabcabc`. */
function isOneThingAgain(characters: readonly string[]): boolean {
  return [1, 2, 3].some((length) => characters.every((one, i) => one === characters[i % length]));
}

/** `123456789012`, `987654321098`. */
function isCount(text: string): boolean {
  const isStep = (step: number) =>
    Array.from(text).every((one, i) => i === 0 || Number(one) === (Number(text[i - 1]) + step) % 10);
  return /^\d+$/.test(text) && (isStep(1) || isStep(9));
}
