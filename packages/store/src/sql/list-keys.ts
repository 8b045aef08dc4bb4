import type { KeyId } from '@keyhold/core';
import { type RawBuilder, sql } from 'kysely';
import type { KeyQuery, KeyRecord, KeySelector, KeySort, Page, UsageRecord } from '../records.ts';
import { countRows } from './count-rows.ts';
import { sumOfCounts, toCount } from './counts.ts';
import { isAmong, type KeyCondition, toKeyConditions } from './key-conditions.ts';
import {
  formatKeyPlace,
  type KeyPlace,
  type KeyScan,
  parseKeyPlace,
  scanKeys,
  sortKeys,
} from './key-order.ts';
import { requireKey, selectKeys, toKeyRecord } from './key-rows.ts';
import { requireKnownKeyspace } from './keyspaces.ts';
import { requireLimit } from './pages.ts';
import type { View } from './transaction.ts';

/** Keys that a page is chosen from: some tens of milliseconds of work in PostgreSQL, however many keys there are. */
const MOST_LOOKED_AT = 5_000;

/** See {@link Store.getKey}. */
export async function getKey(view: View, selector: KeySelector): Promise<KeyRecord> {
  return toKeyRecord(await requireKey(view, selector), view.nowMs);
}

/**
 * See {@link Store.listKeys}. Filters and orders combine freely and only some have an index, so a page looks at
 * {@link MOST_LOOKED_AT} keys at the most: those that an index finds for one of the filters, where they are so few, or
 * else as many in the list's own order, and the next page goes on behind them.
 */
export async function listKeys(view: View, query: KeyQuery): Promise<Page<KeyRecord>> {
  const { keyspace, limit, sort = 'created', descending = true } = query;
  requireLimit(limit);
  const scan: KeyScan = { sort, descending, after: parseKeyPlace(sort, query.after) };
  if (keyspace !== undefined) await requireKnownKeyspace(view, keyspace);
  const conditions = await toKeyConditions(view, query);
  const few = await findFew(view, conditions, sort);
  const { found, end } =
    few === null
      ? await findInOrder(view, scan, conditions, limit)
      : await findAmong(view, sortKeys(scan, few), scan, conditions, limit);
  const positions = found.slice(0, limit).map(({ position }) => position);
  return {
    data: await readKeys(view, positions),
    next: end === null ? null : formatKeyPlace(sort, end),
  };
}

/** The candidates of the first condition that an index finds few for; null: it finds many for each. */
async function findFew(
  view: View,
  conditions: readonly KeyCondition[],
  sort: KeySort,
): Promise<RawBuilder<unknown> | null> {
  for (const { probe, ordered } of conditions) {
    if (probe === null || (sort === 'created' && ordered === true)) continue;
    if ((await countRows(view, probe, MOST_LOOKED_AT + 1)) <= MOST_LOOKED_AT) return probe;
  }
  return null;
}

interface Found {
  /** A place more than the page has, where there are as many. */
  readonly found: readonly KeyPlace[];
  /** Where the next page begins behind; null: nowhere. */
  readonly end: KeyPlace | null;
}

async function findAmong(
  view: View,
  rows: RawBuilder<unknown>,
  scan: KeyScan,
  conditions: readonly KeyCondition[],
  limit: number,
): Promise<Found> {
  const found = await findPlaces(view, rows, conditions, scan, limit + 1);
  return { found, end: found.length > limit ? (found[limit - 1] ?? null) : null };
}

/** Most lists have most of what is looked at, so a few keys more than the page has are often enough. */
async function findInOrder(
  view: View,
  scan: KeyScan,
  conditions: readonly KeyCondition[],
  limit: number,
): Promise<Found> {
  const within = scan.sort === 'created' ? indexedBefore(conditions) : [];
  const glance = await findAmong(view, scanKeys(scan, within, 4 * (limit + 1)), scan, conditions, limit);
  if (glance.end !== null) return glance;
  const rows = scanKeys(scan, within, MOST_LOOKED_AT);
  const { found, end } = await findAmong(view, rows, scan, conditions, limit);
  return { found, end: end ?? (await findEnd(view, rows, scan)) };
}

function indexedBefore(conditions: readonly KeyCondition[]): readonly RawBuilder<boolean>[] {
  return conditions.filter(({ ordered }) => ordered === true).map(({ holds }) => holds);
}

/** The first `limit` of `rows` for whose keys every condition holds. */
async function findPlaces(
  view: View,
  rows: RawBuilder<unknown>,
  conditions: readonly KeyCondition[],
  { descending }: KeyScan,
  limit: number,
): Promise<readonly KeyPlace[]> {
  const direction = descending ? sql`DESC` : sql`ASC`;
  const found = await sql<KeyPlace>`
    SELECT scan.position, scan.value FROM (${rows}) AS scan WHERE ${isAmong(sql`scan.position`, conditions)}
    ORDER BY scan.value ${direction}, scan.position ${direction} LIMIT ${limit}`.execute(view.db);
  return found.rows;
}

/** The last key that was looked at, where there may be more behind it; null: there are none. */
async function findEnd(
  view: View,
  rows: RawBuilder<unknown>,
  { descending }: KeyScan,
): Promise<KeyPlace | null> {
  const direction = descending ? sql`DESC` : sql`ASC`;
  const found = await sql<KeyPlace>`
    SELECT scan.position, scan.value FROM (${rows}) AS scan
    ORDER BY scan.value ${direction}, scan.position ${direction} LIMIT 1 OFFSET ${sql.lit(MOST_LOOKED_AT - 1)}
  `.execute(view.db);
  return found.rows[0] ?? null;
}

/** The keys at `positions`, in that order. */
async function readKeys(view: View, positions: readonly number[]): Promise<readonly KeyRecord[]> {
  if (positions.length === 0) return [];
  const rows = await selectKeys(view.db)
    .where('key.position', 'in', [...positions])
    .execute();
  const byPosition = new Map(rows.map((row) => [row.position, toKeyRecord(row, view.nowMs)]));
  return positions.flatMap((position) => byPosition.get(position) ?? []);
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
    .select(['hour_ms', 'outcome', sumOfCounts.as('count')])
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
    count: toCount(row.count),
  }));
}
