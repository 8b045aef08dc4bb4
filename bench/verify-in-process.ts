/**
 * What one verification costs in process, next to the hash it contains and to the obvious `Map`.
 *
 *     node bench/verify-in-process.ts [KEYS] [KEYS_PER_ORGANIZATION]      default 1000000 10
 *
 * All variants take turns in one run and the median of the rounds is printed, so that the ratios hold on a noisy machine.
 */

import { hash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createReplica,
  createSoleOwner,
  createVerifier,
  type ReplicatedKey,
  type VerifyQuestion,
} from '@keyhold/coherence';
import { bytesToKeyId, compileKeyspace, defaultKeyspaceDefinition } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { createSystemClock } from '@keyhold/server';
import { EMPTY_LOG } from './empty-log.ts';

const PAGE_KEYS = 10_000;
const ROUNDS = 21;
const CALLS = 50_000;
const BATCH = 1_000;

const keyCount = Number(process.argv[2] ?? 1_000_000);
const keysPerOrganization = Number(process.argv[3] ?? 10);
/** Texts kept to verify with. */
const sampleCount = Math.min(keyCount, 1_000_000);

const clock = createSystemClock();
const randomBytes = createSeededRandom(1);
const definition = defaultKeyspaceDefinition();
const { format } = compileKeyspace(definition, []);
const replica = createReplica({ clock });
const verifier = createVerifier({
  replica,
  lease: createSoleOwner({ log: EMPTY_LOG, replica, clock }).lease,
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// Texts first, so that neither the time nor the memory of making them counts as the table's.
const sample: string[] = Array.from({ length: sampleCount }, () => '');
const sampleEvery = Math.floor(keyCount / sampleCount);

/** Flat, as a text read from a socket is; a minted one is still a chain of its parts. */
function mint(): string {
  return Buffer.from(format.mint('live', randomBytes)).toString('latin1');
}

function createPage(first: number, count: number): ReplicatedKey[] {
  return Array.from({ length: count }, (_, i) => {
    const number = first + i + 1;
    const text = mint();
    if (number % sampleEvery === 0 && number / sampleEvery <= sampleCount)
      sample[number / sampleEvery - 1] = text;
    return {
      id: bytesToKeyId(randomBytes(16)),
      keyspace: definition.id,
      number,
      organization: `org_${Math.floor(number / keysPerOrganization)}`,
      environment: 'live',
      scopes: [],
      name: `Key number ${number}`,
      expiresAtMs: null,
      allowedCidrs: [],
      revoked: false,
      disabled: false,
      secrets: [{ digest: hash('sha256', text), generation: 1, notAfterMs: null }],
    };
  });
}

let loadMs = 0;
let longestPageMs = 0;
const usedBefore = usedBytes();
replica.load({ kind: 'configuration', keyspaces: [{ definition, formerFormats: [] }] });
for (let first = 0; first < keyCount; first += PAGE_KEYS) {
  const keys = createPage(first, Math.min(PAGE_KEYS, keyCount - first));
  const start = performance.now();
  replica.load({ kind: 'keys', keys });
  const pageMs = performance.now() - start;
  loadMs += pageMs;
  longestPageMs = Math.max(longestPageMs, pageMs);
}
replica.seal(1);
const sampleBytes = sample.length * (16 + Math.ceil(sample[0]!.length / 8) * 8);
const tableBytes = usedBytes() - usedBefore - sampleBytes;

const unknown = sample.map(mint);
const byDigest = new Map(sample.map((text, i) => [hash('sha256', text), i]));
const keyspace = verifier.keyspace(definition.id)!;
const question: VerifyQuestion = { keyspace, operation: null, scopes: null, address: null };

/** Verified one after another: few enough that their texts stay in the cache that the warming puts them in. */
const batch: string[] = Array.from({ length: BATCH }, () => '');
let checksum = 0;

/** Fills the batch with random texts and reads each once, as a request's parser would have. */
function fillBatch(texts: readonly string[]): void {
  for (let i = 0; i < BATCH; i++) {
    const text = texts[Math.floor(Math.random() * texts.length)]!;
    checksum += text.indexOf('!');
    batch[i] = text;
  }
}

const one = sample.slice(0, 1);
const oneUnknown = unknown.slice(0, 1);
const hashText = (text: string) => hash('sha256', text).length;
const findInMap = (text: string) => byDigest.get(hash('sha256', text))!;
const verify = (text: string) => Number(verifier.verify(text, question).accepted);
const recognise = (text: string) => Number(keyspace.format.recognise(text) !== null);
const variants: readonly (readonly [string, readonly string[], (text: string) => number])[] = [
  ['hash', one, hashText],
  ['recognise', one, recognise],
  ['hash and Map, one key', one, findInMap],
  ['verify, one key', one, verify],
  ['verify, one unknown key', oneUnknown, verify],
  ['hash and Map, random key', sample, findInMap],
  ['verify, random key', sample, verify],
  ['verify, random unknown key', unknown, verify],
];

const timings = variants.map(() => [] as number[]);
for (let round = 0; round < ROUNDS; round++) {
  for (const [v, [, texts, run]] of variants.entries()) {
    let elapsedNs = 0;
    for (let done = 0; done < CALLS; done += BATCH) {
      fillBatch(texts);
      const start = process.hrtime.bigint();
      for (let i = 0; i < BATCH; i++) checksum += run(batch[i]!);
      elapsedNs += Number(process.hrtime.bigint() - start);
    }
    timings[v]!.push(elapsedNs / CALLS);
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

console.log(`${replica.keyCount} keys, ${keysPerOrganization} an organization, Node ${process.version}`);
console.log(
  `loaded in ${(loadMs / 1000).toFixed(2)} s, longest page of ${PAGE_KEYS}: ${longestPageMs.toFixed(1)} ms`,
);
console.log(`${(tableBytes / keyCount).toFixed(1)} bytes a key`);
for (const [v, [name]] of variants.entries()) {
  console.log(`${median(timings[v]!).toFixed(0).padStart(6)} ns  ${name}`);
}
if (checksum === 0) throw new Error('Nothing was verified.');
