/** The store: its port, its records, and its SQLite and PostgreSQL adapters. */

export type {
  KeyActivity,
  KeyOutcome,
  NewVerdict,
  RefusalCount,
  RowCount,
  VerdictRecord,
} from './activity-records.ts';
export { addUpRefusals } from './add-up-refusals.ts';
export { type CopiedStore, type CopyStoreOptions, copyStore, type StoreLocation } from './copy/copy-store.ts';
export { FAILPOINTS, type Failpoint } from './failpoint.ts';
export { keyNotFound, keyspaceNotFound } from './not-found.ts';
export type {
  ConsoleSessionRecord,
  LoginAttempt,
  LoginRecord,
  NewPersonSession,
  PersonProof,
  PersonRecord,
  PersonWithSessions,
  SecondFactor,
} from './people-records.ts';
export type { PeopleStore, PersonContext } from './people-store.ts';
export {
  createPostgresLeaseRows,
  type PostgresLeaseRows,
  type PostgresLeaseRowsOptions,
} from './postgres/lease-rows.ts';
export { openPostgresStore, type PostgresStoreOptions } from './postgres/postgres-store.ts';
export { type QuarantineStoreOptions, quarantineStore } from './quarantine-store.ts';
export {
  type Actor,
  type AuditEventRecord,
  type AuditQuery,
  type ClaimLinkRecord,
  type ConfigurationState,
  type DailyUsageQuery,
  type DailyUsageRecord,
  type Idempotency,
  type KeyFilter,
  type KeyPatch,
  type KeyQuery,
  type KeyRecord,
  type KeySelector,
  type KeySort,
  type KeyStateFilter,
  type ListQuery,
  type MutationContext,
  type NewClaimLink,
  type NewKey,
  type NewPortalSession,
  type NewSecret,
  type OperatorQuery,
  type OperatorRecord,
  type OrganizationPatch,
  type OrganizationRecord,
  type Page,
  type PortalSessionRecord,
  type Quarantine,
  type QuarantineSelector,
  USAGE_OUTCOMES,
  type UsageBatch,
  type UsageOutcome,
  type UsageRecord,
} from './records.ts';
export { backUpSqliteStore, type CopySummary } from './sqlite/backup.ts';
export { type Restored, type RestoreOptions, restoreSqliteStore } from './sqlite/restore.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.ts';
export type { ImportOutcome, ImportRow, Mutated, Store } from './store.ts';
