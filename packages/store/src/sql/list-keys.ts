import { type KeyId, OPERATOR_KEYSPACE } from '@keyhold/core';
import type { ExpressionBuilder } from 'kysely';
import type { KeyQuery, KeyRecord, KeySelector, KeyStateFilter, Page, UsageRecord } from '../records.ts';
import { bulkRevokedAt, requireKey, selectKeys, toKeyRecord } from './key-rows.ts';
import { requireKnownKeyspace } from './keyspaces.ts';
import { isOneOf } from './one-of.ts';
import { afterPosition, toPage } from './pages.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

/** See {@link Store.getKey}. */
export async function getKey(view: View, selector: KeySelector): Promise<KeyRecord> {
  return toKeyRecord(await requireKey(view, selector), view.nowMs);
}

/** See {@link Store.listKeys}. */
export async function listKeys(view: View, query: KeyQuery): Promise<Page<KeyRecord>> {
  const { keyspace, keyspaces, organization, state } = query;
  if (keyspace !== undefined) await requireKnownKeyspace(view, keyspace);
  const pending = state === undefined ? false : await hasPendingRevocations(view);
  let rows = selectKeys(view.db)
    .where('key.keyspace', '<>', OPERATOR_KEYSPACE)
    .where('key.position', '<', afterPosition(query))
    .orderBy('key.position', 'desc')
    .limit(query.limit + 1);
  if (keyspace !== undefined) rows = rows.where('key.keyspace', '=', keyspace);
  if (keyspaces !== undefined) rows = rows.where(isOneOf('key.keyspace', keyspaces));
  if (organization !== undefined) rows = rows.where('key.organization', '=', organization);
  if (state !== undefined) rows = rows.where((eb) => isInState(eb, state, view.nowMs, pending));
  return toPage(await rows.execute(), query.limit, (row) => toKeyRecord(row, view.nowMs));
}

/** See {@link Store.getKeyUsage}. */
export async function getKeyUsage(
  view: View,
  id: KeyId,
  range: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly UsageRecord[]> {
  const { position } = await requireKey(view, { id });
  const rows = await view.db
    .selectFrom('usage')
    .select(['hour_ms', 'outcome', (eb) => eb.fn.sum<number | string>('count').as('count')])
    .where('key_position', '=', position)
    .where('hour_ms', '>=', range.fromMs)
    .where('hour_ms', '<', range.toMs)
    .groupBy(['hour_ms', 'outcome'])
    .orderBy('hour_ms')
    .orderBy('outcome')
    .execute();
  return rows.map((row) => ({
    hourMs: row.hour_ms,
    outcome: row.outcome,
    count: Number(row.count),
  }));
}

/** Each key that is not revoked is either active or expired; a disabled one is active as well. */
function isInState(
  eb: ExpressionBuilder<Tables, 'key'>,
  state: KeyStateFilter,
  nowMs: number,
  pending: boolean,
) {
  if (state === 'revoked') {
    const writtenOut = eb('key.revoked_at_ms', 'is not', null);
    return pending ? eb.or([writtenOut, eb(bulkRevokedAt(eb), 'is not', null)]) : writtenOut;
  }
  const notRevoked = eb.and([
    eb('key.revoked_at_ms', 'is', null),
    ...(pending ? [eb(bulkRevokedAt(eb), 'is', null)] : []),
  ]);
  if (state === 'expired') return eb.and([notRevoked, eb('key.expires_at_ms', '<=', nowMs)]);
  return eb.and([
    notRevoked,
    eb.or([eb('key.expires_at_ms', 'is', null), eb('key.expires_at_ms', '>', nowMs)]),
    ...(state === 'disabled' ? [eb('key.disabled_at_ms', 'is not', null)] : []),
  ]);
}

/** While a bulk revocation is being written out, the key rows alone do not say who is revoked. */
async function hasPendingRevocations(view: View): Promise<boolean> {
  const row = await view.db
    .selectFrom('organization_revocation')
    .select('organization')
    .where('written_out_at_ms', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
