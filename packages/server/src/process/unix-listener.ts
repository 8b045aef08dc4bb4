import { chmodSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { bindHttp, type HttpListener, type HttpListenerParts } from './http-listener.ts';
import { systemErrorCode } from './system-error.ts';

/** Owner and group: the reverse proxy that asks runs as another user and gets in by the group. */
const SOCKET_MODE = 0o660;

/**
 * Binds a Unix socket. One that a dead process left behind is replaced.
 *
 * @throws {KeyholdError} `address_in_use` when somebody answers on it, `settings_invalid` when it cannot be made.
 */
export async function bindUnixHttp(
  listener: RequestListener,
  path: string,
  parts: HttpListenerParts,
): Promise<HttpListener> {
  if (await isAbandoned(path)) rmSync(path, { force: true });
  const bound = await bindHttp(listener, { path }, null, parts);
  chmodSync(path, SOCKET_MODE);
  return bound;
}

async function isAbandoned(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path)
    .once('connect', () => resolve(false))
    .once('error', (error) => resolve(systemErrorCode(error) === 'ECONNREFUSED'));
  const abandoned = await promise;
  socket.destroy();
  return abandoned;
}
