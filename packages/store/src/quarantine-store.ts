import type { Clock, RandomBytes } from '@keyhold/core';
import type { StoreLocation } from './copy/copy-store.ts';
import { createConnections, toClientConfig } from './postgres/connections.ts';
import { toOpenError } from './postgres/errors.ts';
import { requireUnused } from './postgres/in-use.ts';
import { openPostgresStore } from './postgres/postgres-store.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';
import type { Store } from './store.ts';

export interface QuarantineStoreOptions {
  readonly location: StoreLocation;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/**
 * Makes a store safe to serve that tools of the database's own have set back to an earlier moment: every key and every
 * operator token is denied until somebody has released it.
 *
 * Nobody may have the store open, which PostgreSQL says of itself and the caller has seen to for a file.
 *
 * @throws {KeyholdError} `settings_invalid` (a node is connected), and what opening the store throws.
 */
export async function quarantineStore(options: QuarantineStoreOptions): Promise<void> {
  const store = await openUnused(options);
  try {
    const context = {
      actor: { kind: 'system', name: 'database quarantine' },
      requestId: null,
      sourceAddress: null,
    } as const;
    await store.completeRestore(context, { vouched: false, details: { replaced: 'asked' } });
  } finally {
    await store.close();
  }
}

async function openUnused({ location, clock, randomBytes }: QuarantineStoreOptions): Promise<Store> {
  if (location.kind === 'sqlite') return await openSqliteStore({ file: location.file, clock, randomBytes });
  const { connectionString } = location;
  const connections = createConnections(toClientConfig(connectionString), 1);
  try {
    await connections.use(requireUnused);
  } catch (error) {
    throw toOpenError(error);
  } finally {
    await connections.close();
  }
  return await openPostgresStore({ connectionString, randomBytes });
}
