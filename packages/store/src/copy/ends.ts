import type { CopiedTable, Row } from './tables.ts';

/** A store that is copied from, as of one moment. */
export interface CopySource {
  /** In order of name. */
  columns(table: CopiedTable): Promise<readonly string[]>;
  /** In the table's order, some at a time. */
  read(table: CopiedTable, columns: readonly string[]): AsyncIterable<readonly Row[]>;
  /** Of its newest change. */
  readHead(): Promise<number>;
  /** Whether this audit event is one of its own. */
  hasEvent(id: string): Promise<boolean>;
}

/** A store that is copied to, inside one transaction. */
export interface CopyTarget extends CopySource {
  /** Id of its newest audit event that no copy wrote; null: it was never used. */
  lastEvent(): Promise<string | null>;
  /** Deletes all that is to be copied. */
  clear(): Promise<void>;
  write(table: CopiedTable, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Sets the seq, notes the copy in the log of changes and the audit log, and makes all of it durable. */
  complete(seq: number, copiedFrom: string): Promise<void>;
}

/** How a copy's own audit event tells itself apart: whoever copies once more may pass over it. */
export const COPIED_FROM = 'copied_from';

/** The audit events that no copy wrote, newest first; in both dialects. */
export const SELECT_LAST_EVENT = `
  SELECT id FROM audit_event
  WHERE NOT (action = 'database.restore' AND details LIKE '{"${COPIED_FROM}":%')
  ORDER BY position DESC LIMIT 1`;

export const COPY_CONTEXT = {
  actor: { kind: 'system', name: 'database copy' },
  requestId: null,
  sourceAddress: null,
} as const;
