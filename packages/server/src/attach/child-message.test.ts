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
    const told = readChildMessage(message({ refusals: [{ ...refusal, count: none }] }));
    expect(told).toSatisfy(
      (read: typeof told) => read === null || JSON.stringify(read).endsWith('"refusals":[]}'),
    );
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
