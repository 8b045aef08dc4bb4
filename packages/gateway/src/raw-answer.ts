import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Writes a whole answer on a socket that has no `ServerResponse` (a refused upgrade, a request the parser rejects) and
 * ends the connection.
 *
 * @param headers flat, without `Date` and `Connection`, which are added.
 */
export function endWithRawAnswer(
  socket: Duplex,
  nowMs: number,
  answer: { readonly status: number; readonly headers: readonly string[]; readonly body: Uint8Array },
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const date = new Date(nowMs).toUTCString();
  socket.write(toRawHead(answer.status, [...answer.headers, 'Date', date, 'Connection', 'close']), 'latin1');
  socket.end(answer.body, () => socket.destroy());
}

/** A status line and header fields as they stand on the wire. */
export function toRawHead(status: number, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]!}: ${headers[i + 1]!}\r\n`;
  return `${head}\r\n`;
}
