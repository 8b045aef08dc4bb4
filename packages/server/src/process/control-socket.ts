import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { ERROR_CODES, isKeyholdError, KeyholdError, STARTUP_ERROR_CODES } from '@keyhold/core';
import { z } from 'zod';
import { systemErrorCode } from './system-error.ts';

const resetSchema = z.strictObject({ name: z.string() });
const resetOperatorSchema = z.object({ id: z.string(), token: z.string() });
const refusalSchema = z.object({
  code: z.enum([...ERROR_CODES, ...STARTUP_ERROR_CODES]),
  detail: z.string(),
});
const controlAnswerSchema = z.union([resetOperatorSchema, refusalSchema]);

type ControlAnswer = z.output<typeof controlAnswerSchema>;
export type ResetOperator = Readonly<z.output<typeof resetOperatorSchema>>;

/** What the owner of the data directory does for a command on the same machine. */
export interface ControlCommands {
  /** Makes an operator token with every scope. */
  resetOperator(name: string): Promise<ResetOperator>;
}

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, the closing zero included. */
const MAX_SOCKET_PATH_BYTES = 103;
const RESET_PATH = '/operators/reset';

/**
 * Listens on a Unix socket that only this user can open (0600). Call it under the data directory's lock: a socket file
 * that is already there is a dead process's.
 *
 * @throws {KeyholdError} `settings_invalid` when the path is too long for a socket.
 */
export async function listenOnControlSocket(
  path: string,
  commands: ControlCommands,
): Promise<{ close(): Promise<void> }> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new KeyholdError(
      'settings_invalid',
      `--data: the path ${path} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes a socket may have; choose a shorter one`,
    );
  }
  rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    void carryOut(incoming, commands).then((answer) => response.end(JSON.stringify(answer)));
  });
  // The file is born with its mode: between a later chmod and the bind another user could connect.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      rmSync(path, { force: true });
    },
  };
}

/**
 * Asks the running server for a new operator token.
 *
 * @returns null when no server listens there.
 * @throws {KeyholdError} what the server refused with.
 */
export async function requestOperatorReset(path: string, name: string): Promise<ResetOperator | null> {
  let received: unknown;
  try {
    received = await post(path, RESET_PATH, { name });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw new KeyholdError('internal', `the server did not answer on ${path} (${code}); look at its log`, {
      cause: error,
    });
  }
  const answer = controlAnswerSchema.parse(received);
  if ('token' in answer) return answer;
  throw new KeyholdError(answer.code, answer.detail);
}

async function post(socketPath: string, path: string, body: object): Promise<unknown> {
  const outgoing = request({ socketPath, method: 'POST', path, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve).once('error', reject).end(JSON.stringify(body));
  return json(await promise);
}

async function carryOut(incoming: IncomingMessage, commands: ControlCommands): Promise<ControlAnswer> {
  if (incoming.method !== 'POST' || incoming.url !== RESET_PATH) {
    return { code: 'route_not_found', detail: 'the control socket has no such call; update the command' };
  }
  try {
    const { name } = resetSchema.parse(await json(incoming));
    return await commands.resetOperator(name);
  } catch (error) {
    if (!isKeyholdError(error)) return { code: 'internal', detail: 'the server failed; look at its log' };
    return { code: error.code, detail: error.message };
  }
}
