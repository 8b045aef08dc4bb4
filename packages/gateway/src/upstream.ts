import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { resetSocket } from '@keyhold/coherence';
import { buildConnector, type Dispatcher, Pool } from 'undici';

/** Answers with more header bytes than this are refused with 502. */
const MAX_ANSWER_HEADER_BYTES = 32_768;

/** One origin behind the gateway and the connections to it. */
export interface Upstream {
  readonly dispatcher: Dispatcher;
  /** What stands before every request's path; empty or beginning with `/`, without one at its end. */
  readonly basePath: string;
}

/**
 * Opens the pool for one origin; nothing is connected before the first request. Timeouts of the answer are the
 * gateway's own, so undici's are off.
 */
export function createUpstreamPool(origin: string, connectMs: number): Dispatcher {
  const connect = buildConnector({ allowH2: false, timeout: connectMs });
  return new Pool(origin, {
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    connect(options, callback) {
      connect(options, (...connected) => {
        const [, socket] = connected;
        if (socket instanceof Socket && !(socket instanceof TLSSocket)) resetWhenAborted(socket);
        callback(...connected);
      });
    },
  });
}

/** The path that stands before every request's: that of the upstream's URL, without a slash at its end. */
export function basePathOf(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}

/**
 * Makes an aborted call end with a reset. undici closes such a connection in order, and then the kernel still delivers
 * what of the request's body it holds, which may be megabytes, after the key was revoked.
 */
function resetWhenAborted(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error?: Error) => {
    if (error === undefined || !isAbort(error)) return destroy(error);
    socket.destroy = destroy;
    resetSocket(socket);
    return socket;
  };
}

function isAbort(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_INFO' && error.message === 'aborted';
}
