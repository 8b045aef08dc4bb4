import type { KeysPageKey } from '@keyhold/api/keys-page';
import { expect, test } from 'vitest';
import { toCurl, toEnvLine } from './call-example.ts';
import { allowedPresets, toExpiry } from './expiry-choice.ts';
import { selectKeys } from './select-keys.ts';
import { readViewState } from './view-state.ts';

function key(number: number, fields: Partial<KeysPageKey> = {}): KeysPageKey {
  return {
    number,
    name: `Key ${number}`,
    masked_key: `ll_${number}…`,
    environment: null,
    scopes: [],
    state: 'active',
    held: false,
    created_at: '2026-05-02T10:00:00Z',
    created_by: { kind: 'operator', name: null },
    last_used_at: null,
    expires_at: null,
    revoked_at: null,
    grace_until: null,
    claim_until: null,
    link_tried_again_at: null,
    ...fields,
  };
}
const numbers = (all: readonly KeysPageKey[], view: Parameters<typeof selectKeys>[1]) =>
  selectKeys(all, view).keys.map(({ number }) => number);

test('every sort has its own first: newest, A to Z, used last, expiring next; reversed, the other way round', () => {
  const all = [
    key(1, { name: 'Key 10', last_used_at: '2026-05-03T00:00:00Z' }),
    key(2, { name: 'key 9', expires_at: '2026-06-01T00:00:00Z' }),
    key(3, { name: 'Ä', last_used_at: '2026-05-04T00:00:00Z', expires_at: '2026-05-05T00:00:00Z' }),
  ];
  expect(numbers(all, {})).toEqual([3, 2, 1]);
  expect(numbers(all, { sort: 'name' })).toEqual([3, 2, 1]);
  expect(numbers(all, { sort: 'used' })).toEqual([3, 1, 2]);
  expect(numbers(all, { sort: 'expires' })).toEqual([3, 2, 1]);
  expect(numbers(all, { sort: 'created', reverse: true })).toEqual([1, 2, 3]);
});

test('a page after the last one is the last one, and what makes no sense in an address is left out', () => {
  const all = Array.from({ length: 16 }, (_, index) => key(index + 1));
  expect(selectKeys(all, { page: 9 })).toMatchObject({ page: 2, pages: 2, total: 16 });
  expect(readViewState({ page: '1.5', sort: 'x', state: 'gone', q: '', reverse: 'no', env: 7 })).toEqual({});
  const view = { q: 'a', state: 'revoked', env: 'live', sort: 'name', reverse: true, page: 2 } as const;
  expect(readViewState({ ...view, reverse: 'true', page: '2' })).toEqual(view);
});

test('an expiry is never in the past, and no preset outlives what the keyspace allows', () => {
  const nowMs = Date.parse('2026-11-21T12:00:00Z');
  expect(toExpiry({ preset: 'never', day: '' }, nowMs)).toBeNull();
  expect(toExpiry({ preset: '7', day: '' }, nowMs)).toBe('2026-11-28T12:00:00Z');
  expect(toExpiry({ preset: 'date', day: '2026-11-19' }, nowMs)).toBeUndefined();
  expect(toExpiry({ preset: 'date', day: '' }, nowMs)).toBeUndefined();
  expect(allowedPresets(30 * 86_400)).toEqual(['7', '30', 'date']);
});

test('lines to paste are quoted for a shell, with the header that the keyspace reads', () => {
  const example = {
    address: 'https://api.example.com',
    method: 'POST',
    path: "/it's",
    body: { a: 1 },
    header: 'X-Api-Key',
    scheme: null,
    variable: 'LEADS_KEY',
  };
  expect(toEnvLine(example, 'k')).toBe('LEADS_KEY=k');
  expect(toCurl(example, 'k')).toBe(
    [
      String.raw`curl -X POST 'https://api.example.com/it'\''s'`,
      "-H 'X-Api-Key: k'",
      "-H 'Content-Type: application/json'",
      `-d '{"a":1}'`,
    ].join(' \\\n  '),
  );
  expect(toCurl({ ...example, address: null }, 'k')).toBeNull();
});
