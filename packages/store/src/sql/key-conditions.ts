import { OPERATOR_KEYSPACE } from '@keyhold/core';
import { type ExpressionBuilder, expressionBuilder, type RawBuilder, sql } from 'kysely';
import type { KeyFilter, KeySafety, KeyStateFilter } from '../records.ts';
import { KEY_EXPIRY, KEY_NAME, NEVER } from './key-order.ts';
import { bulkRevokedAt } from './key-rows.ts';
import { isOneOf } from './one-of.ts';
import { foldCase, isPrefix } from './prefix.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

const DAY_MS = 86_400_000;
/** A key that nobody used for so long is idle. */
const IDLE_MS = 90 * DAY_MS;
/** How far ahead an expiry is soon. */
const SOON_MS = 30 * DAY_MS;

/** One of the things that every key of a list has to be. */
export interface KeyCondition {
  /** Of a row of `key`. */
  readonly holds: RawBuilder<boolean>;
  /** Positions of all keys that it may hold for, and of others too, from an index; null: no index says. */
  readonly probe: RawBuilder<unknown> | null;
  /** The index of newest keys first begins with it. */
  readonly ordered?: true;
}

/** What a list's filter means, with what an index finds fewest of likely first. */
export async function toKeyConditions(view: View, filter: KeyFilter): Promise<readonly KeyCondition[]> {
  const { search, organization, keyspace, keyspaces, safety, state } = filter;
  const asksForLife = state !== undefined || safety !== undefined;
  const life = { nowMs: view.nowMs, pending: asksForLife && (await hasPendingRevocations(view)) };
  const conditions: KeyCondition[] = [
    { holds: sql<boolean>`key.keyspace <> ${OPERATOR_KEYSPACE}`, probe: null },
  ];
  if (search !== undefined) conditions.push(toSearch(search));
  if (organization !== undefined) conditions.push(isIn('organization', [organization]));
  if (keyspace !== undefined) conditions.push(isIn('keyspace', [keyspace]));
  if (keyspaces !== undefined) conditions.push(isIn('keyspace', keyspaces));
  if (safety !== undefined) conditions.push(toSafety(safety, life));
  if (state !== undefined) conditions.push(toState(state, life));
  return conditions;
}

/**
 * Whether every condition holds for the key at a position. One look-up for each position that is asked about, whatever the
 * planner takes the conditions for: OFFSET keeps PostgreSQL from making a join of it, which it may begin at the wrong end.
 */
export function isAmong(
  position: RawBuilder<unknown>,
  conditions: readonly KeyCondition[],
): RawBuilder<boolean> {
  const holds = conditions.map((condition) => condition.holds);
  return sql<boolean>`EXISTS (
    SELECT 1 FROM key WHERE key.position = ${position} AND ${sql.join(holds, sql` AND `)} LIMIT 1 OFFSET 0)`;
}

interface LifeQuestion {
  readonly nowMs: number;
  /** A bulk revocation is being written out: the key rows alone do not say who is revoked. */
  readonly pending: boolean;
}

function isIn(column: 'keyspace' | 'organization', values: readonly string[]): KeyCondition {
  return {
    holds: isOneOf(`key.${column}`, values),
    probe: sql`SELECT position FROM key WHERE ${isOneOf(column, values)}`,
    ...(values.length === 1 && { ordered: true }),
  };
}

/** Beginning of the name, id, number, or what is shown of the key: its beginning, or four characters or more of its end. */
function toSearch(text: string): KeyCondition {
  const arms = [
    isPrefix(KEY_NAME, foldCase(text)),
    isPrefix(sql`key.masked_key`, text),
    sql<boolean>`key.id = ${text}`,
  ];
  const characters = Array.from(text);
  const { length } = characters;
  if (length >= 4) {
    const lastFour = characters.slice(-4).join('');
    arms.push(
      sql<boolean>`(substr(key.masked_key, length(key.masked_key) - 3) = ${lastFour} AND substr(key.masked_key, length(key.masked_key) - ${sql.lit(length - 1)}) = ${text})`,
    );
  }
  const number = /^#?([1-9]\d{0,14})$/.exec(text)?.[1];
  if (number !== undefined) {
    // Numbers are unique in a keyspace, and their index begins with it.
    arms.push(
      sql<boolean>`(key.number = ${Number(number)} AND key.keyspace IN (SELECT keyspace.id FROM keyspace))`,
    );
  }
  return {
    holds: sql<boolean>`(${sql.join(arms, sql` OR `)})`,
    probe: sql.join(
      arms.map((arm) => sql`SELECT key.position FROM key WHERE ${arm}`),
      sql` UNION ALL `,
    ),
  };
}

/** Keys that work, and that somebody ought to look at. */
function toSafety(safety: KeySafety, life: LifeQuestion): KeyCondition {
  const { nowMs } = life;
  const idleMs = nowMs - IDLE_MS;
  const expires = (range: RawBuilder<unknown>): KeyCondition => {
    const holds = sql<boolean>`${KEY_EXPIRY} ${range}`;
    return { holds, probe: sql`SELECT key.position FROM key WHERE ${holds}` };
  };
  // Of a key that was never used, what stands there is its making with a minus.
  const lastUsed = (range: RawBuilder<unknown>): KeyCondition => ({
    holds: sql<boolean>`(SELECT used.at_ms FROM key_last_used AS used WHERE used.key_position = key.position) ${range}`,
    probe: sql`SELECT key_position AS position FROM key_last_used WHERE at_ms ${range}`,
  });
  const risks: Readonly<Record<KeySafety, KeyCondition>> = {
    never_expires: expires(sql`= ${sql.lit(NEVER)}`),
    expiring_soon: expires(sql`BETWEEN ${nowMs + 1} AND ${nowMs + SOON_MS}`),
    never_used: lastUsed(sql`< 0`),
    idle_90_days: lastUsed(sql`BETWEEN ${-idleMs} AND ${idleMs}`),
  };
  const { holds, probe } = risks[safety];
  return { holds: sql<boolean>`(${holds} AND ${isInState('active', life)})`, probe };
}

function toState(state: KeyStateFilter, life: LifeQuestion): KeyCondition {
  const probes: Readonly<Record<KeyStateFilter, RawBuilder<unknown> | null>> = {
    active: sql`SELECT position FROM key WHERE revoked_at_ms IS NULL`,
    disabled: sql`SELECT position FROM key WHERE disabled_at_ms IS NOT NULL`,
    expired: sql`SELECT key.position FROM key WHERE ${KEY_EXPIRY} <= ${life.nowMs}`,
    revoked: life.pending ? null : sql`SELECT position FROM key WHERE revoked_at_ms IS NOT NULL`,
  };
  return { holds: isInState(state, life), probe: probes[state] };
}

/** Each key that is not revoked is either active or expired; a disabled one is active as well. */
function isInState(state: KeyStateFilter, { nowMs, pending }: LifeQuestion): RawBuilder<boolean> {
  const inBulk = bulkRevokedAt(KEY);
  if (state === 'revoked') {
    return pending
      ? sql<boolean>`(key.revoked_at_ms IS NOT NULL OR ${inBulk} IS NOT NULL)`
      : sql<boolean>`key.revoked_at_ms IS NOT NULL`;
  }
  const notRevoked = pending
    ? sql<boolean>`(key.revoked_at_ms IS NULL AND ${inBulk} IS NULL)`
    : sql<boolean>`key.revoked_at_ms IS NULL`;
  if (state === 'expired') return sql<boolean>`(${notRevoked} AND key.expires_at_ms <= ${nowMs})`;
  const active = sql<boolean>`(${notRevoked} AND (key.expires_at_ms IS NULL OR key.expires_at_ms > ${nowMs}))`;
  return state === 'disabled' ? sql<boolean>`(${active} AND key.disabled_at_ms IS NOT NULL)` : active;
}

const KEY: ExpressionBuilder<Tables, 'key'> = expressionBuilder<Tables, 'key'>();

async function hasPendingRevocations(view: View): Promise<boolean> {
  const row = await view.db
    .selectFrom('organization_revocation')
    .select('organization')
    .where('written_out_at_ms', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
