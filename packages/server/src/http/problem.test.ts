import { PROBLEMS } from '@keyhold/api';
import { ERROR_CODES, KeyholdError } from '@keyhold/core';
import { expect, test } from 'vitest';
import { isFailure, toProblem } from './problem.ts';

test('every error code is a problem and every problem an error code', () => {
  expect(Object.keys(PROBLEMS).toSorted()).toEqual([...ERROR_CODES].toSorted());
});

test('a refusal says what it refuses, with every field at fault and the change that is pending', () => {
  const fields = [{ pointer: '/name', message: 'is missing; send a string' }];
  expect(toProblem(new KeyholdError('validation_failed', 'No.', { fields }), 'req_1').body).toEqual({
    type: 'urn:keyhold:problem:validation_failed',
    title: PROBLEMS.validation_failed.title,
    status: 422,
    code: 'validation_failed',
    detail: 'No.',
    request_id: 'req_1',
    errors: fields,
  });
  const pending = toProblem(new KeyholdError('revocation_pending', 'x', { seq: 9 }), 'req_2');
  expect(pending).toMatchObject({ status: 503, retryAfterSeconds: 1, body: { seq: 9 } });
});

test.each([
  new Error('SQLITE_CORRUPT in /var/lib/keyhold/keyhold.db'),
  new KeyholdError('store_unavailable', 'no answer from /var/lib/keyhold/keyhold.db'),
  new KeyholdError('store_corrupt', 'damaged: /var/lib/keyhold/keyhold.db'),
  'a string',
  undefined,
])('a failure tells its caller nothing about us: %s', (error) => {
  const problem = toProblem(error, 'req_1');
  expect(JSON.stringify(problem.body)).not.toContain('/var/lib');
  expect(isFailure(problem)).toBe(true);
});
