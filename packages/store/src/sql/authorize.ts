import {
  KeyholdError,
  type KeyId,
  OPERATOR_KEYSPACE,
  type OperatorScope,
  type PersonSessionId,
  type PortalSessionId,
  scopesOfRole,
} from '@keyhold/core';
import type { Actor, MutationContext } from '../records.ts';
import { parseList } from './json-columns.ts';
import { revokedAt, selectKeys } from './key-rows.ts';
import { findKeyspace, hasRequiredFeature } from './keyspaces.ts';
import { findOrganization } from './organization-rows.ts';
import { findConsoleSession } from './person-rows.ts';
import { findPortalSession } from './portal-session-rows.ts';
import { together } from './together.ts';
import type { Transaction } from './transaction.ts';

/** What a mutation asks of its actor. */
export interface Requirement {
  /** An operator's or a person's scope; null: only the process itself may. */
  readonly scope: OperatorScope | null;
  /** The keyspace it reaches into; null: none in particular. */
  readonly keyspace: string | null;
  /** True where customers do it too, with a portal session or a key of the same organization and keyspace. */
  readonly selfService: boolean;
}

/** The actor as the audit log names it, and how far it reaches. */
export interface AuditActor {
  readonly kind: Actor['kind'];
  readonly id: string;
  /** What they are called, the person behind a portal session as the host named them; null: nothing. */
  readonly name: string | null;
  /** Null: every scope. */
  readonly scopes: readonly string[] | null;
  /** Null: every keyspace. */
  readonly keyspaces: readonly string[] | null;
  /** Null: every organization. */
  readonly organization: string | null;
}

/**
 * Reads the acting credential again inside the mutation's transaction and says whether it reaches. Because the change
 * log orders commits, a mutation that commits after its actor's revocation finds it revoked here.
 *
 * @throws {KeyholdError} `unauthenticated`, `insufficient_scope`, `keyspace_not_permitted`.
 */
export async function authorize(
  tx: Transaction,
  context: MutationContext,
  requirement: Requirement,
): Promise<AuditActor> {
  const actor = await readActor(tx, context.actor);
  if (actor.kind === 'system') return actor;
  const isOurs = actor.kind === 'operator' || actor.kind === 'person';
  const reaches = isOurs
    ? requirement.scope !== null && actor.scopes?.includes(requirement.scope) === true
    : requirement.selfService;
  if (!reaches) {
    throw new KeyholdError(
      'insufficient_scope',
      requirement.scope === null || !isOurs
        ? 'This credential may not do this. Use an operator token.'
        : `${actor.kind === 'person' ? 'Your role' : 'This operator token'} lacks the scope "${requirement.scope}". Use one that has it.`,
    );
  }
  if (requirement.keyspace !== null) requireKeyspace(actor, requirement.keyspace);
  return actor;
}

/** @throws {KeyholdError} `keyspace_not_permitted`. */
export function requireKeyspace(actor: AuditActor, keyspace: string): void {
  if (actor.keyspaces === null || actor.keyspaces.includes(keyspace)) return;
  throw new KeyholdError(
    'keyspace_not_permitted',
    `This credential does not reach the keyspace "${keyspace}". Use one that does.`,
  );
}

/** For what reaches into every keyspace at once. @throws {KeyholdError} `keyspace_not_permitted`. */
export function requireUnlimited(actor: AuditActor): void {
  if (actor.keyspaces === null) return;
  throw new KeyholdError(
    'keyspace_not_permitted',
    'This credential reaches some keyspaces only. Name one of them, or use one that reaches all.',
  );
}

async function readActor(tx: Transaction, actor: Actor): Promise<AuditActor> {
  if (actor.kind === 'operator') return await readOperator(tx, actor);
  if (actor.kind === 'key') return await readCustomerKey(tx, actor);
  if (actor.kind === 'person') return await readPerson(tx, actor.sessionId);
  if (actor.kind === 'portal_session') return await readSession(tx, actor.id);
  return { kind: 'system', id: actor.name, name: null, scopes: null, keyspaces: null, organization: null };
}

async function readOperator(
  tx: Transaction,
  credential: Actor & { readonly kind: 'operator' },
): Promise<AuditActor> {
  const key = await findUsableKey(tx, credential);
  if (key?.operator_id == null) throw unauthenticated();
  return {
    kind: 'operator',
    id: key.operator_id,
    name: key.name,
    scopes: parseList(key.scopes),
    keyspaces: key.operator_keyspaces === null ? null : parseList(key.operator_keyspaces),
    organization: null,
  };
}

async function readPerson(tx: Transaction, id: PersonSessionId): Promise<AuditActor> {
  const session = await findConsoleSession(tx, id);
  if (session === null) throw unauthenticated();
  const { person } = session;
  const scopes = scopesOfRole(person.role);
  return { kind: 'person', id: person.id, name: person.name, scopes, keyspaces: null, organization: null };
}

async function readCustomerKey(
  tx: Transaction,
  credential: Actor & { readonly kind: 'key' },
): Promise<AuditActor> {
  const key = await findUsableKey(tx, credential);
  if (key === undefined || key.keyspace === OPERATOR_KEYSPACE) throw unauthenticated();
  const [organization, keyspace] = await together(
    findOrganization(tx, key.organization),
    findKeyspace(tx, key.keyspace),
  );
  const definition = keyspace?.definition ?? null;
  const accepted =
    organization !== undefined &&
    organization.suspended_at_ms === null &&
    definition !== null &&
    !definition.retired &&
    hasRequiredFeature(definition, organization.features) &&
    (key.environment === null || definition.acceptsEnvironments.includes(key.environment));
  if (!accepted) throw unauthenticated();
  return {
    kind: 'key',
    id: key.id,
    name: key.name,
    scopes: null,
    keyspaces: [key.keyspace],
    organization: key.organization,
  };
}

async function readSession(tx: Transaction, id: PortalSessionId): Promise<AuditActor> {
  const session = await findPortalSession(tx, id);
  if (session === null) throw unauthenticated();
  return {
    kind: 'portal_session',
    id,
    name: session.userName,
    scopes: null,
    keyspaces: [session.keyspace],
    organization: session.organization,
  };
}

/** A key, if this secret of it still opens anything: the same predicates as the verdict's, without the request's. */
async function findUsableKey(
  tx: Transaction,
  { keyId, generation }: { readonly keyId: KeyId; readonly generation: number },
) {
  const key = await selectKeys(tx.db)
    .innerJoin('secret as presented', 'presented.key_position', 'key.position')
    .leftJoin('operator', 'operator.key_position', 'key.position')
    .select([
      'presented.not_after_ms as presented_not_after_ms',
      'operator.id as operator_id',
      'operator.keyspaces as operator_keyspaces',
    ])
    .where('key.id', '=', keyId)
    .where('presented.generation', '=', generation)
    .executeTakeFirst();
  if (key === undefined || revokedAt(key) !== null || key.disabled_at_ms !== null) return undefined;
  const ends = [key.expires_at_ms, key.presented_not_after_ms];
  return ends.some((endMs) => endMs !== null && endMs <= tx.nowMs) ? undefined : key;
}

export function unauthenticated(): KeyholdError {
  return new KeyholdError(
    'unauthenticated',
    'The credential of this call is no longer good. Authenticate again with one that is.',
  );
}
