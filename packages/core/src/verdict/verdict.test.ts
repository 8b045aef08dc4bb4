import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClientAddress } from '../http/address.ts';
import { compileAddressRanges } from '../http/address-ranges.ts';
import { firstReason, REASONS, type Reason } from './reason.ts';
import { decide, type VerdictQuestion, type VerdictRecord } from './verdict.ts';

const nowMs = 1_000;

const good: VerdictRecord = {
  known: true,
  revoked: false,
  disabled: false,
  expiresAtMs: Number.POSITIVE_INFINITY,
  secretNotAfterMs: Number.POSITIVE_INFINITY,
  bulkRevoked: false,
  organizationSuspended: false,
  featureOn: true,
  environmentAccepted: true,
  keyspaceRetired: false,
  anyAddress: true,
  addresses: compileAddressRanges([]),
  scopeWords: Uint32Array.of(0b0110, 0b1),
};

const question: VerdictQuestion = {
  keyspaceMatches: true,
  nowMs,
  address: null,
  anyOfScopes: null,
  allOfScopes: null,
};

test('a key with nothing against it is accepted', () => {
  expect(decide(good, question)).toBe(0);
  expect(firstReason(0)).toBeNull();
});

/** Everything that can be against a key, and the reason it gives. */
const flaws: readonly [string, Reason, Partial<VerdictRecord>, Partial<VerdictQuestion>?][] = [
  ['no record', 'unknown', { known: false }],
  ['another keyspace', 'wrong_keyspace', {}, { keyspaceMatches: false }],
  ['a revocation', 'revoked', { revoked: true }],
  ['a bulk revocation', 'revoked', { bulkRevoked: true }],
  ['a secret at its end', 'revoked', { secretNotAfterMs: nowMs }],
  ['an expiry at this instant', 'expired', { expiresAtMs: nowMs }],
  ['an expiry in the past', 'expired', { expiresAtMs: 0 }],
  ['a disabled key', 'disabled', { disabled: true }],
  ['a retired keyspace', 'disabled', { keyspaceRetired: true }],
  ['a suspended organization', 'organization_suspended', { organizationSuspended: true }],
  ['a feature that is off', 'feature_off', { featureOn: false }],
  ['an environment not accepted', 'environment_not_accepted', { environmentAccepted: false }],
  [
    'an unknown address and ranges',
    'address_not_allowed',
    { anyAddress: false, addresses: compileAddressRanges(['192.0.2.0/24']) },
  ],
  ['none of the opening scopes', 'insufficient_scope', {}, { anyOfScopes: Uint32Array.of(0b1001, 0b10) }],
  ['an operation that no scope opens', 'insufficient_scope', {}, { anyOfScopes: Uint32Array.of(0, 0) }],
  [
    'one of the demanded scopes missing',
    'insufficient_scope',
    {},
    { allOfScopes: Uint32Array.of(0b0111, 0b1) },
  ],
  [
    'a demanded scope in a later word missing',
    'insufficient_scope',
    {},
    { allOfScopes: Uint32Array.of(0, 0b11) },
  ],
];

test.each(flaws)('%s alone denies with %s', (_, reason, record, asked) => {
  const bits = decide({ ...good, ...record }, { ...question, ...asked });
  expect(bits).toBe(1 << REASONS.indexOf(reason));
  expect(firstReason(bits)).toBe(reason);
});

test('several flaws give all their reasons, and the first of the list is reported', () => {
  fc.assert(
    fc.property(fc.subarray([...flaws], { minLength: 1 }), (chosen) => {
      const record = Object.assign({ ...good }, ...chosen.map(([, , change]) => change));
      const asked = Object.assign({ ...question }, ...chosen.map(([, , , change]) => change));
      const bits = decide(record, asked);
      const reasons = new Set(chosen.map(([, reason]) => reason));
      expect(REASONS.filter((_, i) => bits & (1 << i))).toEqual(
        REASONS.filter((reason) => reasons.has(reason)),
      );
      expect(firstReason(bits)).toBe(REASONS.find((reason) => reasons.has(reason)));
      if (reasons.has('unknown')) expect(firstReason(bits)).toBe('unknown');
    }),
  );
});

test('every field of the record is read in the same order whatever the others say', () => {
  fc.assert(
    fc.property(fc.subarray([...flaws]), (chosen) => {
      const asked = { ...question, anyOfScopes: Uint32Array.of(1, 0), allOfScopes: Uint32Array.of(1, 0) };
      expect(readsOf(Object.assign({ ...good }, ...chosen.map(([, , change]) => change)), asked)).toEqual(
        readsOf(good, asked),
      );
    }),
  );
});

/** The names that deciding reads, in order, elements of the scope words and calls of the ranges included. */
function readsOf(record: VerdictRecord, asked: VerdictQuestion): readonly string[] {
  const reads: string[] = [];
  const watch = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(object, name) {
        reads.push(`${prefix}${String(name)}`);
        const member: unknown = Reflect.get(object, name);
        return typeof member === 'function' ? member.bind(object) : member;
      },
    });
  decide(
    watch(
      {
        ...record,
        scopeWords: watch(record.scopeWords, 'scopeWords.'),
        addresses: watch(record.addresses, 'addresses.'),
      },
      '',
    ),
    asked,
  );
  return reads;
}

describe('time', () => {
  test.each([
    [nowMs + 1, 0],
    [nowMs, 1],
    [nowMs - 1, 1],
  ])('an end at %i denies at 1000: %i', (endMs, denied) => {
    expect(decide({ ...good, expiresAtMs: endMs }, question)).toBe(denied << REASONS.indexOf('expired'));
    expect(decide({ ...good, secretNotAfterMs: endMs }, question)).toBe(denied << REASONS.indexOf('revoked'));
  });
});

describe('scopes', () => {
  test.each<[string, Partial<VerdictQuestion>, boolean]>([
    ['one of several opening scopes is enough', { anyOfScopes: Uint32Array.of(0b0011, 0) }, true],
    ['an opening scope in a later word is enough', { anyOfScopes: Uint32Array.of(0b1000, 0b1) }, true],
    ['all of the demanded scopes', { allOfScopes: Uint32Array.of(0b0110, 0b1) }, true],
    ['no demanded scope at all', { allOfScopes: Uint32Array.of(0, 0) }, true],
    [
      'both questions at once',
      { anyOfScopes: Uint32Array.of(0b10, 0), allOfScopes: Uint32Array.of(0b1, 0) },
      false,
    ],
    ['a longer question than the key’s words', { anyOfScopes: Uint32Array.of(0b10, 0, 1) }, true],
    ['a demand beyond the key’s words', { allOfScopes: Uint32Array.of(0b10, 0, 1) }, false],
    ['the highest bit of a word', { allOfScopes: Uint32Array.of(0x80000000, 0) }, false],
  ])('%s', (_, asked, accepted) => {
    expect(decide(good, { ...question, ...asked }) === 0).toBe(accepted);
  });
});

test('an address inside the ranges is accepted, one outside is not', () => {
  const addresses = compileAddressRanges(['192.0.2.0/24', '2001:db8::/32']);
  const record = { ...good, anyAddress: false, addresses };
  expect(decide(record, { ...question, address: parseClientAddress('192.0.2.7') })).toBe(0);
  expect(decide(record, { ...question, address: parseClientAddress('2001:db8::7') })).toBe(0);
  expect(firstReason(decide(record, { ...question, address: parseClientAddress('192.0.3.7') }))).toBe(
    'address_not_allowed',
  );
});

test('a key that is good from every address is accepted whatever the ranges that are looked at in place of its own', () => {
  const addresses = compileAddressRanges(['192.0.2.0/24']);
  const elsewhere = { ...question, address: parseClientAddress('198.51.100.1') };
  expect(decide({ ...good, anyAddress: true, addresses }, elsewhere)).toBe(0);
  expect(decide({ ...good, anyAddress: true, addresses }, question)).toBe(0);
});
