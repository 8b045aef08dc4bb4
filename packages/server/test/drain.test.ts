import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { answerTo, makeDirectory, startKeyhold } from './_keyhold.ts';

/** Clients of each kind, each on a connection that it keeps. */
const CLIENTS = 8;
/** Answers before the signal: enough for every client to be in the middle of something. */
const ANSWERS_BEFORE_STOP = 300;
const MAX_ROUNDS = 100_000;

/** How one request ended. */
type Ending = number | 'no connection' | 'cut';

interface Sent {
  readonly url: string;
  readonly token: string;
  readonly body: object;
}

/** An upstream that answers with what it was sent, a turn of the event loop later. */
async function startUpstream() {
  let received = 0;
  const server = createServer((incoming, response) => {
    received++;
    void text(incoming).then((body) => setImmediate(() => response.end(body)));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, received: () => received };
}

test('SIGTERM under load: no request that was taken is answered with 5xx or cut, and no answered write is lost', async () => {
  const cwd = makeDirectory();
  const upstream = await startUpstream();
  writeFileSync(
    join(cwd, 'keyhold.yaml'),
    `keyspaces: { a: { key: { format: "a_{random:hex:64}" }, gateway: { listen: "127.0.0.1:0", upstream: "${upstream.url}" } } }`,
  );
  const server = await startKeyhold({ cwd });
  const token = server.token!;
  await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const row = { keyspace: 'a', organization: 'acme' };
  const { body } = await server.call('POST', '/v1/keys', { ...row, name: 'first' });
  const { key } = z.object({ key: z.string() }).parse(body);

  const names = ['first'];
  const endings: Ending[] = [];
  let answers = 0;
  let passedOn = 0;
  let stopping = false;

  /** One request after another until the server takes no more. */
  async function load(
    name: string,
    toRequest: (n: number) => Sent,
    onAnswer: (n: number) => void,
  ): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (let n = 0; n < MAX_ROUNDS; n++) {
      const ending = await send(agent, toRequest(n));
      endings.push(ending);
      if (ending === 'no connection') return;
      expect(ending, name).not.toBe('cut');
      onAnswer(n);
      if (++answers === ANSWERS_BEFORE_STOP) {
        stopping = true;
        server.signal('SIGTERM');
      }
    }
  }

  await Promise.all(
    Array.from({ length: CLIENTS }, (_, client) => [
      load(
        'verify',
        () => ({ url: `${server.url}/v1/verify`, token, body: { key } }),
        () => {},
      ),
      load(
        'gateway',
        (n) => ({ url: `${server.gateways['a']}/echo`, token: key, body: { n } }),
        () => void passedOn++,
      ),
      load(
        'issue',
        (n) => ({ url: `${server.url}/v1/keys`, token, body: { ...row, name: `key ${client} ${n}` } }),
        (n) => void names.push(`key ${client} ${n}`),
      ),
    ]).flat(),
  );
  expect(stopping).toBe(true);
  expect(endings.filter((ending) => typeof ending === 'number' && ending >= 300)).toEqual([]);
  // What had reached the upstream, or the store, was answered.
  expect(upstream.received()).toBe(passedOn);
  expect(await server.ended).toBe(0);

  const again = await startKeyhold({ cwd, token });
  const page = await again.call('GET', '/v1/keys?limit=1000');
  const stored = z.object({ data: z.array(z.object({ name: z.string() })) }).parse(page.body).data;
  expect(stored.map((each) => each.name).toSorted()).toEqual(names.toSorted());
});

/** One request; whatever of its answer is there has to be all of it. */
async function send(agent: Agent, { url, token, body }: Sent): Promise<Ending> {
  const outgoing = request(url, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  outgoing.end(JSON.stringify(body));
  let response: IncomingMessage;
  try {
    response = await answerTo(outgoing);
  } catch {
    // Refused, or the connection was closed while it was idle: nobody had taken the request.
    return 'no connection';
  }
  try {
    await text(response);
  } catch {
    return 'cut';
  }
  return response.complete ? response.statusCode! : 'cut';
}
