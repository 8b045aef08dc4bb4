import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyPage } from '../../test/_util.ts';
import { KEY_FIELDS, type KeyPage, type PageKey, printKeyPage, SECRET_FIELDS } from './key-page.ts';

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
        expect(() => parseKeyPage(printed.subarray(0, length))).toThrow('ends before its last key');
      }
      expect(() => parseKeyPage(Uint8Array.of(...printed, 0))).toThrow('goes on behind its last key');
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

const SECRET = { digest: new Uint8Array(32), generation: 1, notAfterMs: Number.POSITIVE_INFINITY };
const KEY: PageKey = {
  id: new Uint8Array(16),
  number: 1,
  organization: 0,
  profile: 0,
  addresses: 0,
  expiresAtMs: Number.POSITIVE_INFINITY,
  revoked: false,
  disabled: false,
  name: new Uint8Array(0),
  secrets: [SECRET],
};
const PROFILE = { keyspace: 'default', environment: 'live', scopes: ['send'] };
const LISTS = { organizations: ['acme'], profiles: [PROFILE], addressLists: [['192.0.2.0/24']] };

test.each<[string, Partial<PageKey>, string]>([
  ['has no secret', { secrets: [] }, 'a key that is none'],
  ['is of an organization that is not listed', { organization: 1 }, 'names what it does not list'],
  ['has a profile that is not listed', { profile: 1 }, 'names what it does not list'],
  ['has addresses that are not listed', { addresses: 1 }, 'names what it does not list'],
  ['ends at no time', { expiresAtMs: Number.NaN }, 'a time that is none'],
  [
    'has a secret that ends at no time',
    { secrets: [SECRET, { ...SECRET, notAfterMs: Number.NaN }] },
    'a time that is none',
  ],
  [
    'has a secret of no generation',
    { secrets: [SECRET, { ...SECRET, generation: 0 }] },
    'a secret without a generation',
  ],
])('a page whose key %s is refused', (_, change, message) => {
  const printed = printKeyPage({ ...LISTS, keys: [KEY, { ...KEY, ...change }] });
  expect(() => parseKeyPage(printed)).toThrow(RangeError);
  expect(() => parseKeyPage(printed)).toThrow(message);
});

test('a page whose key has a flag that this version does not know is refused', () => {
  const printed = printKeyPage({ ...LISTS, keys: [KEY] });
  const flags = printed.length - SECRET_FIELDS.end - KEY_FIELDS.end + KEY_FIELDS.flags;
  printed[flags] = 4;
  expect(() => parseKeyPage(printed)).toThrow('a key that is none');
});

/** A page without keys whose header is `header`. */
function pageWith(header: string): Uint8Array {
  const bytes = Buffer.alloc(9 + header.length);
  bytes.writeUInt8(1);
  bytes.writeUInt32LE(header.length, 1);
  bytes.write(header, 5);
  return bytes;
}

test('a page whose header cannot be read is refused, and says why', () => {
  expect(() => parseKeyPage(pageWith('{'))).toThrow(
    expect.objectContaining({
      name: 'RangeError',
      message: expect.stringContaining('no JSON'),
      cause: expect.any(SyntaxError),
    }),
  );
  for (const header of ['null', '"x"']) {
    expect(() => parseKeyPage(pageWith(header))).toThrow(RangeError);
    expect(() => parseKeyPage(pageWith(header))).toThrow('has no header');
  }
});

test.each([
  { organizations: undefined },
  { organizations: [1] },
  { profiles: undefined },
  { profiles: [null] },
  { profiles: [{ ...PROFILE, keyspace: 1 }] },
  { profiles: [{ ...PROFILE, environment: 1 }] },
  { profiles: [{ ...PROFILE, scopes: 'send' }] },
  { profiles: [PROFILE, { ...PROFILE, scopes: [1] }] },
  { addressLists: undefined },
  { addressLists: [[], 'x'] },
  { addressLists: [[1]] },
])('a page whose header holds other things than it should (%o) is refused', (change) => {
  expect(parseKeyPage(pageWith(JSON.stringify(LISTS)))).toEqual({ ...LISTS, keys: [] });
  const printed = pageWith(JSON.stringify({ ...LISTS, ...change }));
  expect(() => parseKeyPage(printed)).toThrow(RangeError);
  expect(() => parseKeyPage(printed)).toThrow('a header that lacks a part');
});
