import type { ChangePayload } from '@keyhold/coherence';
import type { JsonObject } from '@keyhold/core';
import type { MutationVerb } from '../failpoint.ts';
import type { MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import type { AuditActor } from './authorize.ts';
import { appendChange, takeSeq } from './change-log.ts';
import type { Transaction } from './transaction.ts';

/** Few enough for every dialect's parameters. */
const ROWS_PER_STATEMENT = 1_000;

/** An audit event without what is the same for all events of its mutation. */
export interface AuditDraft {
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly keyspace: string | null;
  readonly organization: string | null;
  readonly details: JsonObject;
}

/** What a mutation has written so far; {@link finishMutation} adds the audit events and the change. */
export interface Draft<T> {
  readonly verb: MutationVerb;
  readonly audit: readonly AuditDraft[];
  readonly change: ChangePayload;
  /** Id under which a person finds the change. */
  readonly subject: string;
  /** Rows that carry the seq of their last change. */
  readonly changed: readonly {
    readonly table: 'key' | 'organization' | 'operator';
    readonly positions: readonly number[];
  }[];
  value(seq: number): T;
}

/** A mutation that found nothing to do. `seq` is the highest of the rows it read: its caller waits for that. */
export function nothingToDo<T>(seq: number, value: T): Mutated<T> {
  return { seq, value, replayed: false };
}

/**
 * Completes a mutation: audit events, then the change, in the transaction of the change itself. Every mutation that
 * changes what verification sees ends here.
 */
export async function finishMutation<T>(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  draft: Draft<T>,
): Promise<Mutated<T>> {
  await tx.failpoint(`${draft.verb}.after_rows`);
  await writeAudit(tx, context, actor, draft.audit);
  await tx.failpoint(`${draft.verb}.after_audit`);
  const seq = await takeSeq(tx);
  await tx.failpoint(`${draft.verb}.after_seq`);
  await appendChange(tx, seq, draft.subject, draft.change);
  await tx.failpoint(`${draft.verb}.after_change`);
  for (const { table, positions } of draft.changed) await stampRows(tx, table, positions, seq);
  await tx.failpoint(`${draft.verb}.after_stamp`);
  return { seq, value: draft.value(seq), replayed: false };
}

export async function writeAudit(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  events: readonly AuditDraft[],
): Promise<void> {
  for (const event of events) {
    await tx.db
      .insertInto('audit_event')
      .values({
        id: tx.nextEventId(),
        at_ms: tx.nowMs,
        action: event.action,
        actor_kind: actor.kind,
        actor_id: actor.id,
        subject_kind: event.subject.kind,
        subject_id: event.subject.id,
        keyspace: event.keyspace,
        organization: event.organization,
        request_id: context.requestId,
        source_address: context.sourceAddress,
        details: JSON.stringify(event.details),
      })
      .execute();
  }
}

async function stampRows(
  tx: Transaction,
  table: 'key' | 'organization' | 'operator',
  positions: readonly number[],
  seq: number,
): Promise<void> {
  for (let start = 0; start < positions.length; start += ROWS_PER_STATEMENT) {
    const stamped = positions.slice(start, start + ROWS_PER_STATEMENT);
    await tx.db.updateTable(table).set({ seq }).where('position', 'in', stamped).execute();
  }
}
