import { KeyholdError } from '@keyhold/core';
import { expect, test } from 'vitest';
import { pickSafe } from './logger.ts';

test('a field that is not known to be safe is named and never written', () => {
  const fields = { request_id: 'r', authorization: 'Bearer khop_secret', headers: { authorization: 'x' } };
  expect(pickSafe(fields)).toEqual({ request_id: 'r', omitted: ['authorization', 'headers'] });
});

test('an object under a known name is not written whole', () => {
  expect(pickSafe({ keyspace: { id: 'a', key: { format: 'f' } } })).toEqual({ omitted: ['keyspace'] });
});

test('of an error, its words and its cause are written and not what hangs on it', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    options: { headers: ['khop_secret'] },
  });
  const written = pickSafe({
    err: new KeyholdError('store_unavailable', 'The store does not answer.', { cause }),
  });
  expect(written).toMatchObject({
    err: {
      code: 'store_unavailable',
      message: 'The store does not answer.',
      cause: { code: 'ECONNREFUSED' },
    },
  });
  expect(JSON.stringify(written)).not.toContain('khop_secret');
});
