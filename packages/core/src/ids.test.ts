import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesToKeyId,
  createAuditEventId,
  createKeyId,
  createOperatorId,
  createPortalSessionId,
  keyIdToBytes,
} from './ids.ts';
import { createSeededRandom } from './testing.ts';

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('sixteen bytes survive being written as a key id', () => {
  fc.assert(
    fc.property(bytes16, (bytes) => {
      const id = bytesToKeyId(bytes);
      expect(id).toMatch(/^key_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
      expect(keyIdToBytes(id)).toEqual(bytes);
    }),
  );
});

test('a text is a key id only as bytesToKeyId writes it', () => {
  const character = fc.constantFrom(...Array.from('0123456789abcdefghjkmnpqrstvwxyz8zilouA -é'));
  fc.assert(
    fc.property(
      fc.array(character, { minLength: 25, maxLength: 27 }).map((parts) => `key_${parts.join('')}`),
      (text) => {
        const bytes = keyIdToBytes(text);
        if (bytes !== null) expect(bytesToKeyId(bytes)).toBe(text);
        else expect(text).not.toMatch(/^key_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
      },
    ),
    { numRuns: 1_000 },
  );
  const id = bytesToKeyId(new Uint8Array(16).fill(255));
  expect(id).toBe('key_7zzzzzzzzzzzzzzzzzzzzzzzzz');
  for (const other of [
    '',
    'key_',
    `key_8${'0'.repeat(25)}`,
    id.slice(4),
    id.toUpperCase(),
    id.replace('key_', 'op_'),
    id.replace('key_', 'kex_'),
    `${id}0`,
    `${id}\n`,
  ]) {
    expect(keyIdToBytes(other)).toBeNull();
  }
});

test('an id is a UUIDv7 of its moment', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 2 ** 48 - 1 }), (seed, nowMs) => {
      const bytes = Buffer.from(keyIdToBytes(createKeyId(createSeededRandom(seed), nowMs))!);
      expect(bytes.readUIntBE(0, 6)).toBe(nowMs);
      expect(bytes[6]! >> 4).toBe(7);
      expect(bytes[8]! >> 6).toBe(2);
    }),
  );
});

test('ids of later moments sort after earlier ones', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 0, max: 2 ** 47 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      (seed, nowMs, laterMs) => {
        const random = createSeededRandom(seed);
        expect(createKeyId(random, nowMs) < createKeyId(random, nowMs + laterMs)).toBe(true);
      },
    ),
  );
});

test('each kind of id has its own prefix, and making one does not touch the source’s bytes', () => {
  const source = new Uint8Array(16).fill(255);
  const random = () => source;
  expect(createOperatorId(random, 0)).toMatch(/^op_.{26}$/);
  expect(createPortalSessionId(random, 0)).toMatch(/^ps_.{26}$/);
  expect(createAuditEventId(random, 0)).toMatch(/^evt_.{26}$/);
  expect(source).toEqual(new Uint8Array(16).fill(255));
});
