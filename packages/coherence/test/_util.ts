import { hash } from 'node:crypto';
import {
  bytesToKeyId,
  type Clock,
  compileKeyspace,
  defaultKeyspaceDefinition,
  type KeyspaceDefinition,
} from '@keyhold/core';
import { createManualClock, createSeededRandom, type ManualClock } from '@keyhold/core/testing';
import type {
  Change,
  ChangeLog,
  ChangePayload,
  ReplicatedKey,
  ReplicatedOrganization,
  ReplicatedSecret,
} from '../src/change.ts';
import type { Lease } from '../src/lease.ts';
import { createReplica, type LocalReplica } from '../src/replica.ts';
import type { KeyPage, PageKey, PageSecret } from '../src/snapshot/key-page.ts';
import { KeyPageReader } from '../src/snapshot/key-page-reader.ts';
import type { Verifier, VerifyQuestion } from '../src/verification.ts';
import { createVerifier } from '../src/verifier.ts';

export const START_MS = Date.UTC(2026, 4, 2, 10, 0, 0);
const randomBytes = createSeededRandom(7);

export function keyspace(change: Partial<KeyspaceDefinition> = {}): KeyspaceDefinition {
  return { ...defaultKeyspaceDefinition(), ...change };
}

/** A keyspace with scopes, two environments of which one is accepted, and a feature. */
export const MESSAGES = keyspace({
  id: 'messages',
  key: { format: 'msg_{random:base36:32}', masked: '{first:4}…', alsoAccepted: [] },
  environments: ['live', 'test'],
  acceptsEnvironments: ['live'],
  scopes: {
    send: ['POST /messages'],
    query: ['GET /messages', 'GET /messages/{id}'],
    admin: ['GET /messages', 'DELETE /messages'],
  },
  requiresFeature: 'messaging',
});

export function mint(definition: KeyspaceDefinition = keyspace(), environment = 'live'): string {
  return compileKeyspace(definition, []).format.mint(environment, randomBytes);
}

export function secretOf(text: string, change: Partial<ReplicatedSecret> = {}): ReplicatedSecret {
  return { digest: hash('sha256', text), generation: 1, notAfterMs: null, ...change };
}

let lastNumber = 0;

/** A good key of the default keyspace whose one secret is `text`. */
export function keyWith(text: string, change: Partial<ReplicatedKey> = {}): ReplicatedKey {
  return {
    id: bytesToKeyId(randomBytes(16)),
    keyspace: 'default',
    number: ++lastNumber,
    organization: 'acme',
    environment: 'live',
    scopes: [],
    name: 'Production',
    expiresAtMs: null,
    allowedCidrs: [],
    revoked: false,
    disabled: false,
    secrets: [secretOf(text)],
    ...change,
  };
}

export function organization(change: Partial<ReplicatedOrganization> = {}): ReplicatedOrganization {
  return { id: 'acme', suspended: false, features: [], revokedThrough: {}, ...change };
}

export function configuration(...definitions: readonly KeyspaceDefinition[]): ChangePayload {
  return {
    kind: 'configuration',
    keyspaces: definitions.map((definition) => ({ definition, formerFormats: [] })),
  };
}

export function keys(...list: readonly ReplicatedKey[]): ChangePayload {
  return { kind: 'keys', keys: list };
}

export interface Bench {
  readonly clock: ManualClock;
  /** The same clock, its timers counted by `pendingTimers`. */
  readonly countedClock: Clock;
  readonly replica: LocalReplica;
  readonly verifier: Verifier;
  readonly endFailures: unknown[];
  /** Timers armed and neither run nor cancelled. */
  readonly pendingTimers: () => number;
  /** Applies the next change. */
  readonly apply: (payload: ChangePayload) => void | Promise<void>;
  /** Asks of the keyspace `default`, for nothing in particular. */
  readonly question: (change?: Partial<VerifyQuestion>) => VerifyQuestion;
  readonly questionFor: (keyspace: string, change?: Partial<VerifyQuestion>) => VerifyQuestion;
}

/** A replica that holds the keyspaces `default` and `messages` and the organization `acme`, and its verifier. */
export function createBench(lease: Lease = { isLive: () => true }): Bench {
  const clock = createManualClock(START_MS);
  const endFailures: unknown[] = [];
  const counted = countTimers(clock);
  const replica = createReplica({
    clock: counted.clock,
    onEndFailure: (error) => void endFailures.push(error),
  });
  const verifier = createVerifier({ replica, lease });
  replica.seal(0);
  const bench: Bench = {
    clock,
    countedClock: counted.clock,
    replica,
    verifier,
    endFailures,
    pendingTimers: counted.pending,
    apply: (payload) => replica.apply({ seq: replica.appliedSeq + 1, payload }),
    question: (change) => bench.questionFor('default', change),
    questionFor: (id, change) => ({
      keyspace: verifier.keyspace(id) ?? null,
      operation: null,
      scopes: null,
      address: null,
      ...change,
    }),
  };
  void bench.apply(configuration(keyspace(), MESSAGES));
  void bench.apply({ kind: 'organization', organization: organization({ features: ['messaging'] }) });
  return bench;
}

/** The reason of a denial; `accepted` otherwise. */
export function outcome(verifier: Verifier, text: string | null, question: VerifyQuestion): string {
  const verdict = verifier.verify(text, question);
  return verdict.accepted ? 'accepted' : verdict.reason;
}

/** Counts the timers that a clock has armed and neither run nor cancelled. */
function countTimers(clock: Clock): { readonly clock: Clock; readonly pending: () => number } {
  const armed = new Set<object>();
  return {
    pending: () => armed.size,
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer(delayMs, run) {
        const timer = {};
        armed.add(timer);
        const cancel = clock.setTimer(delayMs, () => {
          armed.delete(timer);
          run();
        });
        return () => {
          armed.delete(timer);
          cancel();
        };
      },
    },
  };
}

/** A change log in memory, with the faults that a test wants. */
export interface MemoryLog extends ChangeLog {
  /** Commits a change. @returns its seq. */
  append(payload: ChangePayload): number;
  /** What was read: `snapshot`, or the seq that changes were read after. */
  readonly reads: ('snapshot' | number)[];
  /** Thrown by every read while it is set. */
  failure: Error | null;
  /** Resolved before every read answers. */
  gate: Promise<void>;
  /** Changes that reading does not show, though later ones are there. */
  readonly lost: Set<number>;
}

export function createMemoryLog(...initial: readonly ChangePayload[]): MemoryLog {
  const changes: Change[] = [];
  const log: MemoryLog = {
    reads: [],
    failure: null,
    gate: Promise.resolve(),
    lost: new Set(),
    append: (payload) => changes.push({ seq: changes.length + 1, payload }),
    async readChanges(afterSeq, limit) {
      log.reads.push(afterSeq);
      const { failure } = log;
      const page = changes.filter(({ seq }) => seq > afterSeq && !log.lost.has(seq)).slice(0, limit);
      await log.gate;
      if (failure !== null) throw failure;
      return page;
    },
    async readSnapshot(receive) {
      log.reads.push('snapshot');
      const { failure } = log;
      const taken = [...changes];
      await log.gate;
      if (failure !== null) throw failure;
      for (const { payload } of taken) {
        if (payload.kind === 'configuration' || payload.kind === 'keys') receive(payload);
        else if (payload.kind === 'organization') {
          receive({ kind: 'organizations', organizations: [payload.organization] });
        } else {
          receive({ kind: 'operators', operators: [payload.operator] });
          receive({ kind: 'keys', keys: [payload.key] });
        }
      }
      return taken.length;
    },
  };
  for (const payload of initial) log.append(payload);
  return log;
}

/** What a page of keys says, as objects. @throws {RangeError} for what is no page. */
export function parseKeyPage(printed: Uint8Array): KeyPage {
  const reader = new KeyPageReader(printed);
  const { organizations, profiles, addressLists } = reader;
  const slice = (start: number, byteLength: number) => printed.slice(start, start + byteLength);
  const keys: PageKey[] = [];
  while (reader.nextKey()) {
    const { number, expiresAtMs, revoked, disabled } = reader;
    const secrets: PageSecret[] = [];
    while (reader.nextSecret()) {
      const { digestStart, generation, notAfterMs } = reader;
      secrets.push({ digest: slice(digestStart, 32), generation, notAfterMs });
    }
    keys.push({
      id: slice(reader.idStart, 16),
      number,
      organization: reader.organizationPlace,
      profile: reader.profilePlace,
      addresses: addressLists.indexOf(reader.allowedCidrs),
      expiresAtMs,
      revoked,
      disabled,
      name: slice(reader.nameStart, reader.nameByteLength),
      secrets,
    });
  }
  return { organizations, profiles, addressLists, keys };
}
