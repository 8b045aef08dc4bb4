import { expect, test } from 'vitest';
import { fromErrorMessage, toErrorMessage } from './error-message.ts';
import { KeyholdError } from './errors.ts';

test('an error arrives in another process with its code, fields, change and the stack underneath', () => {
  const cause = new TypeError('underneath');
  const fields = [{ pointer: '/name', message: 'is missing' }];
  const sent = new KeyholdError('revocation_pending', 'Repeat it.', { seq: 7, fields, cause });
  const received = fromErrorMessage(structuredClone(toErrorMessage(sent)));
  expect(received).toMatchObject({ code: 'revocation_pending', message: 'Repeat it.', seq: 7, fields });
  expect(received.cause).toBe(cause.stack);
});

test('what an error does not carry is not there after the crossing either', () => {
  const received = fromErrorMessage(structuredClone(toErrorMessage(new KeyholdError('key_revoked', 'x'))));
  expect(received.fields).toEqual([]);
  expect(received.seq).toBeUndefined();
  expect('cause' in received).toBe(false);
});
