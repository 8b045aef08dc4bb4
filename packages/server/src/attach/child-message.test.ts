import { expect, test } from 'vitest';
import { readChildMessage } from './child-message.ts';

const HOUR_MS = 3_600_000;
const keyId = 'key_1';
const count = { keyId, hourMs: HOUR_MS, outcome: 'accepted', count: 1 };
const refusal = { keyId, reason: 'revoked', count: 1, lastAtMs: 5, address: null, operation: null };
const message = (fields: object) => ({ kind: 'usage', usage: [], lastUsed: [], ...fields });

test('a report counts no more at once than a verifier can have verified', () => {
  for (const most of [1, 1_000_000_000]) {
    expect(readChildMessage(message({ usage: [{ ...count, count: most }] }))).not.toBeNull();
  }
  for (const none of [0, 1_000_000_001, Number.MAX_SAFE_INTEGER, 1.5]) {
    expect(readChildMessage(message({ usage: [{ ...count, count: none }] }))).toBeNull();
    expect(readChildMessage(message({ refusals: [{ ...refusal, count: none }] }))).toBeNull();
  }
});

test('an address is taken as it is printed, and nothing behind it', () => {
  for (const [sent, taken] of [
    ['2001:DB8:0::1%eth0\u0000\u202e', '2001:db8::1'],
    [`fe80::1%${'x'.repeat(1_000)}`, 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['nowhere', null],
    [null, null],
  ]) {
    const lastUsed = [{ keyId, atMs: 1, address: sent }];
    const read = readChildMessage(message({ lastUsed, refusals: [{ ...refusal, address: sent }] }));
    expect(read).toMatchObject({ lastUsed: [{ address: taken }], refusals: [{ address: taken }] });
  }
});

test('a report of more than a verifier sends at once is refused before its entries are looked at', () => {
  let looked = 0;
  const entry = (fields: object) => {
    const get = () => {
      looked++;
      return keyId;
    };
    return Object.defineProperty({ ...fields }, 'keyId', { enumerable: true, get });
  };
  const entries = { usage: entry(count), lastUsed: entry({ atMs: 1 }), refusals: entry(refusal) };
  for (const [list, each] of Object.entries(entries)) {
    expect(readChildMessage(message({ [list]: Array(10_001).fill(each) }))).toBeNull();
    expect(looked).toBe(0);
    expect(readChildMessage(message({ [list]: Array(10_000).fill(each) }))).not.toBeNull();
    looked = 0;
  }
});

test('a refusal for a reason of a later version is passed over, and what is no refusal ends the stream', () => {
  const read = readChildMessage(message({ refusals: [{ ...refusal, reason: 'moon' }, refusal] }));
  expect(read).toMatchObject({ refusals: [refusal] });
  const nones = [
    null,
    0,
    {},
    { ...refusal, keyId: 'x' },
    { ...refusal, count: 0 },
    { ...refusal, reason: 5 },
  ];
  for (const none of nones) expect(readChildMessage(message({ refusals: [refusal, none] }))).toBeNull();
});
