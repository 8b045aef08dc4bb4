import { KeyholdError } from '@keyhold/core';
import type { Connections, Session } from './connections.ts';

/** How long a mutation waits for those of other nodes, which take milliseconds each. */
const LOCK_TIMEOUT_MS = 5_000;

/** One statement of a transaction; the longest is a bulk revocation written out to some thousand rows. */
const STATEMENT_TIMEOUT_MS = 8_000;

/**
 * How long a node may hold up the others' mutations by doing nothing inside one of its own: stopped, cut off, or with its
 * event loop blocked. It shows in the longest a revocation takes.
 */
const IDLE_TIMEOUT_MS = 1_000;

/** Marks what this program writes: the triggers take everything else for an edit by hand. */
const MARK_WRITER = `SET LOCAL keyhold.writer = 'keyhold'`;

/** Durable on the disk, and on the standbys that the server waits for, whatever the defaults of user and database are. */
export const DURABLE = 'SET LOCAL synchronous_commit = on';

/** The store's time in whole ms. */
export const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms';

/**
 * Begins a transaction that writes, and waits until it is the only one: the row of the head is locked first, so mutations of all
 * nodes run one after the other.
 *
 * That is what makes every rule hold that reads before it writes (a cap, the last operator, an actor revoked meanwhile, an
 * idempotency key, a key's number), and log order commit order. The level is READ COMMITTED because there each statement
 * sees what was committed before it began, so everything that an earlier holder of the row wrote; the snapshot of a stricter
 * level would be taken before the wait, and fail after it.
 *
 * It has a savepoint, for the first mutation.
 *
 * @param options.unhurried true for what may take its time, since no node serves yet. Default: false.
 * @returns the store's time and the head's seq, once the wait is over.
 */
export async function beginMutations(
  session: Session,
  { unhurried } = { unhurried: false },
): Promise<{ readonly nowMs: number; readonly headSeq: number }> {
  const { now_ms, seq } = await begin(session, [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
    MARK_WRITER,
    DURABLE,
    `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
    `SET LOCAL statement_timeout = ${unhurried ? 0 : STATEMENT_TIMEOUT_MS}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${unhurried ? 0 : IDLE_TIMEOUT_MS}`,
    'SELECT seq FROM head FOR UPDATE',
    'SAVEPOINT mutation',
    `SELECT seq, ${NOW_MS} FROM head`,
  ]);
  return { nowMs: now_ms, headSeq: seq };
}

/** Keeps what the mutation before has written, and lets the next one be undone by itself. */
export async function keepMutation(session: Session): Promise<void> {
  await session.query({ text: 'RELEASE mutation; SAVEPOINT mutation' });
}

/** Undoes what was written since the savepoint. @throws when the whole transaction is gone. */
export async function undoMutation(session: Session): Promise<void> {
  await session.query({ text: 'ROLLBACK TO mutation' });
}

/** Begins a transaction that writes and waits for nobody: for what is outside the change log. */
export async function beginUsage(session: Session): Promise<number> {
  const { now_ms } = await begin(session, [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
    MARK_WRITER,
    `SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`,
    `SELECT ${NOW_MS}`,
  ]);
  return now_ms;
}

/** Begins a transaction that sees one moment. */
export async function beginRead(session: Session): Promise<number> {
  const { now_ms } = await begin(session, [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    `SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `SELECT ${NOW_MS}`,
  ]);
  return now_ms;
}

/** @returns the row of the last statement. */
async function begin(
  session: Session,
  statements: readonly string[],
): Promise<Readonly<Record<'now_ms' | 'seq', number>>> {
  const { rows } = await session.query({ text: statements.join('; ') });
  return rows[0];
}

/**
 * Commits. A server that gives up waiting for its standbys only warns, and the commit may not outlive a failover: so no
 * timeout of the server's ends that wait, and a warning is no success.
 *
 * @throws when it is not known whether it happened.
 */
export async function commit(session: Session): Promise<void> {
  session.takeWarnings();
  const { command } = await session.query({ text: 'SET LOCAL statement_timeout = 0; COMMIT' });
  const [warning] = session.takeWarnings();
  if (warning !== undefined) throw new KeyholdError('store_unavailable', warning);
  if (command !== 'COMMIT') throw new KeyholdError('store_unavailable', 'The transaction was undone.');
}

/** Runs `work`, which ends the transaction that it begins, on a connection of its own. When it throws, that is undone. */
export async function useTransaction<T>(
  connections: Connections,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return await connections.use(async (session) => {
    try {
      return await work(session);
    } catch (error) {
      await rollback(session);
      throw error;
    }
  });
}

/** Undoes what was begun. A connection on which that fails is given up, which undoes it as well. */
export async function rollback(session: Session): Promise<void> {
  await session.query({ text: 'ROLLBACK' }).catch(() => {});
}
