import type { FieldError } from '@keyhold/core';

/** Something before and after an @, as browsers read a field for addresses; whether it reaches anybody is not known anyway. */
const EMAIL = /^[^\s@\p{Cc}\p{Cf}]{1,64}@[^\s@\p{Cc}\p{Cf}]{1,189}$/u;

/** What is wrong with an e-mail address. */
export function checkEmail(pointer: string, email: string | undefined): readonly FieldError[] {
  if (email === undefined || EMAIL.test(email.trim())) return [];
  return [{ pointer, message: 'must be an e-mail address' }];
}
