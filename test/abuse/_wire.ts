import { once } from 'node:events';
import net, { type NetConnectOpts, type Socket } from 'node:net';

/** Where a listener is: a port of this machine or a Unix socket. */
export type Address = { readonly port: number } | { readonly path: string };

/** One answer as it stood on the wire. */
export interface WireAnswer {
  readonly status: number;
  /** The head without the status line and without what differs from one answer to the next (`Date`, the request id). */
  readonly headers: readonly string[];
  readonly body: string;
  /** The value of a header that stands once; undefined when it is not there. */
  header(name: string): string | undefined;
}

export interface WireExchange {
  readonly answers: readonly WireAnswer[];
  /** What came after the last whole answer. */
  readonly rest: string;
  /** The code of the connection's error, if it had one. */
  readonly error: string | null;
}

/** A client of bare bytes: nothing is tidied, in either direction. Text stands for bytes as Latin-1. */
export class WireConnection {
  readonly socket: Socket;
  received = '';
  /** Resolves when the connection is gone, with the code of its error if it had one. */
  readonly closed: Promise<string | null>;
  #taken = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.received += chunk;
    });
    this.closed = new Promise((resolve) => {
      let code: string | null = null;
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code ?? error.message;
      });
      socket.on('close', () => resolve(code));
    });
  }

  write(bytes: string | Buffer): void {
    // A peer that has already answered and gone is told by `closed`.
    if (this.socket.writable)
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next answer that is whole; null when the connection ends before. */
  async answer(): Promise<WireAnswer | null> {
    for (;;) {
      const { answers } = readAnswers(this.received);
      const next = answers[this.#taken];
      if (next !== undefined) {
        this.#taken++;
        return next;
      }
      if (this.socket.destroyed) return null;
      await Promise.race([once(this.socket, 'data').catch(() => {}), this.closed]);
    }
  }

  /** Waits for the server to end the connection. */
  async end(): Promise<WireExchange> {
    const error = await this.closed;
    return { ...readAnswers(this.received), error };
  }
}

export async function connect(address: Address): Promise<WireConnection> {
  const options: NetConnectOpts = 'port' in address ? { ...address, host: '127.0.0.1' } : address;
  const socket = net.connect(options);
  await once(socket, 'connect');
  return new WireConnection(socket);
}

/** Sends bytes and reads until the server has ended the connection, which the bytes must make it do. */
export async function exchange(
  address: Address,
  ...parts: readonly (string | Buffer)[]
): Promise<WireExchange> {
  const connection = await connect(address);
  for (const part of parts) connection.write(part);
  return connection.end();
}

/** Like {@link exchange}, for bytes that must have exactly one answer. */
export async function ask(address: Address, ...parts: readonly (string | Buffer)[]): Promise<WireAnswer> {
  const { answers, rest, error } = await exchange(address, ...parts);
  const [answer] = answers;
  if (answer === undefined || answers.length > 1 || rest !== '') {
    throw new Error(`${answers.length} answers, error ${error}, and then ${JSON.stringify(rest)}`);
  }
  return answer;
}

/** A request, line by line, with the blank line at its end and then its body. */
export function request(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * Splits what a server sent into answers, as strictly as RFC 9112 is written. None of the requests here is a HEAD.
 *
 * @throws when it is not a sequence of answers that may be unfinished at its end.
 */
export function readAnswers(received: string): {
  readonly answers: readonly WireAnswer[];
  readonly rest: string;
} {
  const answers: WireAnswer[] = [];
  let rest = received;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return { answers, rest };
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const [, status] = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(statusLine) ?? [];
    if (status === undefined) throw new Error(`No status line: ${JSON.stringify(statusLine)}`);
    const fields = lines.map(readField);
    const body = readBody(Number(status), fields, rest.slice(end + 4));
    if (body === null) return { answers, rest };
    rest = rest.slice(end + 4 + body.length);
    if (Number(status) >= 200) answers.push(toAnswer(Number(status), fields, body.text));
  }
}

type Field = readonly [name: string, value: string];

function readField(line: string): Field {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`No header field: ${JSON.stringify(line)}`);
  return [name, value];
}

function headerValue(fields: readonly Field[], name: string): string | undefined {
  const found = fields.filter(([candidate]) => candidate.toLowerCase() === name);
  if (found.length > 1) throw new Error(`${name} stands ${found.length} times`);
  return found[0]?.[1];
}

/** @returns null when it is not whole yet. */
function readBody(
  status: number,
  fields: readonly Field[],
  bytes: string,
): { text: string; length: number } | null {
  if (status < 200 || status === 204 || status === 304) return { text: '', length: 0 };
  if (headerValue(fields, 'transfer-encoding') !== undefined) return readChunks(bytes);
  const length = Number(headerValue(fields, 'content-length') ?? 0);
  return bytes.length < length ? null : { text: bytes.slice(0, length), length };
}

function readChunks(bytes: string): { text: string; length: number } | null {
  let text = '';
  let at = 0;
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(bytes.slice(at)) ?? [];
    if (line === undefined || size === undefined) return null;
    at += line.length;
    const length = Number.parseInt(size, 16);
    if (bytes.length < at + length + 2) return null;
    text += bytes.slice(at, at + length);
    at += length + 2;
    if (length === 0) return { text, length: at };
  }
}

function toAnswer(status: number, fields: readonly Field[], body: string): WireAnswer {
  return {
    status,
    headers: fields
      .filter(([name]) => !/^(?:date|keyhold-request-id)$/i.test(name))
      .map(([name, value]) => `${name}: ${value}`),
    body,
    header: (name) => headerValue(fields, name.toLowerCase()),
  };
}
