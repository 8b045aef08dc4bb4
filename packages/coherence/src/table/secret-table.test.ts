import { digestKey } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SecretFields, SecretTable } from './secret-table.ts';

test('a key text is found by the digest that core keeps of it', () => {
  const secrets = new SecretTable();
  const texts = new Set<string>();
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(secrets.findPresented(text) > 0).toBe(texts.has(text));
      texts.add(text);
      const digest = digestKey(text).toString('hex');
      const secret = secrets.intern(digest, texts.size);
      expect(secrets.findPresented(text)).toBe(secret);
      expect(secrets.digest(secret)).toBe(digest);
    }),
  );
});

test('100,000 secrets are found through every doubling of every shard, and no other', () => {
  const randomBytes = createSeededRandom(3);
  const nextDigest = () => Buffer.from(randomBytes(32)).toString('hex');
  const secrets = new SecretTable();
  const model = new Map<string, number>();
  for (let key = 1; key <= 100_000; key++) {
    const digest = nextDigest();
    model.set(digest, secrets.intern(digest, key));
    // A power of two is where all shards are about to double, or just have.
    if ((key & (key - 1)) !== 0) continue;
    for (const [known, secret] of model) expect(secrets.find(known)).toBe(secret);
  }
  for (const [known, secret] of model) expect(secrets.find(known)).toBe(secret);
  for (let i = 0; i < 10_000; i++) expect(secrets.find(nextDigest())).toBe(0);
});

test('digests alike in all but one bit are told apart', () => {
  const secrets = new SecretTable();
  const digest = Buffer.alloc(32, 0xa5);
  const spellings = Array.from({ length: 256 }, (_, bit) => {
    const other = Buffer.from(digest);
    other[bit >>> 3]! ^= 1 << (bit & 7);
    return other.toString('hex');
  });
  const found = [digest.toString('hex'), ...spellings].map((spelling, i) => secrets.intern(spelling, i + 1));
  expect(new Set(found).size).toBe(257);
  expect([digest.toString('hex'), ...spellings].map((spelling) => secrets.find(spelling))).toEqual(found);
});

test('every field of a secret is kept apart from every other', () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const end = fc.oneof(
    fc.integer({ min: 0, max: 253_402_300_799_999 }),
    fc.constant(Number.POSITIVE_INFINITY),
  );
  const fields: fc.Arbitrary<SecretFields> = fc.record({
    number: word,
    organization: word,
    profile: fc.integer({ min: 0, max: 2 ** 30 - 1 }),
    revoked: fc.boolean(),
    disabled: fc.boolean(),
    expiresAtMs: end,
    notAfterMs: end,
  });
  const generation = fc.integer({ min: 1, max: 2 ** 31 });
  const secrets = new SecretTable();
  const list = [1, 2, 3].map((key) => secrets.intern(digestKey(`key ${key}`).toString('hex'), key));
  fc.assert(
    fc.property(fc.array(fc.tuple(generation, fields), { minLength: 3, maxLength: 3 }), (three) => {
      for (const [i, secret] of list.entries()) secrets.set(secret, ...three[i]!);
      for (const [i, secret] of list.entries()) {
        const [generation, fields] = three[i]!;
        expect(secrets.generation(secret)).toBe(generation);
        expect(secrets.read(secret)).toEqual({ ...fields, key: i + 1 });
      }
    }),
  );
});

test('what is not a digest is refused', () => {
  const secrets = new SecretTable();
  for (const text of ['', 'ab', 'g'.repeat(64), 'a'.repeat(63), 'a'.repeat(66)]) {
    expect(() => secrets.find(text)).toThrow(new TypeError('A digest is 64 hex digits.'));
  }
});

test('a text that is no secret gets a stand-in: the same each time, and any of the secrets', () => {
  const secrets = new SecretTable();
  expect(secrets.findPresented('unknown')).toBe(~0);
  for (let key = 1; key <= 20; key++) secrets.intern(digestKey(`known ${key}`).toString('hex'), key);
  const standIns = Array.from({ length: 1_000 }, (_, i) => ~secrets.findPresented(`unknown ${i}`));
  expect(Array.from({ length: 1_000 }, (_, i) => ~secrets.findPresented(`unknown ${i}`))).toEqual(standIns);
  expect(new Set(standIns)).toEqual(new Set(Array.from({ length: 21 }, (_, i) => i)));
});

test('nothing speaks against the dummy', () => {
  const secrets = new SecretTable();
  expect(secrets.read(0)).toEqual({
    key: 0,
    number: 0,
    organization: 0,
    profile: 0,
    revoked: false,
    disabled: false,
    expiresAtMs: Number.POSITIVE_INFINITY,
    notAfterMs: Number.POSITIVE_INFINITY,
  });
});
