import type { Transaction } from './transaction.ts';

/** Attempts that are taken as they come. */
const FREE_ATTEMPTS = 5;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;
/** When nobody has tried for as long, nothing is held against them. */
export const THROTTLE_MEMORY_MS = 60 * 60_000;

/** See {@link PeopleStore.admitLogin}. Counted before it is tried, so that many at once are not all the first one. */
export async function admitLogin(tx: Transaction, subjects: readonly string[]): Promise<number> {
  const rows = await tx.db
    .selectFrom('login_throttle')
    .selectAll()
    .where('subject', 'in', subjects)
    .where('last_at_ms', '>', tx.nowMs - THROTTLE_MEMORY_MS)
    .execute();
  const waits = rows.map((row) => row.last_at_ms + toDelayMs(row.attempts) - tx.nowMs);
  const waitMs = Math.max(0, ...waits);
  if (waitMs > 0) return waitMs;
  for (const subject of subjects) {
    const attempts = (rows.find((row) => row.subject === subject)?.attempts ?? 0) + 1;
    await tx.db
      .insertInto('login_throttle')
      .values({ subject, attempts, last_at_ms: tx.nowMs })
      .onConflict((conflict) => conflict.column('subject').doUpdateSet({ attempts, last_at_ms: tx.nowMs }))
      .execute();
  }
  return 0;
}

/** See {@link PeopleStore.forgiveLogin}. */
export async function forgiveLogin(tx: Transaction, subjects: readonly string[]): Promise<void> {
  await tx.db.deleteFrom('login_throttle').where('subject', 'in', subjects).execute();
}

/** Doubles with every attempt past the free ones. */
function toDelayMs(attempts: number): number {
  return attempts < FREE_ATTEMPTS
    ? 0
    : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - FREE_ATTEMPTS));
}
