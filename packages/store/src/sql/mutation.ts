import type { ChangePayload } from '@keyhold/coherence';
import type { JsonObject } from '@keyhold/core';
import type { MutationVerb } from '../failpoint.ts';
import type { MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import type { AuditActor } from './authorize.ts';
import { appendChange, selectHead, takeSeq } from './change-log.ts';
import { together } from './together.ts';
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
  const [, seq] = await together(
    writeAudit(tx, context, actor, draft.audit),
    takeSeq(tx),
    appendChange(tx, draft.subject, draft.change),
    ...draft.changed.map(({ table, positions }) => stampRows(tx, table, positions)),
  );
  await tx.failpoint(`${draft.verb}.after_change`);
  return { seq, value: draft.value(seq), replayed: false };
}

export async function writeAudit(
  tx: Transaction,
  context: MutationContext,
  actor: Pick<AuditActor, 'kind' | 'id'>,
  events: readonly AuditDraft[],
): Promise<void> {
  await together(
    ...events.map((event) =>
      tx.db
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
        .execute(),
    ),
  );
}

/** With the seq that was taken last. */
async function stampRows(
  tx: Transaction,
  table: 'key' | 'organization' | 'operator',
  positions: readonly number[],
): Promise<void> {
  const pages = Array.from({ length: Math.ceil(positions.length / ROWS_PER_STATEMENT) }, (_, page) =>
    positions.slice(page * ROWS_PER_STATEMENT, (page + 1) * ROWS_PER_STATEMENT),
  );
  await together(
    ...pages.map((page) =>
      tx.db
        .updateTable(table)
        .set({ seq: selectHead(tx.db) })
        .where('position', 'in', page)
        .execute(),
    ),
  );
}
