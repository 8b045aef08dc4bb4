import { connect, type Socket } from 'node:net';

/** A listener of this machine. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export function toAddress(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** One way of putting a request onto a connection. */
export interface Exchange {
  readonly name: string;
  /** The bytes until the first answer is awaited, given the request line and headers without `\r\n\r\n`. */
  begin(head: string): string;
  /** The rest of its body, sent once the answer is there. */
  readonly rest?: string;
  /** The answer has no body, whatever its Content-Length says. */
  readonly withoutBody?: boolean;
}

const BODY = '{"name":"key"}';
const CHUNKED = `Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const withLength = (head: string) => `${head}\r\nContent-Length: ${BODY.length}\r\n\r\n`;

/** With a body and without, kept alive and closed, in order and not. */
export const EXCHANGES: readonly Exchange[] = [
  { name: 'without a body', begin: (head) => `${head}\r\n\r\n` },
  { name: 'with a body', begin: (head) => withLength(head) + BODY },
  { name: 'with a body that comes after the answer', begin: withLength, rest: BODY },
  { name: 'with a body in chunks', begin: (head) => `${head}\r\n${CHUNKED}` },
  { name: 'that waits for 100 Continue', begin: (head) => withLength(`${head}\r\nExpect: 100-continue`) },
  { name: 'that closes', begin: (head) => `${head}\r\nConnection: close\r\n\r\n` },
  { name: 'of HTTP/1.0', begin: (head) => `${head.replace('HTTP/1.1', 'HTTP/1.0')}\r\n\r\n` },
  {
    name: 'for the head alone',
    begin: (head) => `${head.replace(/^\w+/, 'HEAD')}\r\n\r\n`,
    withoutBody: true,
  },
  { name: 'with the next one behind it', begin: (head) => `${head}\r\n\r\n${head}\r\n\r\n` },
];

/** A handshake; for listeners that let one through. */
export const UPGRADE: Exchange = {
  name: 'that upgrades',
  begin: (head) =>
    `${head}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
};

/**
 * Sends a request, awaits its answer, asks for the end of the connection with another one, and returns every byte that came
 * back until it was closed, but for what differs from one answer to the next: `Date`, and the request's id wherever it
 * stands.
 */
export async function transcribe(address: Address, head: string, exchange: Exchange): Promise<string> {
  const socket = connect({ ...address });
  const transcript = collect(socket, exchange.withoutBody === true);
  socket.write(exchange.begin(head), 'latin1');
  await transcript.answered;
  // When the server has closed by now, this goes nowhere and the transcript ends with the first answer.
  if (socket.writable) socket.write(`${exchange.rest ?? ''}${head}\r\nConnection: close\r\n\r\n`, 'latin1');
  return withoutOwn(await transcript.ended);
}

function collect(socket: Socket, withoutBody: boolean) {
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    if (hasWholeAnswer(received, withoutBody)) answered.resolve();
  });
  // A reset after the answer is one way of closing; what came before it is what counts.
  socket.on('error', () => {});
  socket.on('close', () => {
    answered.resolve();
    ended.resolve(received);
  });
  return { answered: answered.promise, ended: ended.promise };
}

function hasWholeAnswer(received: string, withoutBody: boolean): boolean {
  const text = received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = withoutBody ? 0 : Number(/\r\nContent-Length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= headEnd + 4 + length;
}

function withoutOwn(received: string): string {
  let text = received.replaceAll(/\r\nDate: [^\r]*/gi, '');
  for (const [, id] of received.matchAll(/\r\nKeyhold-Request-Id: ([^\r]*)/gi))
    text = text.replaceAll(id!, '*');
  return text;
}
