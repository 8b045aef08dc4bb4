// What each way of taking a key's digest costs: `node packages/core/test/digest.bench.ts`. Best of 7 rounds.
import { createHash, hash, randomBytes } from 'node:crypto';
import { compileKeyFormat, digestKey } from '@keyhold/core';

const CALLS = 200_000;
const format = compileKeyFormat('kh_{environment}_{random:base62:43}{checksum}', ['live']);
const keys = Array.from({ length: 4_096 }, () => format.mint('live', randomBytes));

const ways: { readonly [name: string]: (key: string) => Buffer | string } = {
  digestKey,
  'hash to Buffer': (key) => hash('sha256', key, 'buffer'),
  'hash to hex to Buffer': (key) => Buffer.from(hash('sha256', key, 'hex'), 'hex'),
  'hash to hex, a string': (key) => hash('sha256', key, 'hex'),
  createHash: (key) => createHash('sha256').update(key).digest(),
};

const bestNs = new Map<string, number>();
let length = 0;
for (let round = 0; round < 7; round++) {
  for (const [name, digest] of Object.entries(ways)) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < CALLS; i++) length += digest(keys[i % keys.length]!).length;
    const ns = Number(process.hrtime.bigint() - begin) / CALLS;
    bestNs.set(name, Math.min(bestNs.get(name) ?? Number.POSITIVE_INFINITY, ns));
  }
}
for (const [name, ns] of bestNs) console.log(`${name.padEnd(24)} ${ns.toFixed(0)} ns`);
if (length === 0) throw new Error('Nothing was hashed.');
