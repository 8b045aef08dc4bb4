import { OPERATOR_ORGANIZATION } from '@keyhold/core';
import { type RawBuilder, sql } from 'kysely';
import type { RowCount } from '../activity-records.ts';
import type { OrganizationFilter, OrganizationQuery, OrganizationRecord, Page } from '../records.ts';
import { countRows } from './count-rows.ts';
import { toOrganizationRecord } from './organization-rows.ts';
import { afterPosition, toPage } from './pages.ts';
import { foldCase, isPrefix } from './prefix.ts';
import type { View } from './transaction.ts';

/** Where an index finds no more than these, they are sorted; more stand close to each other in the list's own order. */
const FEW = 10_000;

/** See {@link Store.listOrganizations}. */
export async function listOrganizations(
  view: View,
  { search, suspended, ...page }: OrganizationQuery,
): Promise<Page<OrganizationRecord>> {
  let rows = view.db
    .selectFrom('organization')
    .selectAll()
    .where('id', '<>', OPERATOR_ORGANIZATION)
    .where('position', '<', afterPosition(page))
    .orderBy('position', 'desc')
    .limit(page.limit + 1);
  if (suspended !== undefined) rows = rows.where(isSuspended(suspended));
  if (search !== undefined) {
    const begins = beginsWith(search);
    const found = sql`SELECT position FROM organization WHERE ${begins}`;
    const isFew = (await countRows(view, found, FEW + 1)) <= FEW;
    rows = rows.where(isFew ? sql<boolean>`position IN (${found})` : begins);
  }
  return toPage(await rows.execute(), page.limit, toOrganizationRecord);
}

/** See {@link ActivityStore.countOrganizations}. */
export async function countOrganizations(
  view: View,
  { suspended }: Omit<OrganizationFilter, 'search'>,
): Promise<RowCount> {
  const asked = suspended === undefined ? sql<boolean>`true` : isSuspended(suspended);
  const rows = sql`SELECT position FROM organization WHERE id <> ${OPERATOR_ORGANIZATION} AND ${asked}`;
  const count = await countRows(view, rows, FEW + 1);
  return { value: Math.min(count, FEW), atLeast: count > FEW };
}

function isSuspended(suspended: boolean): RawBuilder<boolean> {
  return suspended ? sql<boolean>`suspended_at_ms IS NOT NULL` : sql<boolean>`suspended_at_ms IS NULL`;
}

function beginsWith(search: string): RawBuilder<boolean> {
  const prefix = foldCase(search);
  return sql<boolean>`(${isPrefix(sql`lower(id)`, prefix)} OR ${isPrefix(sql`lower(name)`, prefix)})`;
}
