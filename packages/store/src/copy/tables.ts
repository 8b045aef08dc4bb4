/** A table and the columns that order its rows, the same in every store. */
export interface CopiedTable {
  readonly name: string;
  readonly order: readonly string[];
}

/**
 * What a store is, each table after those that its rows refer to. Not among them: the log of changes, which begins anew, the
 * sessions, which end, failed log-ins and recent verdicts, which nobody misses, the leases and the migrations, which are the
 * database's own.
 */
export const COPIED_TABLES: readonly CopiedTable[] = [
  { name: 'configuration', order: ['revision'] },
  { name: 'keyspace', order: ['id'] },
  { name: 'keyspace_format', order: ['keyspace', 'template', 'environments'] },
  { name: 'organization', order: ['position'] },
  { name: 'organization_revocation', order: ['organization', 'keyspace', 'revoked_through'] },
  { name: 'key', order: ['position'] },
  { name: 'secret', order: ['key_position', 'generation'] },
  { name: 'claim_link', order: ['id'] },
  { name: 'operator', order: ['position'] },
  { name: 'person', order: ['position'] },
  { name: 'audit_event', order: ['position'] },
  { name: 'key_last_used', order: ['key_position'] },
  { name: 'key_refusal', order: ['key_position', 'reason'] },
  { name: 'usage', order: ['key_position', 'hour_ms', 'outcome', 'node'] },
  { name: 'idempotency', order: ['actor', 'idempotency_key'] },
  { name: 'store_secret', order: ['name'] },
];

/** Rows that are read, written and compared in one go. */
export const ROWS_PER_PAGE = 2_000;

export type Value = string | number | Uint8Array | null;
/** The values of one row, in the order of the columns asked for. */
export type Row = readonly Value[];

export function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
