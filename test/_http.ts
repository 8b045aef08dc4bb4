import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface CallOptions {
  /** Sent as `Authorization: Bearer …`. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** Lower-case names; several lines of one name joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; undefined when it is not. */
  readonly body: unknown;
}

/** One request on a connection of its own; resolves when the whole answer is there, rejects when it breaks off. */
export async function call(method: string, url: string, options: CallOptions = {}): Promise<Answer> {
  const message = await open(method, url, options);
  const received = await text(message);
  return {
    status: message.statusCode ?? 0,
    headers: joined(message),
    text: received,
    body: parsed(received),
  };
}

/** Like {@link call}, but resolves as soon as the head of the answer is there. */
export async function open(method: string, url: string, options: CallOptions = {}): Promise<IncomingMessage> {
  const headers: Record<string, string> = { ...options.headers };
  if (options.key !== undefined) headers['authorization'] = `Bearer ${options.key}`;
  const content = typeof options.body === 'object' ? JSON.stringify(options.body) : options.body;
  if (typeof options.body === 'object') headers['content-type'] ??= 'application/json';
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end(content);
  const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
  // A connection that breaks from here on is told by the answer itself, too.
  outgoing.on('error', () => {});
  return message;
}

/** The answer without what differs from one to the next for reasons of its own: when it was made and its request id. */
export function comparable({ status, headers, text }: Answer): unknown {
  const { date: _date, 'keyhold-request-id': _requestId, ...rest } = headers;
  return { status, headers: rest, text };
}

function joined({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function parsed(received: string): unknown {
  try {
    return JSON.parse(received);
  } catch {
    return undefined;
  }
}
