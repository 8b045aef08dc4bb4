import { createHash } from 'node:crypto';
import type { ReplicatedKey, ReplicatedOrganization, SnapshotPage } from '@keyhold/coherence';
import { bytesToKeyId, compileKeyspace, digestKey, type KeyspaceDefinition } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { readConfiguration } from '@keyhold/server';
import { CAUSES, type Cause } from './causes.ts';
import { createUniform, shuffle } from './statistics.ts';

export const KEYSPACE = 'timing';
const FEATURE = 'partner-api';

/** Texts known of each cause: more than the processor's caches hold the records of, so that most are met cold. */
const MAX_SAMPLES = 50_000;
const KEYS_PER_ORGANIZATION = 10;
const PAGE_KEYS = 10_000;

const ORGANIZATION_CAUSES: readonly (Cause | undefined)[] = ['suspended', 'feature off'];
/** By number modulo 16, of the eight tenths of keys whose organization is good: an eighth each. */
const OWN_CAUSES: readonly (Cause | undefined)[] = [
  'revoked',
  'expired',
  'disabled',
  'wrong environment',
  'disabled',
  'revoked',
  'wrong environment',
  'expired',
  'wrong address',
  'wrong address',
];

/** The key tells nothing of its environment, so that only the cause differs between two texts. */
const CONFIGURATION = `
keyspaces:
  ${KEYSPACE}:
    key: { format: "tm_{random:base62:43}{checksum}", masked: "tm_****{last:4}" }
    environments: [live, test]
    accepts_environments: [live]
    requires_feature: ${FEATURE}
    scopes:
      read: [GET /messages, "GET /messages/{id}"]
      send: [POST /messages]
    gateway:
      listen: 127.0.0.1:0
      upstream: "http://127.0.0.1:9"
`;

/** What the server of the loopback measurement is configured with. Nothing listens at its upstream: every key is denied. */
export function readTimingConfiguration() {
  const result = readConfiguration('timing', CONFIGURATION);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.configuration;
}

/** A table of keys of which every cause has about a tenth, everywhere among the others; the rest are good. */
export interface Population {
  readonly definition: KeyspaceDefinition;
  /** Organizations and keys, as a replica loads them. */
  pages(): Iterable<SnapshotPage>;
  /** Texts of keys in the table that are denied for this cause. */
  readonly samples: Readonly<Record<Cause, readonly string[]>>;
  /** As many well-formed texts that no key has; different ones at each call. */
  createUnknown(): readonly string[];
}

/** The same for the same arguments, so that the measuring process knows the keys that the measured one has. */
export function createPopulation(keyCount: number, seed: number): Population {
  const definition = readTimingConfiguration().keyspaces[0]!;
  const { format } = compileKeyspace(definition, []);
  const step = Math.max(2, Math.ceil(keyCount / 10 / MAX_SAMPLES));
  const textOf = (number: number) => flatten(format.mint(null, createSeededRandom(hashOf(seed, number))));

  function* pages(): Iterable<SnapshotPage> {
    const randomBytes = createSeededRandom(seed);
    const takeSample = createSampler(step);
    for (let first = 1; first <= keyCount; first += PAGE_KEYS) {
      const organizations: ReplicatedOrganization[] = [];
      const keys: ReplicatedKey[] = [];
      for (let number = first; number < first + PAGE_KEYS && number <= keyCount; number++) {
        if (number % KEYS_PER_ORGANIZATION === 1) organizations.push(toOrganization(number));
        const digest = takeSample(number) === null ? Buffer.from(randomBytes(32)) : digestKey(textOf(number));
        keys.push(toKey(bytesToKeyId(randomBytes(16)), number, digest.toString('hex')));
      }
      yield { kind: 'organizations', organizations };
      yield { kind: 'keys', keys };
    }
  }

  function createSamples(): Population['samples'] {
    const samples = Object.fromEntries(CAUSES.map((cause) => [cause, [] as string[]])) as Record<
      Cause,
      string[]
    >;
    const takeSample = createSampler(step);
    for (let number = 1; number <= keyCount; number++) {
      const cause = takeSample(number);
      if (cause !== null) samples[cause].push(textOf(number));
    }
    for (const cause of CAUSES) shuffle(samples[cause], uniform);
    return samples;
  }

  // In the order in which they were made, the texts would lie side by side in the measuring process's memory, and known
  // ones in the table too: a help to the processor that a caller does not give it.
  const uniform = createUniform(seed);
  const samples = createSamples();
  const randomUnknown = createSeededRandom(hashOf(seed, 0));
  const createUnknown = () => {
    const texts = samples.revoked.map(() => flatten(format.mint(null, randomUnknown)));
    shuffle(texts, uniform);
    return texts;
  };
  return { definition, pages, samples, createUnknown };
}

/** @returns what tells, of the numbers from 1 on in their order, the cause of one whose text is known: every `step`th of each cause. */
function createSampler(step: number): (number: number) => Cause | null {
  const seen = new Map<Cause, number>();
  return (number) => {
    const cause = causeOf(number);
    if (cause === null) return null;
    const count = seen.get(cause) ?? 0;
    seen.set(cause, count + 1);
    return count % step === 0 ? cause : null;
  };
}

/** A tenth of all keys for each cause. */
function causeOf(number: number): Cause | null {
  return organizationCauseOf(number) ?? OWN_CAUSES[number % 16] ?? null;
}

function organizationCauseOf(number: number): Cause | null {
  return ORGANIZATION_CAUSES[organizationOf(number) % 10] ?? null;
}

function organizationOf(number: number): number {
  return Math.ceil(number / KEYS_PER_ORGANIZATION);
}

/** Every organization allows an office of its own, so that the records of these are cold too. */
function networkOf(organization: number): string {
  return `10.${(organization >>> 8) & 255}.${organization & 255}.0/24`;
}

function toOrganization(number: number): ReplicatedOrganization {
  const cause = organizationCauseOf(number);
  return {
    id: `org_${organizationOf(number)}`,
    suspended: cause === 'suspended',
    features: cause === 'feature off' ? [] : [FEATURE],
    revokedThrough: {},
  };
}

function toKey(id: ReplicatedKey['id'], number: number, digest: string): ReplicatedKey {
  const cause = causeOf(number);
  return {
    id,
    keyspace: KEYSPACE,
    number,
    organization: `org_${organizationOf(number)}`,
    environment: cause === 'wrong environment' ? 'test' : 'live',
    scopes: ['read'],
    name: `Key number ${number}`,
    expiresAtMs: cause === 'expired' ? 1 : null,
    allowedCidrs: cause === 'wrong address' ? [networkOf(organizationOf(number))] : [],
    revoked: cause === 'revoked',
    disabled: cause === 'disabled',
    secrets: [{ digest, generation: 1, notAfterMs: null }],
  };
}

function hashOf(seed: number, number: number): number {
  return createHash('sha256').update(`${seed} ${number}`).digest().readInt32LE();
}

/** One piece in memory, as a text read from a socket is; a minted one is a chain of its parts. */
function flatten(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
