import type { Socket } from 'node:net';

/**
 * Ends a connection with a reset: what the kernel still holds is dropped. While the end of what was written is on its way
 * out, it waits for that, which takes no longer than the event loop's next round: libuv refuses to reset such a socket
 * (`EINVAL`), and Node 26 then leaves it open for good and never ends itself.
 */
export function resetSocket(socket: Socket): void {
  const { writableEnded, writableFinished, writableLength } = socket;
  const isEnding = writableEnded && !writableFinished && writableLength === 0;
  // Before whoever would close it in order.
  if (isEnding) socket.prependOnceListener('finish', () => resetOrDestroy(socket));
  else resetOrDestroy(socket);
}

/** Node resets TCP alone, and throws for anything else: a Unix socket, for example, whose far end keeps what it was sent. */
function resetOrDestroy(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
