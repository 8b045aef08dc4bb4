import { KeyholdError } from '@keyhold/core';
import type { Session } from './connections.ts';

/**
 * Says that no other process has the store open, for what must not happen beside one. Processes are told by the name under
 * which they connect; those of another database user may be hidden from this one.
 *
 * @throws {KeyholdError} `settings_invalid`.
 */
export async function requireUnused(session: Session): Promise<void> {
  const { rows } = await session.query({
    text: `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'keyhold' AND pid <> pg_backend_pid()`,
  });
  if (rows[0].count === 0) return;
  throw new KeyholdError(
    'settings_invalid',
    'a node is connected to the database; stop every node first, and start them again afterwards',
  );
}
