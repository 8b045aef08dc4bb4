import { KeyholdError } from '@keyhold/core';
import type { Idempotency } from '../records.ts';
import type { Mutated } from '../store.ts';
import type { AuditActor } from './authorize.ts';
import type { Transaction } from './transaction.ts';

/** How long a repeat is recognised; after that the same key makes something new. A day, as Stripe keeps them. */
export const IDEMPOTENCY_RETENTION_MS = 24 * 60 * 60 * 1000;

/** The answer that the same actor was given under the same key. @throws {KeyholdError} `idempotency_key_reused`. */
export async function findAnswer<T>(
  tx: Transaction,
  actor: AuditActor,
  idempotency: Idempotency | null,
): Promise<Mutated<T> | null> {
  if (idempotency === null) return null;
  const row = await tx.db
    .selectFrom('idempotency')
    .select(['request_digest', 'answer', 'seq'])
    .where('actor', '=', actorName(actor))
    .where('idempotency_key', '=', idempotency.key)
    .where('created_at_ms', '>', tx.nowMs - IDEMPOTENCY_RETENTION_MS)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.request_digest !== idempotency.requestDigest) {
    throw new KeyholdError(
      'idempotency_key_reused',
      'This idempotency key belongs to a different request. Send a new key with a new request.',
    );
  }
  const value: T = JSON.parse(row.answer);
  return { seq: row.seq, value, replayed: true };
}

export async function rememberAnswer<T>(
  tx: Transaction,
  actor: AuditActor,
  idempotency: Idempotency | null,
  mutated: Mutated<T>,
): Promise<Mutated<T>> {
  if (idempotency === null) return mutated;
  const answer = {
    request_digest: idempotency.requestDigest,
    answer: JSON.stringify(mutated.value),
    seq: mutated.seq,
    created_at_ms: tx.nowMs,
  };
  await tx.db
    .insertInto('idempotency')
    .values({ actor: actorName(actor), idempotency_key: idempotency.key, ...answer })
    // An answer past its retention may not be deleted yet.
    .onConflict((conflict) => conflict.columns(['actor', 'idempotency_key']).doUpdateSet(answer))
    .execute();
  return mutated;
}

function actorName(actor: AuditActor): string {
  return `${actor.kind}:${actor.id}`;
}
