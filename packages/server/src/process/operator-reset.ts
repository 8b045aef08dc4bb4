import { createLogger } from '../logger.ts';
import type { Settings } from '../settings/settings.ts';
import { openStoreOwner } from '../store-owner.ts';
import { type ResetOperator, requestOperatorReset } from './control-socket.ts';
import { dataDirectoryFiles } from './data-directory.ts';
import { createSystemClock, systemRandomBytes } from './system-clock.ts';

/**
 * Makes an operator token with every scope: the server that has the data directory does it, and where none runs this
 * process takes the directory for a moment.
 *
 * @throws {KeyholdError} `data_directory_locked` for a server that is only just starting or stopping, and what the store
 *   throws.
 */
export async function resetOperator(
  settings: Pick<Settings, 'dataDirectory' | 'databaseFile'>,
  name: string,
): Promise<ResetOperator> {
  const { controlSocket } = dataDirectoryFiles(settings.dataDirectory);
  const answered = await requestOperatorReset(controlSocket, name);
  if (answered !== null) return answered;
  const machine = { clock: createSystemClock(), randomBytes: systemRandomBytes, log: createLogger('warn') };
  await using owner = await openStoreOwner(settings, null, machine);
  const { token, record } = await owner.operators.reset(name);
  return { id: record.id, token };
}
