import type { Authority, Verifier } from '@keyhold/coherence';
import type { FieldError } from '@keyhold/core';
import {
  bytesToKeyId,
  type Clock,
  createKeyId,
  digestKey,
  type IssueRequest,
  KeyholdError,
  type Keyspace,
  keyIdToBytes,
  OPERATOR_KEYSPACE,
  type PatchRequest,
  type Planned,
  planIssue,
  planPatch,
  type RandomBytes,
} from '@keyhold/core';
import {
  type Idempotency,
  type ImportOutcome,
  type KeyRecord,
  type KeySelector,
  keyspaceNotFound,
  type Mutated,
  type MutationContext,
  type NewSecret,
  type Store,
} from '@keyhold/store';
import type { ClaimLinkRequest, ClaimLinks } from '../claims/claim-links.ts';
import { type ImportRequest, planImportRow } from './key-import.ts';
import { validationFailed } from './refused-fields.ts';
import { commitSecret } from './secret-commit.ts';

/** What a call that may show a secret answers with. */
export interface KeyOutcome {
  readonly record: KeyRecord;
  /** The new secret, to be shown once; null when a create was replayed, or it is handed over by a link. */
  readonly presentedKey: string | null;
  /** Path and fragment of the link that hands the secret over, to be shown once; null where there is none. */
  readonly claimPath: string | null;
  /** The change that holds in every process (or will, while `pending`). */
  readonly seq: number;
  /** Nothing was written: an earlier call with the same idempotency key did it. */
  readonly replayed: boolean;
  /** Stored, and not yet confirmed in every process. */
  readonly pending: boolean;
}

export interface KeyChange {
  readonly record: KeyRecord;
  readonly seq: number;
}

export type ImportRowOutcome =
  | ImportOutcome
  | {
      readonly status: 'refused';
      readonly code: 'validation_failed';
      readonly fields: readonly FieldError[];
    };

/**
 * What can be done with keys, for every face that does it. Each call returns when the change holds in every process.
 *
 * Every method throws {@link KeyholdError}: what the store's method of the same name throws, `keyspace_not_found`, and
 * `validation_failed` with every field at fault.
 */
export interface KeyService {
  issue(
    context: MutationContext,
    request: IssueRequest & { readonly keyspace: string; readonly organization: string },
    idempotency: Idempotency | null,
    claimLink?: ClaimLinkRequest | null,
  ): Promise<KeyOutcome>;
  /** Rows that cannot be imported are told and do not stop the others. */
  importKeys(
    context: MutationContext,
    keyspace: string,
    rows: readonly ImportRequest[],
  ): Promise<{ readonly outcomes: readonly ImportRowOutcome[]; readonly seq: number }>;
  patch(context: MutationContext, selector: KeySelector, request: PatchRequest): Promise<KeyChange>;
  /** @param graceMs how long the present secret goes on working; up to what the keyspace allows. */
  recycle(
    context: MutationContext,
    selector: KeySelector,
    graceMs: number,
    claimLink?: ClaimLinkRequest | null,
  ): Promise<KeyOutcome>;
  revoke(context: MutationContext, selector: KeySelector, reason: string | null): Promise<KeyChange>;
  disable(context: MutationContext, selector: KeySelector): Promise<KeyChange>;
  enable(context: MutationContext, selector: KeySelector): Promise<KeyChange>;
  /** One of these to several keys in one change, and one wait for all; tells what became of each. */
  changeKeys(
    context: MutationContext,
    verb: 'revoke' | 'disable' | 'enable',
    ids: readonly string[],
    reason: string | null,
  ): Promise<{ readonly outcomes: readonly SwitchedKey[]; readonly seq: number }>;
}

export interface SwitchedKey {
  /** As it was asked for. */
  readonly id: string;
  readonly status: 'done' | 'unchanged' | 'refused';
  readonly code?: 'key_not_found' | 'key_revoked';
}

export interface KeyServiceOptions {
  readonly store: Store;
  readonly authority: Pick<Authority, 'commit'>;
  /** Only its keyspaces are read. */
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly claimLinks: Pick<ClaimLinks, 'prepare'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export function createKeyService(options: KeyServiceOptions): KeyService {
  const { store, authority, verifier, claimLinks, clock, randomBytes } = options;

  function requireKeyspace(id: string): Keyspace {
    const keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
    if (keyspace === undefined) throw keyspaceNotFound();
    return keyspace;
  }

  /** A key outlives the removal of its environment from the configuration, and there is no format to recycle it by then. */
  function requireEnvironment(keyspace: Keyspace, environment: string | null): void {
    if (environment === null || keyspace.definition.environments.includes(environment)) return;
    throw new KeyholdError(
      'validation_failed',
      `The key is of the environment "${environment}", which the keyspace "${keyspace.id}" no longer has; declare it again, or issue another key.`,
    );
  }

  function mint(keyspace: Keyspace, environment: string | null): { presentedKey: string; secret: NewSecret } {
    const presentedKey = keyspace.format.mint(environment, randomBytes);
    return {
      presentedKey,
      secret: {
        digest: digestKey(presentedKey).toString('hex'),
        maskedKey: keyspace.mask.mask(presentedKey, environment),
      },
    };
  }

  async function change(mutate: () => Promise<Mutated<KeyRecord>>): Promise<KeyChange> {
    const { value, seq } = await authority.commit(mutate);
    return { record: value, seq };
  }

  return {
    async issue(context, { keyspace: keyspaceId, organization, ...request }, idempotency, claimLink = null) {
      const keyspace = requireKeyspace(keyspaceId);
      const plan = requirePlan(planIssue(keyspace, request, clock.nowMs()));
      const { presentedKey, secret } = mint(keyspace, plan.environment);
      const id = createKeyId(randomBytes, clock.nowMs());
      const claim = claimLink === null ? null : await claimLinks.prepare(presentedKey, claimLink);
      const key = { ...plan, id, keyspace: keyspace.id, organization, secret };
      const { mutated, pending } = await commitSecret(authority, () =>
        store.issueKey(context, key, idempotency, claim?.link ?? null),
      );
      const { value: record, seq, replayed } = mutated;
      const shown = replayed ? SHOWS_NOTHING : toShown(presentedKey, claim);
      return { record, ...shown, seq, replayed, pending };
    },

    async importKeys(context, keyspaceId, rows) {
      const keyspace = requireKeyspace(keyspaceId);
      const nowMs = clock.nowMs();
      const planned = rows.map((row) => planImportRow(keyspace, row, nowMs));
      const sound = planned.flatMap((row) => (row.ok ? [row.plan] : []));
      const { value, seq } = await authority.commit(() =>
        store.importKeys(
          context,
          sound.map((row) => ({ key: { ...row, id: createKeyId(randomBytes, nowMs) } })),
        ),
      );
      const stored = value.values();
      const outcomes = planned.map((row): ImportRowOutcome => {
        if (!row.ok) return { status: 'refused', code: 'validation_failed', fields: row.fields };
        return stored.next().value!;
      });
      return { outcomes, seq };
    },

    async patch(context, selector, request) {
      const { keyspace } = await store.getKey(selector);
      const plan = requirePlan(planPatch(requireKeyspace(keyspace), request, clock.nowMs()));
      return change(() => store.patchKey(context, selector, plan));
    },

    async recycle(context, selector, graceMs, claimLink = null) {
      const before = await store.getKey(selector);
      const keyspace = requireKeyspace(before.keyspace);
      const { maxGraceMs } = keyspace.definition.recycle;
      if (graceMs > maxGraceMs) {
        const message =
          maxGraceMs === 0
            ? `The keyspace "${keyspace.id}" allows no grace; leave it out.`
            : `The keyspace "${keyspace.id}" allows a grace of up to ${maxGraceMs / 1000} seconds; send a shorter one.`;
        throw new KeyholdError('validation_failed', message, { fields: [{ pointer: '/grace', message }] });
      }
      requireEnvironment(keyspace, before.environment);
      const { presentedKey, secret } = mint(keyspace, before.environment);
      const claim = claimLink === null ? null : await claimLinks.prepare(presentedKey, claimLink);
      const { mutated, pending } = await commitSecret(authority, () =>
        store.recycleKey(context, selector, {
          secret,
          graceMs,
          expectedGeneration: before.generation,
          claimLink: claim?.link ?? null,
        }),
      );
      const { value: record, seq } = mutated;
      return { record, ...toShown(presentedKey, claim), seq, replayed: false, pending };
    },

    revoke: (context, selector, reason) => change(() => store.revokeKey(context, selector, { reason })),
    disable: (context, selector) => change(() => store.disableKey(context, selector)),
    enable: (context, selector) => change(() => store.enableKey(context, selector)),

    async changeKeys(context, verb, ids, reason) {
      const known = ids.flatMap((id) => keyIdToBytes(id) ?? []).map((bytes) => bytesToKeyId(bytes));
      const { value, seq } = await authority.commit(() => store.changeKeys(context, verb, known, { reason }));
      const byId = new Map<string, SwitchedKey>(value.map((outcome) => [outcome.id, outcome]));
      return {
        outcomes: ids.map((id) => byId.get(id) ?? { id, status: 'refused', code: 'key_not_found' }),
        seq,
      };
    },
  };
}

const SHOWS_NOTHING = { presentedKey: null, claimPath: null };

/** The secret goes one way only. */
function toShown(presentedKey: string, claim: { readonly path: string } | null) {
  return claim === null ? { presentedKey, claimPath: null } : { presentedKey: null, claimPath: claim.path };
}

function requirePlan<Plan>(planned: Planned<Plan>): Plan {
  if (planned.ok) return planned.plan;
  throw validationFailed(planned.fields);
}
