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
