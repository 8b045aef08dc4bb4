import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { ERROR_CODES, isKeyholdError, KeyholdError, STARTUP_ERROR_CODES } from '@keyhold/core';
import { z } from 'zod';
import {
  CONTROL_CALLS,
  type ControlAnswer,
  type ControlCall,
  type ControlCommands,
  type ControlRequest,
} from './control-calls.ts';
import { systemErrorCode } from './system-error.ts';

const replySchema = z.union([
  z.object({ answer: z.unknown() }),
  z.object({
    refusal: z.object({ code: z.enum([...ERROR_CODES, ...STARTUP_ERROR_CODES]), detail: z.string() }),
  }),
]);
type Reply = z.output<typeof replySchema>;

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, the closing zero included. */
const MAX_SOCKET_PATH_BYTES = 103;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names of its own fields
const CALL_NAMES = Object.keys(CONTROL_CALLS) as readonly ControlCall[];

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
    void carryOut(incoming, commands).then((reply) => response.end(JSON.stringify(reply)));
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
 * Asks the running server.
 *
 * @returns null when no server listens there.
 * @throws {KeyholdError} what the server refused with.
 */
export async function askControlSocket<Call extends ControlCall>(
  path: string,
  call: Call,
  request: ControlRequest<Call>,
): Promise<ControlAnswer<Call> | null> {
  let received: unknown;
  try {
    received = await post(path, CONTROL_CALLS[call].path, request);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw new KeyholdError('internal', `the server did not answer on ${path} (${code}); look at its log`, {
      cause: error,
    });
  }
  const reply = replySchema.parse(received);
  if ('refusal' in reply) throw new KeyholdError(reply.refusal.code, reply.refusal.detail);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this call's own schema
  return CONTROL_CALLS[call].answer.parse(reply.answer) as ControlAnswer<Call>;
}

async function post(socketPath: string, path: string, body: object): Promise<unknown> {
  const outgoing = request({ socketPath, method: 'POST', path, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve).once('error', reject).end(JSON.stringify(body));
  return json(await promise);
}

async function carryOut(incoming: IncomingMessage, commands: ControlCommands): Promise<Reply> {
  const call = findCall(incoming);
  if (call === undefined) {
    const detail = 'the control socket has no such call; update the command';
    return { refusal: { code: 'route_not_found', detail } };
  }
  try {
    const request = CONTROL_CALLS[call].request.parse(await json(incoming));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this call's own schema
    return { answer: await commands[call](request as never) };
  } catch (error) {
    return isKeyholdError(error)
      ? { refusal: { code: error.code, detail: error.message } }
      : { refusal: { code: 'internal', detail: 'the server failed; look at its log' } };
  }
}

function findCall({ method, url }: IncomingMessage): ControlCall | undefined {
  if (method !== 'POST') return undefined;
  return CALL_NAMES.find((name) => CONTROL_CALLS[name].path === url);
}
