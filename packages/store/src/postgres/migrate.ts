import { KeyholdError } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import type { Connections, Session } from './connections.ts';
import { initialSchema } from './migrations/0001-initial.ts';
import { leases } from './migrations/0002-leases.ts';
import { editsByHand } from './migrations/0003-edits-by-hand.ts';
import { claimLinks } from './migrations/0004-claim-links.ts';
import { people } from './migrations/0005-people.ts';
import { consoleData } from './migrations/0006-console-data.ts';
import { linksTriedAgain } from './migrations/0007-links-tried-again.ts';
import { assumeOwner, grantRoles, makeRoles } from './roles.ts';
import { commit, NOW_MS, rollback } from './transactions.ts';

/** Forward only, and never edited once released: number n is at index n − 1. */
const MIGRATIONS: readonly string[] = [
  initialSchema,
  leases,
  editsByHand,
  claimLinks,
  people,
  consoleData,
  linksTriedAgain,
];

/** Any number that other programs in the same database do not lock. */
const LOCK = 0x6b65_7968;

/** How old a server may be. */
const OLDEST_SERVER = 140_000;

/**
 * Brings the schema up to this program's. Each migration is one transaction under an advisory lock, so that an interrupted
 * one leaves nothing and two processes do not run the same one.
 *
 * @returns what could not be done and is not needed, for a person; null: nothing.
 * @throws {KeyholdError} `store_newer`, `store_corrupt` (a database of something else), `settings_invalid`; what the server
 *   refuses.
 */
export async function migrate(
  connections: Connections,
  failpoint: (name: Failpoint) => void | Promise<void>,
): Promise<string | null> {
  return await connections.use(async (session) => {
    await requireSuitable(session);
    let notice: string | null = null;
    while ((await readVersion(session)) < MIGRATIONS.length) {
      try {
        notice = await runNext(session, failpoint);
      } catch (error) {
        await rollback(session);
        throw error;
      }
      await failpoint('migrate.after_commit');
    }
    return notice;
  });
}

async function runNext(
  session: Session,
  failpoint: (name: Failpoint) => void | Promise<void>,
): Promise<string | null> {
  await session.query({
    text: `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(${LOCK})`,
    timeoutMs: null,
  });
  await failpoint('migrate.after_begin');
  // Read again under the lock: another process may have been faster.
  const version = await readVersion(session);
  const migration = MIGRATIONS[version];
  if (migration === undefined) {
    await rollback(session);
    return null;
  }
  await makeRoles(session);
  await assumeOwner(session);
  await session.query({ text: migration, timeoutMs: null });
  await failpoint('migrate.after_schema');
  await session.query({
    text: `
      CREATE TABLE IF NOT EXISTS migration (
        number        integer PRIMARY KEY,  -- 1, 2, …
        applied_at_ms bigint NOT NULL       -- ms since the epoch
      );
      INSERT INTO migration (number, applied_at_ms) SELECT ${version + 1}, now_ms FROM (SELECT ${NOW_MS}) AS clock`,
  });
  const notice = await grantRoles(session);
  await failpoint('migrate.before_commit');
  await commit(session);
  return notice;
}

/** The number of migrations it has had; 0 for an empty database. @throws {KeyholdError} `store_newer`, `store_corrupt`. */
async function readVersion(session: Session): Promise<number> {
  const tables = await session.query({
    text: `SELECT to_regclass('migration') IS NOT NULL AS migrated,
      EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace) AS used`,
  });
  const { migrated, used } = tables.rows[0];
  if (!migrated) {
    if (!used) return 0;
    throw new KeyholdError(
      'store_corrupt',
      'The database holds the tables of something else. Give Keyhold a database of its own.',
    );
  }
  const { rows } = await session.query({ text: 'SELECT max(number) AS version FROM migration' });
  const version = Number(rows[0].version);
  if (version > MIGRATIONS.length) {
    throw new KeyholdError(
      'store_newer',
      `The database was written by a newer program (schema ${version}; this one knows ${MIGRATIONS.length}). Start the newer program, or restore a backup from before the update.`,
    );
  }
  return version;
}

/** @throws {KeyholdError} `settings_invalid`. */
async function requireSuitable(session: Session): Promise<void> {
  const { rows } = await session.query({
    text: `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
      current_setting('server_encoding') AS encoding`,
  });
  const { number, version, encoding } = rows[0];
  if (number < OLDEST_SERVER) {
    throw new KeyholdError('settings_invalid', `PostgreSQL ${version} is too old; use 14 or a later one.`);
  }
  if (encoding !== 'UTF8') {
    throw new KeyholdError(
      'settings_invalid',
      `The database's encoding is ${encoding}; make one with: CREATE DATABASE keyhold ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
}
