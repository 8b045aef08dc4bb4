import { type FieldError, KeyholdError, parseDurationMs } from '@keyhold/core';

/** What is wrong with a duration that may be left out. */
export function checkDuration(pointer: string, text: string | undefined): readonly FieldError[] {
  if (text === undefined || parseDurationMs(text) !== null) return [];
  return [{ pointer, message: 'must be a duration such as "15m", "12h", "90d" or "PT1H30M"' }];
}

/** @param fields every field at fault. */
export function validationFailed(fields: readonly FieldError[]): KeyholdError {
  return new KeyholdError('validation_failed', 'Some values cannot be accepted; "errors" lists every one.', {
    fields,
  });
}
