import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyPage } from '../../test/_util.ts';
import { type KeyPage, type PageKey, printKeyPage } from './key-page.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const uint32 = fc.nat(2 ** 32 - 1);
const instant = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(2 ** 43));

const secret = fc.record({
  digest: bytes(32),
  generation: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  notAfterMs: instant,
});

const page: fc.Arbitrary<KeyPage> = fc
  .record({
    organizations: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }),
    profiles: fc.array(
      fc.record({
        keyspace: fc.string(),
        environment: fc.option(fc.string()),
        scopes: fc.array(fc.string()),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    addressLists: fc.array(fc.array(fc.string()), { minLength: 1, maxLength: 3 }),
  })
  .chain((header) => {
    const key: fc.Arbitrary<PageKey> = fc.record({
      id: bytes(16),
      number: uint32,
      organization: fc.nat(header.organizations.length - 1),
      profile: fc.nat(header.profiles.length - 1),
      addresses: fc.nat(header.addressLists.length - 1),
      expiresAtMs: instant,
      revoked: fc.boolean(),
      disabled: fc.boolean(),
      name: fc.uint8Array({ maxLength: 300 }),
      secrets: fc.array(secret, { minLength: 1, maxLength: 3 }),
    });
    return fc.array(key, { maxLength: 5 }).map((keys) => ({ ...header, keys }));
  });

test('what is printed is parsed as it was, from the middle of a buffer too', () => {
  fc.assert(
    fc.property(page, fc.nat(9), (given, before) => {
      const printed = printKeyPage(given);
      const among = new Uint8Array(before + printed.length + 1).fill(0xff);
      among.set(printed, before);
      expect(parseKeyPage(among.subarray(before, before + printed.length))).toEqual(given);
    }),
  );
});

test('a page cut off anywhere, or with more behind it, is refused', () => {
  fc.assert(
    fc.property(page, (given) => {
      const printed = printKeyPage(given);
      for (let length = 0; length < printed.length; length++) {
        expect(() => parseKeyPage(printed.subarray(0, length))).toThrow(RangeError);
      }
      expect(() => parseKeyPage(Uint8Array.of(...printed, 0))).toThrow(RangeError);
    }),
    { numRuns: 20 },
  );
});

test('a page with a byte turned is refused, or parsed into keys that are whole', () => {
  fc.assert(
    fc.property(page, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, place, turn) => {
      const printed = printKeyPage(given);
      const at = place % printed.length;
      printed[at] = (printed[at] ?? 0) ^ turn;
      let parsed: KeyPage;
      try {
        parsed = parseKeyPage(printed);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      for (const key of parsed.keys) {
        expect(key.id).toHaveLength(16);
        expect(parsed.organizations[key.organization]).toBeTypeOf('string');
        expect(parsed.profiles[key.profile]).toBeDefined();
        expect(parsed.addressLists[key.addresses]).toBeDefined();
        for (const { digest } of key.secrets) expect(digest).toHaveLength(32);
      }
    }),
  );
});

test('a page of a later version is refused, and says so', () => {
  const printed = printKeyPage({ organizations: [], profiles: [], addressLists: [], keys: [] });
  printed[0] = 2;
  expect(() => parseKeyPage(printed)).toThrow('version 2');
});
