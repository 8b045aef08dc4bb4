import { IDEMPOTENCY_RETENTION_MS } from './idempotency.ts';
import { THROTTLE_MEMORY_MS } from './login-throttle.ts';
import { together } from './together.ts';
import type { Transaction } from './transaction.ts';

/**
 * How long the change log is kept at the least: as long as a reader may be away and still catch up without loading
 * everything again. An hour would do; twice that covers a clock that is set back over it.
 */
const CHANGE_RETENTION_MS = 2 * 60 * 60 * 1000;

/** How long a portal session is kept after it expired, for whoever asks what happened. */
const PORTAL_SESSION_RETENTION_MS = 24 * 60 * 60 * 1000;

/**
 * Deletes what is past its retention, at most `limit` rows of each kind, so that the cost is bounded. Called along with
 * the writes that make such rows, with more than they make, so that it keeps up.
 *
 * @param bounds.ackedSeq changes after it stay, however old: a node has yet to apply them. Infinity: none has.
 */
export async function trimExpired(
  tx: Transaction,
  { limit, ackedSeq }: { readonly limit: number; readonly ackedSeq: number },
): Promise<void> {
  await together(
    trimChanges(tx, limit, ackedSeq),
    tx.db
      .deleteFrom('idempotency')
      .where((eb) =>
        eb(
          eb.refTuple('actor', 'idempotency_key'),
          'in',
          eb
            .selectFrom('idempotency')
            .select(['actor', 'idempotency_key'])
            .where('created_at_ms', '<=', tx.nowMs - IDEMPOTENCY_RETENTION_MS)
            .limit(limit)
            .$asTuple('actor', 'idempotency_key'),
        ),
      )
      .execute(),
    tx.db
      .deleteFrom('portal_session')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('portal_session')
          .select('id')
          .where('expires_at_ms', '<=', tx.nowMs - PORTAL_SESSION_RETENTION_MS)
          .limit(limit),
      )
      .execute(),
    tx.db
      .deleteFrom('person_session')
      .where('id', 'in', (eb) =>
        eb.selectFrom('person_session').select('id').where('expires_at_ms', '<=', tx.nowMs).limit(limit),
      )
      .execute(),
    tx.db
      .deleteFrom('login_throttle')
      .where('subject', 'in', (eb) =>
        eb
          .selectFrom('login_throttle')
          .select('subject')
          .where('last_at_ms', '<=', tx.nowMs - THROTTLE_MEMORY_MS)
          .limit(limit),
      )
      .execute(),
  );
}

/** From the front only, so that what is left has no hole, and never the newest, so that a reader sees it is behind. */
async function trimChanges(tx: Transaction, limit: number, ackedSeq: number): Promise<void> {
  const { last } = await tx.db
    .selectFrom((eb) =>
      eb.selectFrom('change').select(['seq', 'at_ms']).orderBy('seq').limit(limit).as('oldest'),
    )
    .select((eb) => eb.fn.max<number | null>('oldest.seq').as('last'))
    .where('oldest.at_ms', '<=', tx.nowMs - CHANGE_RETENTION_MS)
    .executeTakeFirstOrThrow();
  if (last === null) return;
  await tx.db
    .deleteFrom('change')
    .where('seq', '<=', Math.min(last, ackedSeq))
    .where('seq', '<', (eb) => eb.selectFrom('head').select('head.seq'))
    .execute();
}
