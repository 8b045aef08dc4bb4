import type { Selectable } from 'kysely';
import type { NewVerdict, VerdictPage, VerdictQuery, VerdictRecord } from '../activity-records.ts';
import { isOneOf } from './one-of.ts';
import { invalidCursor } from './pages.ts';
import type { Tables } from './schema.ts';
import type { Transaction, View } from './transaction.ts';

/** How long the processes go on after somebody looked, who looks every second. */
const WATCH_MS = 10_000;
/** How much of the past is kept. */
const KEPT_MS = 60_000;
/** Verdicts in one answer: what twenty processes tell of in a second. */
const MOST_VERDICTS = 1_000;

/** See {@link ActivityStore.watchVerdicts}. Deletes what is too old to be asked for. */
export async function watchVerdicts(tx: Transaction): Promise<void> {
  await tx.db
    .updateTable('verdict_watch')
    .set({ until_ms: tx.nowMs + WATCH_MS })
    .execute();
  await tx.db
    .deleteFrom('recent_verdict')
    .where('at_ms', '<', tx.nowMs - KEPT_MS)
    // The newest stays, so that its position is not given out again.
    .where('position', '<', (eb) =>
      eb
        .selectFrom('recent_verdict as newest')
        .select((inner) => inner.fn.max('newest.position').as('position')),
    )
    .execute();
}

/** See {@link ActivityStore.areVerdictsWatched}. */
export async function isWatched(view: View): Promise<boolean> {
  const watch = await view.db.selectFrom('verdict_watch').select('until_ms').executeTakeFirst();
  return watch !== undefined && watch.until_ms > view.nowMs;
}

/** Adds verdicts of one process. */
export async function noteVerdicts(
  tx: Transaction,
  node: string,
  verdicts: readonly NewVerdict[],
): Promise<void> {
  if (verdicts.length === 0) return;
  await tx.db
    .insertInto('recent_verdict')
    .values(
      verdicts.map((verdict) => ({
        at_ms: verdict.atMs,
        node,
        face: verdict.face,
        keyspace: verdict.keyspace,
        organization: verdict.organization,
        key_id: verdict.keyId,
        reason: verdict.reason,
        operation: verdict.operation,
        address: verdict.address,
        sampled: verdict.sampled ? 1 : 0,
      })),
    )
    .execute();
}

/** See {@link ActivityStore.listVerdicts}. */
export async function listVerdicts(view: View, query: VerdictQuery): Promise<VerdictPage> {
  const after = parseAfter(query.after);
  let rows = view.db
    .selectFrom('recent_verdict')
    .selectAll()
    .where('position', '>', after)
    .where('at_ms', '>=', view.nowMs - KEPT_MS)
    .orderBy('position', 'desc')
    .limit(MOST_VERDICTS);
  if (query.keyspace !== undefined) rows = rows.where('keyspace', '=', query.keyspace);
  if (query.keyspaces !== undefined) rows = rows.where(isOneOf('keyspace', query.keyspaces));
  if (query.organization !== undefined) rows = rows.where('organization', '=', query.organization);
  if (query.keyId !== undefined) rows = rows.where('key_id', '=', query.keyId);
  if (query.accepted !== undefined) rows = rows.where('reason', query.accepted ? 'is' : 'is not', null);
  const newest = await view.db
    .selectFrom('recent_verdict')
    .select((eb) => eb.fn.max<number | null>('position').as('position'))
    .executeTakeFirst();
  const data = await rows.execute();
  return {
    data: data.toReversed().map(toVerdictRecord),
    next: String(Math.max(after, newest?.position ?? 0)),
  };
}

/** @throws {KeyholdError} `invalid_cursor`. */
function parseAfter(after: string | undefined): number {
  if (after === undefined) return 0;
  if (/^(?:0|[1-9][0-9]{0,15})$/.test(after)) return Number(after);
  throw invalidCursor();
}

function toVerdictRecord(row: Selectable<Tables['recent_verdict']>): VerdictRecord {
  return {
    atMs: row.at_ms,
    node: row.node,
    face: row.face,
    keyspace: row.keyspace,
    organization: row.organization,
    keyId: row.key_id,
    reason: row.reason,
    operation: row.operation,
    address: row.address,
    sampled: row.sampled === 1,
  };
}
