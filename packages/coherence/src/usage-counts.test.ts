import { parseClientAddress, type Reason } from '@keyhold/core';
import { expect, test } from 'vitest';
import { toKey, toQuestion, toVerdict } from './testing.ts';
import { createUsageCounts } from './usage-counts.ts';
import type { VerifiedKey } from './verification.ts';

const HOUR_MS = 3_600_000;
const START_MS = 10 * HOUR_MS - 500;

function setUp() {
  const counts = createUsageCounts();
  const note = (key: VerifiedKey | null, reason: Reason | null, atMs = START_MS, path = '/') =>
    counts.note(toVerdict(key, reason), toQuestion(path), atMs);
  return { counts, note };
}

test('counts are exact by key, hour and outcome, however many there are', () => {
  const { counts, note } = setUp();
  const reasons: (Reason | null)[] = [null, 'revoked', 'insufficient_scope'];
  for (let i = 0; i < 3000; i++) {
    note(toKey(i % 7, i % 2 === 0 ? 'a' : 'b'), reasons[i % 3] ?? null);
    note(null, 'unknown');
  }
  note(toKey(1), null, START_MS + 500);
  const { usage } = counts.take();
  expect(usage.reduce((sum, { count }) => sum + count, 0)).toBe(3001);
  expect(usage).toContainEqual({ keyId: 'key_a0', hourMs: 9 * HOUR_MS, outcome: 'accepted', count: 72 });
  expect(usage).toContainEqual({ keyId: 'key_a1', hourMs: 10 * HOUR_MS, outcome: 'accepted', count: 1 });
  expect(usage.filter(({ outcome }) => outcome === 'insufficient_scope')).toHaveLength(14);
});

test('of an unknown key nothing is told, and what was told is not told again', () => {
  const { counts, note } = setUp();
  const nothing = { usage: [], lastUsed: [], refusals: [] };
  for (let i = 0; i < 1000; i++) note(null, 'unknown');
  expect(counts.take()).toEqual(nothing);
  note(toKey(1), 'revoked');
  note(null, 'unknown');
  expect(counts.take()).toMatchObject({ usage: [{ keyId: 'key_a1', count: 1 }] });
  expect(counts.take()).toEqual(nothing);
});

test("a key's last use is the last accepted one, wherever it came from", () => {
  const { counts, note } = setUp();
  const from = parseClientAddress('2001:db8::9');
  note(toKey(1), null);
  counts.note(toVerdict(toKey(1), null), toQuestion('/'), START_MS + 300, () => from);
  note(toKey(1), null, START_MS + 200);
  note(toKey(1), 'revoked', START_MS + 400);
  expect(counts.take().lastUsed).toEqual([{ keyId: 'key_a1', atMs: START_MS + 300, address: '2001:db8::9' }]);
});

test('a refusal is told by key and reason, with how often and the last of them', () => {
  const { counts, note } = setUp();
  for (let i = 0; i < 300; i++) note(toKey(1), 'revoked', START_MS, `/${i}`);
  note(toKey(1), 'expired', START_MS + 100, '/late');
  note(toKey(2), 'revoked', START_MS + 100, '/other');
  note(toKey(1), null, START_MS + 100, '/good');
  for (let i = 0; i < 300; i++) note(null, 'unknown');
  const address = '203.0.113.7';
  const told = { keyId: 'key_a1', count: 1, lastAtMs: START_MS + 100, address };
  expect(counts.take().refusals).toEqual([
    { ...told, reason: 'revoked', count: 300, lastAtMs: START_MS, operation: 'GET /299' },
    { ...told, keyId: 'key_a2', reason: 'revoked', operation: 'GET /other' },
    { ...told, reason: 'expired', operation: 'GET /late' },
  ]);
});

test('what one key was denied for in an hour is one count, and what it was refused over two hours one refusal', () => {
  const { counts, note } = setUp();
  for (const reason of ['revoked', 'expired', 'revoked'] as const) note(toKey(1), reason);
  note(toKey(1), 'revoked', START_MS + 500);
  const { usage, refusals } = counts.take();
  expect(usage).toEqual([
    { keyId: 'key_a1', hourMs: 9 * HOUR_MS, outcome: 'denied', count: 3 },
    { keyId: 'key_a1', hourMs: 10 * HOUR_MS, outcome: 'denied', count: 1 },
  ]);
  expect(refusals).toMatchObject([
    { reason: 'revoked', count: 3, lastAtMs: START_MS + 500 },
    { reason: 'expired', count: 1 },
  ]);
});

test('a path as long as anybody may send is told of by its beginning, and what was not said is null', () => {
  const { counts, note } = setUp();
  note(toKey(1), 'revoked', START_MS, `/${'x'.repeat(5_000)}`);
  counts.note(
    toVerdict(toKey(2), 'revoked'),
    { keyspace: null, operation: null, scopes: null, address: null },
    START_MS,
  );
  const [long, bare] = counts.take().refusals;
  expect(long?.operation).toBe(`GET /${'x'.repeat(195)}`);
  expect(bare).toMatchObject({ operation: null, address: null });
});
