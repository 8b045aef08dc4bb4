import { createLogger } from '../logger.ts';
import type { DataSettings } from '../machine.ts';
import { openStoreOwner } from '../store-owner.ts';
import type { ControlAnswer, ControlCall, ControlRequest } from './control-calls.ts';
import { createControlCommands } from './control-commands.ts';
import { askControlSocket } from './control-socket.ts';
import { dataDirectoryFiles } from './data-directory.ts';
import { createSystemClock, systemRandomBytes } from './system-clock.ts';

/**
 * Has the owner of the data directory carry out a call: the server that runs there, and where none does this process
 * takes the directory for a moment.
 *
 * @throws {KeyholdError} what the call is refused with, `data_directory_locked` for a server that is only just starting or
 *   stopping, and what opening the store throws.
 */
export async function runControlCommand<Call extends ControlCall>(
  settings: DataSettings,
  call: Call,
  request: ControlRequest<Call>,
): Promise<ControlAnswer<Call>> {
  const { controlSocket } = dataDirectoryFiles(settings.dataDirectory);
  const answered = await askControlSocket(controlSocket, call, request);
  if (answered !== null) return answered;
  const machine = { clock: createSystemClock(), randomBytes: systemRandomBytes, log: createLogger('warn') };
  await using owner = await openStoreOwner(settings, null, machine);
  return await createControlCommands(owner)[call](request);
}
