import type { Authority, Verifier } from '@keyhold/coherence';
import {
  type Clock,
  checkName,
  compileKeyspace,
  createKeyId,
  createOperatorId,
  digestKey,
  type FieldError,
  KeyholdError,
  OPERATOR_KEYSPACE,
  OPERATOR_KEYSPACE_DEFINITION,
  OPERATOR_SCOPES,
  type OperatorId,
  type OperatorScope,
  type RandomBytes,
} from '@keyhold/core';
import type {
  Idempotency,
  MutationContext,
  NewSecret,
  OperatorQuery,
  OperatorRecord,
  Page,
  Store,
} from '@keyhold/store';
import { validationFailed } from '../keys/refused-fields.ts';
import { commitSecret } from '../keys/secret-commit.ts';

export interface OperatorRequest {
  readonly name: string;
  readonly scopes: readonly OperatorScope[];
  /** Null: every keyspace. */
  readonly keyspaces: readonly string[] | null;
  /** NaN for a text that was no instant; null: the token does not expire. */
  readonly expiresAtMs: number | null;
}

export interface OperatorOutcome {
  readonly record: OperatorRecord;
  /** The token, to be shown once; null when a create was replayed. */
  readonly presentedKey: string | null;
  readonly seq: number;
  readonly replayed: boolean;
  readonly pending: boolean;
}

/** What can be done with operator tokens. Each mutation returns when it holds in every process. */
export interface OperatorService {
  /** Every field at fault in a request. */
  check(request: Partial<OperatorRequest>): readonly FieldError[];
  /** @throws {KeyholdError} `validation_failed`, `grant_exceeds_own`, `idempotency_key_reused`. */
  create(
    context: MutationContext,
    request: OperatorRequest,
    idempotency: Idempotency | null,
  ): Promise<OperatorOutcome>;
  /** @throws {KeyholdError} `operator_not_found`, `grant_exceeds_own`, `last_operator`. */
  revoke(
    context: MutationContext,
    id: OperatorId,
  ): Promise<{ readonly record: OperatorRecord; readonly seq: number }>;
  list(query: OperatorQuery): Promise<Page<OperatorRecord>>;
  /**
   * Makes the first operator of a store that never had one, with every scope.
   *
   * @param token the one that settings supply; null: a new one is made.
   * @returns the token to print, once; null when it was supplied, or when there has been an operator before, and so this
   *   is not the very first start.
   * @throws {KeyholdError} `settings_invalid` when the supplied token has not the format of one.
   */
  bootstrap(token: string | null): Promise<{ readonly token: string | null; readonly isFirst: boolean }>;
  /** Makes a token with every scope on behalf of the machine's owner: the way back in when every token is lost. */
  reset(name: string): Promise<{ readonly token: string; readonly record: OperatorRecord }>;
}

export interface OperatorServiceOptions {
  readonly store: Store;
  readonly authority: Pick<Authority, 'commit'>;
  /** Only its keyspaces are read. */
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

const FIRST_OPERATOR_NAME = 'first operator';

export function createOperatorService(options: OperatorServiceOptions): OperatorService {
  const { store, authority, verifier, clock, randomBytes } = options;
  const { format, mask } = compileKeyspace(OPERATOR_KEYSPACE_DEFINITION, []);

  function toSecret(presentedKey: string): NewSecret {
    return { digest: digestKey(presentedKey).toString('hex'), maskedKey: mask.mask(presentedKey, null) };
  }

  function newIds() {
    const nowMs = clock.nowMs();
    return { id: createOperatorId(randomBytes, nowMs), keyId: createKeyId(randomBytes, nowMs) };
  }

  function check(request: Partial<OperatorRequest>): readonly FieldError[] {
    const fields: FieldError[] = [];
    const name = checkName(request.name ?? '');
    if (!name.ok) fields.push({ pointer: '/name', message: name.message });
    for (const [i, id] of (request.keyspaces ?? []).entries()) {
      if (id === OPERATOR_KEYSPACE || verifier.keyspace(id) === undefined) {
        fields.push({
          pointer: `/keyspaces/${i}`,
          message: 'is no keyspace that the configuration declares',
        });
      }
    }
    if (request.keyspaces?.length === 0) {
      fields.push({ pointer: '/keyspaces', message: 'is empty; list some, or send null for every keyspace' });
    }
    const { expiresAtMs } = request;
    if (typeof expiresAtMs === 'number' && !(expiresAtMs > clock.nowMs())) {
      fields.push({
        pointer: '/expires_at',
        message: 'must be an instant in the future, in RFC 3339 with a zone',
      });
    }
    return fields;
  }

  async function create(
    context: MutationContext,
    request: OperatorRequest,
    idempotency: Idempotency | null,
  ): Promise<OperatorOutcome> {
    const fields = check(request);
    const name = checkName(request.name);
    if (fields.length > 0 || !name.ok) throw validationFailed(fields);
    const presentedKey = format.mint(null, randomBytes);
    const operator = {
      ...newIds(),
      name: name.name,
      scopes: OPERATOR_SCOPES.filter((scope) => request.scopes.includes(scope)),
      keyspaces: request.keyspaces === null ? null : [...new Set(request.keyspaces)],
      expiresAtMs: request.expiresAtMs,
      secret: toSecret(presentedKey),
    };
    const { mutated, pending } = await commitSecret(authority, () =>
      store.createOperator(context, operator, idempotency),
    );
    const { value: record, seq, replayed } = mutated;
    return { record, presentedKey: replayed ? null : presentedKey, seq, replayed, pending };
  }

  return {
    check,
    create,

    async revoke(context, id) {
      const { value, seq } = await authority.commit(() => store.revokeOperator(context, id));
      return { record: value, seq };
    },

    list: (query) => store.listOperators(query),

    async bootstrap(token) {
      if (token !== null && format.recognise(token) === null) {
        throw new KeyholdError(
          'settings_invalid',
          'KEYHOLD_OPERATOR_TOKEN is no operator token; leave it unset to have one made, or set a whole token (khop_…).',
        );
      }
      const presentedKey = token ?? format.mint(null, randomBytes);
      const first = { ...newIds(), name: FIRST_OPERATOR_NAME, secret: toSecret(presentedKey) };
      let isFirst = false;
      await authority.commit(async () => {
        const made = await store.bootstrapOperator(systemContext('first start'), first);
        isFirst = made !== null;
        return { seq: made?.seq ?? 0 };
      });
      return { token: isFirst && token === null ? presentedKey : null, isFirst };
    },

    async reset(name) {
      const request = { name, scopes: OPERATOR_SCOPES, keyspaces: null, expiresAtMs: null };
      const { record, presentedKey } = await create(systemContext('operators reset'), request, null);
      // Without an idempotency key nothing is replayed, so the token is there.
      return { token: presentedKey!, record };
    },
  };
}

function systemContext(name: string): MutationContext {
  return { actor: { kind: 'system', name }, requestId: null, sourceAddress: null };
}
