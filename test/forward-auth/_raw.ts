import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  /** 0 when the connection closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends a request line and header lines as they stand, and reads until the other side closes. */
export async function sendRaw(url: string, lines: readonly string[]): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const [requestLine, ...headers] = lines;
  socket.write(
    [requestLine, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'),
    'latin1',
  );
  const received = await text(socket);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1] ?? 0), text: received };
}
