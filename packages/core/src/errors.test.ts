import { expect, test } from 'vitest';
import { isKeyholdError, KeyholdError } from './errors.ts';

test('an error has its code and message, and what else it is given', () => {
  const cause = new Error('disk');
  const fields = [{ pointer: '/name', message: 'The name is too long.' }];
  const error = new KeyholdError('revocation_pending', 'Not yet everywhere.', { cause, fields, seq: 7 });
  expect(error).toMatchObject({ code: 'revocation_pending', message: 'Not yet everywhere.', fields, seq: 7 });
  expect(error.cause).toBe(cause);
  expect(String(error)).toBe('KeyholdError: Not yet everywhere.');
});

test('an error without a cause has no such property, no fields and no seq', () => {
  const error = new KeyholdError('internal', 'Something failed.');
  expect(Object.hasOwn(error, 'cause')).toBe(false);
  expect(error.fields).toEqual([]);
  expect(error.seq).toBeUndefined();
});

test('an error is recognised by its name and code, also one of another copy of the package', () => {
  const named = (name: string, more: object) => Object.assign(new Error('x'), { name }, more);
  expect(isKeyholdError(new KeyholdError('internal', 'Something failed.'))).toBe(true);
  expect(isKeyholdError(named('KeyholdError', { code: 'internal' }))).toBe(true);
  for (const other of [
    null,
    undefined,
    'KeyholdError',
    { name: 'KeyholdError', code: 'internal' },
    named('KeyholdError', {}),
    named('Error', { code: 'ENOENT' }),
    new Error('x'),
  ]) {
    expect(isKeyholdError(other)).toBe(false);
  }
});
