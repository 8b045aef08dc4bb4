import type { LoginAttempt } from '../people-records.ts';
import type { Transaction } from './transaction.ts';

/** Attempts that are taken as they come. Many people may stand behind one address. */
const FREE_ATTEMPTS = { account: 5, address: 30 } as const;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;
/** When nobody has tried for as long, nothing is held against them. */
export const THROTTLE_MEMORY_MS = 60 * 60_000;

/** See {@link PeopleStore.admitLogin}. Counted before it is tried, so that many at once are not all the first one. */
export async function admitLogin(tx: Transaction, attempt: LoginAttempt): Promise<number> {
  const rows = await tx.db
    .selectFrom('login_throttle')
    .selectAll()
    .where('subject', 'in', [attempt.account, attempt.address])
    .where('last_at_ms', '>', tx.nowMs - THROTTLE_MEMORY_MS)
    .execute();
  const waits = rows.map(({ subject, attempts, last_at_ms }) => {
    const free = subject === attempt.account ? FREE_ATTEMPTS.account : FREE_ATTEMPTS.address;
    return last_at_ms + toDelayMs(attempts - free) - tx.nowMs;
  });
  const waitMs = Math.max(0, ...waits);
  if (waitMs > 0) return waitMs;
  for (const subject of [attempt.account, attempt.address]) {
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
export async function forgiveLogin(tx: Transaction, { account, address }: LoginAttempt): Promise<void> {
  await tx.db.deleteFrom('login_throttle').where('subject', '=', account).execute();
  await tx.db
    .updateTable('login_throttle')
    .set((eb) => ({ attempts: eb('attempts', '-', 1) }))
    .where('subject', '=', address)
    .where('attempts', '>', 0)
    .execute();
}

/** Doubles with every attempt past the free ones. */
function toDelayMs(beyondFree: number): number {
  return beyondFree < 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** beyondFree);
}
