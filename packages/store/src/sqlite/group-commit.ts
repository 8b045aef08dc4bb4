import type { DatabaseSync } from 'node:sqlite';
import { type AuditEventId, KeyholdError } from '@keyhold/core';
import { Kysely } from 'kysely';
import type { Failpoint } from '../failpoint.ts';
import { isMutation, type OperationCall, runMutation, runRead } from '../sql/operations.ts';
import { trimExpired } from '../sql/retention.ts';
import type { Tables } from '../sql/schema.ts';
import type { Transaction } from '../sql/transaction.ts';
import { toStoreError } from './errors.ts';
import { createKyselyDialect } from './kysely-dialect.ts';

/** Mutations in one transaction at most, so that the first does not wait long for the last. */
const MAX_BATCH = 256;

/** How often what is past its retention is looked for. */
const TRIM_INTERVAL_MS = 1_000;

export interface Answer {
  readonly error?: KeyholdError;
  readonly value?: unknown;
}

export interface QueuedCall {
  readonly call: OperationCall;
  readonly answer: (answer: Answer) => void;
}

export interface GroupCommitOptions {
  readonly database: DatabaseSync;
  readonly file: string;
  readonly failpoint: (name: Failpoint) => void;
}

/**
 * Runs calls on one database. Everything queued when a batch of mutations begins shares one transaction and so one
 * fsync (measured: 175 µs a commit alone, 24 µs each at 100 a commit); each has a savepoint, so that one which throws
 * undoes itself alone. Answers go out after the commit. Reads run between the batches, one at a time, and so each sees
 * one state.
 */
export function createGroupCommit({ database, file, failpoint }: GroupCommitOptions) {
  const db = new Kysely<Tables>({ dialect: createKyselyDialect(database) });
  const waitingMutations: QueuedCall[] = [];
  const waitingReads: QueuedCall[] = [];
  let trimmedAtMs = Number.NEGATIVE_INFINITY;
  let untrimmed = 0;

  function add(queued: QueuedCall): void {
    (isMutation(queued.call.method) ? waitingMutations : waitingReads).push(queued);
  }

  /** Runs until nothing waits. Calls added meanwhile are run too. */
  async function drain(): Promise<void> {
    while (waitingMutations.length > 0 || waitingReads.length > 0) {
      const batch = waitingMutations.splice(0, MAX_BATCH);
      if (batch.length > 0) await runBatch(batch);
      for (const queued of waitingReads.splice(0)) await answerRead(queued);
    }
  }

  async function runBatch(batch: readonly QueuedCall[]): Promise<void> {
    const answers: (() => void)[] = [];
    try {
      database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      // Another process has it: nothing was begun, so nothing was carried out.
      refuse(batch, toStoreError(error, file));
      return;
    }
    try {
      failpoint('commit.after_begin');
      for (const queued of batch) {
        const answer = await runInSavepoint(queued.call);
        answers.push(() => queued.answer(answer));
      }
      await trim(batch);
      failpoint('commit.before');
      database.exec('COMMIT');
      failpoint('commit.after');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      refuse(batch, toCommitError(error, file));
      return;
    }
    for (const answer of answers) answer();
  }

  function refuse(batch: readonly QueuedCall[], error: KeyholdError): void {
    for (const queued of batch) queued.answer({ error });
  }

  /** @throws when the whole transaction is gone, which is how SQLite answers a full disk or a failed write. */
  async function runInSavepoint(call: OperationCall): Promise<Answer> {
    database.exec('SAVEPOINT mutation');
    try {
      const value = await runMutation(createTransaction(call.nowMs, call.eventIds), call);
      database.exec('RELEASE mutation');
      return { value };
    } catch (error) {
      if (!database.isTransaction) throw error;
      database.exec('ROLLBACK TO mutation; RELEASE mutation');
      return { error: toStoreError(error, file) };
    }
  }

  async function answerRead({ call, answer }: QueuedCall): Promise<void> {
    try {
      answer({ value: await runRead({ db, nowMs: call.nowMs }, call) });
    } catch (error) {
      answer({ error: toStoreError(error, file) });
    }
  }

  async function trim(batch: readonly QueuedCall[]): Promise<void> {
    untrimmed += batch.length;
    const nowMs = batch.at(-1)?.call.nowMs ?? 0;
    if (Math.abs(nowMs - trimmedAtMs) < TRIM_INTERVAL_MS) return;
    // No node reads the log of a file but its owner, who is at its head.
    const ackedSeq = Number.POSITIVE_INFINITY;
    await trimExpired(createTransaction(nowMs, []), { limit: 2 * untrimmed + 100, ackedSeq });
    trimmedAtMs = nowMs;
    untrimmed = 0;
  }

  function createTransaction(nowMs: number, eventIds: readonly AuditEventId[]): Transaction {
    const left = eventIds.values();
    return {
      db,
      nowMs,
      failpoint,
      nextEventId() {
        const next = left.next();
        if (next.done === true)
          throw new TypeError('A mutation wrote more audit events than it was given ids.');
        return next.value;
      },
    };
  }

  return { add, drain };
}

/** A commit that failed may have happened all the same, except when there was no room for it. */
function toCommitError(error: unknown, file: string): KeyholdError {
  const failure = toStoreError(error, file);
  if (failure.code === 'store_full') return failure;
  return new KeyholdError(
    'store_unavailable',
    `The store could not complete the call: ${failure.message} It may have been carried out; repeat it.`,
    { cause: failure },
  );
}
