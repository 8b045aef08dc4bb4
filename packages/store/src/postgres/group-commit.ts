import { createAuditEventId, type KeyholdError, type RandomBytes } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { type Operation, runMutation } from '../sql/operations.ts';
import { trimExpired } from '../sql/retention.ts';
import { together } from '../sql/together.ts';
import type { Transaction } from '../sql/transaction.ts';
import type { Connections, Session } from './connections.ts';
import { toStoreError, uncertainCommit } from './errors.ts';
import { tellCommitted } from './hints.ts';
import { createKysely, type StatementNames } from './kysely-dialect.ts';
import { beginMutations, commit, keepMutation, rollback, undoMutation } from './transactions.ts';

/** Mutations in one transaction at most, so that neither the first of them nor another node waits long. */
const MAX_BATCH = 64;

/** How often what is past its retention is looked for. */
const TRIM_INTERVAL_MS = 1_000;

/** What may take long, and is run before a node serves. */
const UNHURRIED: readonly Operation['method'][] = ['completeRestore'];

interface QueuedMutation extends Operation {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: KeyholdError) => void;
}

export interface GroupCommitOptions {
  /** One connection. */
  readonly connections: Connections;
  readonly names: StatementNames;
  readonly randomBytes: RandomBytes;
  readonly failpoint: (name: Failpoint) => void | Promise<void>;
  /** Whose hints these are; see {@link PostgresStoreOptions}. */
  readonly sender: string;
  /** Put in place of the database's own time; see {@link PostgresStoreOptions}. */
  readonly nowMs: (() => number) | null;
}

export interface GroupCommit {
  run(operation: Operation): Promise<unknown>;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
}

/**
 * Runs mutations on one connection. Those queued when a transaction begins share it and so one wait for the others' and one
 * flush to the disk; each has a savepoint, so that one which throws undoes itself alone. Answers go out after the commit.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { connections, names, randomBytes, failpoint, sender } = options;
  const waiting: QueuedMutation[] = [];
  let draining: Promise<void> | null = null;
  let trimmedAtMs = Number.NEGATIVE_INFINITY;
  let untrimmed = 0;

  async function drain(): Promise<void> {
    // Whatever is called in the same turn is queued before the first of it runs: that is what makes a batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      try {
        await connections.use((session) => runBatch(session, batch));
      } catch (error) {
        const failure = toStoreError(error);
        for (const { reject } of batch) reject(failure);
      }
    }
    draining = null;
  }

  /** Answers once they are committed. */
  async function runBatch(session: Session, batch: readonly QueuedMutation[]): Promise<void> {
    const answers: (() => void)[] = [];
    let headSeq: number;
    try {
      const unhurried = batch.some(({ method }) => UNHURRIED.includes(method));
      const begun = await beginMutations(session, { unhurried });
      headSeq = begun.headSeq;
      const tx = createTransaction(session, options.nowMs?.() ?? begun.nowMs, unhurried);
      await failpoint('commit.after_begin');
      for (const mutation of batch) {
        const kept = answers.length > 0 ? keepMutation(session) : Promise.resolve();
        const [, answer] = await together(kept, runMutationOf(session, tx, mutation));
        answers.push(answer);
      }
      await trim(session, tx, batch.length);
      await failpoint('commit.before');
    } catch (error) {
      await rollback(session);
      throw error;
    }
    const committing = commit(session);
    const telling = tellCommitted(session, sender, headSeq);
    try {
      await committing;
      await failpoint('commit.after');
      for (const answer of answers) answer();
    } catch (error) {
      throw uncertainCommit(toStoreError(error));
    } finally {
      await telling;
    }
  }

  /** @throws when the whole transaction is gone. */
  async function runMutationOf(
    session: Session,
    tx: Transaction,
    mutation: QueuedMutation,
  ): Promise<() => void> {
    try {
      const value = await runMutation(tx, mutation);
      return () => mutation.resolve(value);
    } catch (error) {
      await undoMutation(session);
      return () => mutation.reject(toStoreError(error));
    }
  }

  async function trim(session: Session, tx: Transaction, mutations: number): Promise<void> {
    untrimmed += mutations;
    if (Math.abs(tx.nowMs - trimmedAtMs) < TRIM_INTERVAL_MS) return;
    await trimExpired(tx, { limit: 2 * untrimmed + 100, ackedSeq: await readAckedSeq(session) });
    trimmedAtMs = tx.nowMs;
    untrimmed = 0;
  }

  function createTransaction(session: Session, nowMs: number, unhurried: boolean): Transaction {
    return {
      db: createKysely(session, names, unhurried ? { timeoutMs: null } : {}),
      nowMs,
      failpoint,
      nextEventId: () => createAuditEventId(randomBytes, nowMs),
    };
  }

  return {
    run(operation) {
      return new Promise((resolve, reject) => {
        waiting.push({ ...operation, resolve, reject });
        draining ??= drain();
      });
    },
    async idle() {
      await draining;
    },
  };
}

/** What every node has acknowledged; Infinity where there is none. A row of a node that died is taken by the next write. */
async function readAckedSeq(session: Session): Promise<number> {
  const { rows } = await session.query({ text: 'SELECT min(acked_seq) AS acked_seq FROM lease' });
  return rows[0].acked_seq ?? Number.POSITIVE_INFINITY;
}
