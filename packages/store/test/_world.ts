import { createHash } from 'node:crypto';
import type { ReplicatedKey } from '@keyhold/coherence';
import {
  createClaimLinkId,
  createKeyId,
  createOperatorId,
  createPortalSessionId,
  defaultKeyspaceDefinition,
  type KeyId,
  type KeyspaceDefinition,
  type OperatorScope,
  type RandomBytes,
} from '@keyhold/core';
import type { ManualClock } from '@keyhold/core/testing';
import type {
  Actor,
  KeyRecord,
  MutationContext,
  NewClaimLink,
  NewKey,
  NewSecret,
  OperatorRecord,
} from '../src/records.ts';
import type { Store } from '../src/store.ts';

export const SYSTEM: MutationContext = {
  actor: { kind: 'system', name: 'test' },
  requestId: null,
  sourceAddress: null,
};

/** Two environments and two scopes, no cap. */
export const MESSAGES: KeyspaceDefinition = {
  ...defaultKeyspaceDefinition(),
  id: 'messages',
  scopes: { send: ['POST /send'], query: ['GET /messages'] },
  recycle: { maxGraceMs: 60_000 },
};

/** A cap of ten, no scopes and no environments. */
export const LEADS: KeyspaceDefinition = {
  ...defaultKeyspaceDefinition(),
  id: 'leads',
  key: { format: 'll_{random:hex:64}', masked: '{first:13}…', alsoAccepted: [] },
  environments: [],
  acceptsEnvironments: [],
  limits: { activeKeysPerOrganization: 10, maxLifetimeMs: null },
};

/** A store with both keyspaces, the organizations `acme` and `globex`, and one operator. */
export interface World {
  readonly store: Store;
  readonly clock: ManualClock;
  /** The first operator. */
  readonly root: MutationContext;
  readonly rootOperator: OperatorRecord;
  readonly newSecret: () => NewSecret;
  readonly newKey: (fields?: Partial<NewKey>) => NewKey;
  /** Good for a minute. */
  readonly newClaimLink: () => NewClaimLink;
  readonly issue: (fields?: Partial<NewKey>, context?: MutationContext) => Promise<KeyRecord>;
  readonly createOperator: (
    scopes: readonly OperatorScope[],
    keyspaces?: readonly string[] | null,
    context?: MutationContext,
  ) => Promise<{ readonly record: OperatorRecord; readonly context: MutationContext }>;
  /** Disables everything, as after a restore that nothing vouches for. */
  readonly quarantine: () => Promise<void>;
  readonly createSession: (
    keyspace: string,
    organization: string,
    lifetimeMs?: number,
  ) => Promise<MutationContext>;
}

/** An empty store, and what it was opened with. */
export interface EmptyStore {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly randomBytes: RandomBytes;
}

/** Fills an empty store. The same seed makes the same world. */
export async function fillWorld({ store, clock, randomBytes }: EmptyStore): Promise<World> {
  let secrets = 0;

  function newSecret(): NewSecret {
    return { digest: digestOf(`secret ${++secrets}`), maskedKey: `masked_${secrets}` };
  }
  function newKey(fields: Partial<NewKey> = {}): NewKey {
    const keyspace = fields.keyspace ?? 'messages';
    return {
      id: createKeyId(randomBytes, clock.nowMs()),
      keyspace,
      organization: 'acme',
      name: 'Production',
      environment: keyspace === 'messages' ? 'live' : null,
      scopes: keyspace === 'messages' ? ['send'] : [],
      expiresAtMs: null,
      allowedCidrs: [],
      metadata: {},
      secret: newSecret(),
      ...fields,
    };
  }

  await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, LEADS] }, { acceptOlder: false });
  const bootstrapped = await store.bootstrapOperator(SYSTEM, {
    id: createOperatorId(randomBytes, clock.nowMs()),
    keyId: createKeyId(randomBytes, clock.nowMs()),
    name: 'first',
    secret: newSecret(),
  });
  if (bootstrapped === null) throw new Error('The store was not empty.');
  const root = contextOf({ kind: 'operator', keyId: bootstrapped.value.keyId, generation: 1 });
  for (const id of ['acme', 'globex']) {
    const organization = { id, name: id, features: [], tags: [], suspended: false };
    await store.createOrganization(root, organization, null);
  }
  return {
    store,
    clock,
    root,
    rootOperator: bootstrapped.value,
    newSecret,
    newKey,
    newClaimLink: () => ({
      id: createClaimLinkId(randomBytes, clock.nowMs()),
      sealedKey: 'sealed',
      secretDigest: digestOf('link'),
      hasPassphrase: false,
      expiresAtMs: clock.nowMs() + 60_000,
    }),
    async issue(fields, context = root) {
      return (await store.issueKey(context, newKey(fields), null)).value;
    },
    async createOperator(scopes, keyspaces = null, context = root) {
      const { value: record } = await store.createOperator(
        context,
        {
          id: createOperatorId(randomBytes, clock.nowMs()),
          keyId: createKeyId(randomBytes, clock.nowMs()),
          name: 'operator',
          scopes,
          keyspaces,
          expiresAtMs: null,
          secret: newSecret(),
        },
        null,
      );
      return { record, context: contextOf({ kind: 'operator', keyId: record.keyId, generation: 1 }) };
    },
    async quarantine() {
      await store.completeRestore(SYSTEM, { vouched: false, details: {} });
    },
    async createSession(keyspace, organization, lifetimeMs = 60_000) {
      const id = createPortalSessionId(randomBytes, clock.nowMs());
      const expiresAtMs = clock.nowMs() + lifetimeMs;
      await store.createPortalSession(root, {
        id,
        keyspace,
        organization,
        expiresAtMs,
        userName: null,
        returnUrl: null,
      });
      return contextOf({ kind: 'portal_session', id });
    },
  };
}

export function contextOf(actor: Actor): MutationContext {
  return { actor, requestId: 'request-1', sourceAddress: '192.0.2.1' };
}

export function asKey(key: KeyRecord): MutationContext {
  return contextOf({ kind: 'key', keyId: key.id, generation: key.generation });
}

export function byNumber(key: KeyRecord) {
  return { keyspace: key.keyspace, organization: key.organization, number: key.number };
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The code that a call was refused with; fails when it was not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  throw new Error('The call was expected to be refused, and went through.');
}

/** The codes of calls that were begun together. */
export async function refusalsOf(calls: readonly Promise<unknown>[]): Promise<readonly string[]> {
  return await Promise.all(calls.map(refusalOf));
}

/** Everything that the port shows, to compare two moments. */
export async function readEverything(store: Store): Promise<unknown> {
  const pages: unknown[] = [];
  const seq = await store.readSnapshot((page) => pages.push(page));
  const keys = await store.listKeys({ limit: 1_000 });
  return {
    seq,
    pages,
    changes: await store.readChanges(0, 10_000),
    keys,
    organizations: await store.listOrganizations({ limit: 1_000 }),
    operators: await store.listOperators({ limit: 1_000 }),
    audit: await store.listAuditEvents({ limit: 1_000 }),
    quarantine: await store.readQuarantine(),
    usage: await Promise.all(keys.data.map(({ id }) => store.getKeyUsage(id, { fromMs: 0, toMs: 2 ** 52 }))),
  };
}

export async function headOf(store: Store): Promise<number> {
  return await store.readSnapshot(() => {});
}

/** Follows the log from the beginning, and says which keys it leaves behind. */
export async function replayKeys(store: Store): Promise<ReadonlyMap<KeyId, boolean>> {
  const keys = new Map<KeyId, boolean>();
  for (const { payload } of await store.readChanges(0, 10_000)) {
    if (payload.kind === 'keys') for (const key of payload.keys) keys.set(key.id, !key.revoked);
  }
  return keys;
}

/** What verification is told by the change at `seq`. */
export async function keysAt(store: Store, seq: number): Promise<readonly ReplicatedKey[]> {
  const [change] = await store.readChanges(seq - 1, 1);
  return change?.payload.kind === 'keys' ? change.payload.keys : [];
}
