/**
 * The gateway next to a bare `node:http` + undici `dispatch` proxy and nginx's `proxy_pass`, in front of the same upstream
 * and under the same load.
 *
 *     node bench/gateway.ts [ROUNDS] [SECONDS]      default 9 2
 *
 * All proxies run all the time and take turns under load, so that the ratios hold on a noisy machine: the median of the
 * rounds' ratios of requests per second, and the ratio of the least processor time per request, which other work on the
 * machine moves least.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createReplica, createSoleOwner, createVerifier } from '@keyhold/coherence';
import { bytesToKeyId, compileKeyspace, defaultKeyspaceDefinition, digestKey } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { createGateway } from '@keyhold/gateway';
import { createSystemClock } from '@keyhold/server';
import { Pool } from 'undici';
import { EMPTY_LOG } from './empty-log.ts';
import { startNginx } from './parts/nginx.ts';
import { median } from './parts/statistics.ts';

const CONNECTIONS = 32;
const ANSWER = Buffer.from(
  JSON.stringify({ balance: 1_234.5, currency: 'KES', padding: 'x'.repeat(160), end: 'END' }),
);
const randomBytes = createSeededRandom(1);
const definition = defaultKeyspaceDefinition();
const presentedKey = compileKeyspace(definition, []).format.mint('live', randomBytes);

const clock = createSystemClock();

async function startUpstream(): Promise<number> {
  const server = http.createServer((request, response) => {
    request.resume();
    response.writeHead(200, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(ANSWER.length),
      'ETag',
      '"bench"',
      'Vary',
      'Accept-Encoding',
    ]);
    response.end(ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server);
}

/** What a proxy cannot leave out, and nothing else: hop-by-hop headers, backpressure, failures. */
async function startBare(upstream: string): Promise<number> {
  const pool = new Pool(upstream, { pipelining: 1, allowH2: false });
  const dropped = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding']);
  const server = http.createServer((request, response) => {
    const headers: string[] = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      const name = request.rawHeaders[i]!.toLowerCase();
      if (!dropped.has(name)) headers.push(name, request.rawHeaders[i + 1]!);
    }
    const body = request.headers['content-length'] === undefined ? null : request;
    pool.dispatch(
      { path: request.url!, method: request.method!, headers, body },
      {
        onRequestStart() {},
        onResponseStart(_, status, received) {
          const answer: string[] = [];
          for (const name in received) {
            const value = received[name];
            if (!dropped.has(name) && typeof value === 'string') answer.push(name, value);
          }
          response.writeHead(status, answer);
        },
        onResponseData(controller, chunk) {
          if (response.write(chunk)) return;
          controller.pause();
          response.once('drain', () => controller.resume());
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server);
}

async function startGateway(upstream: string): Promise<number> {
  const replica = createReplica({ clock });
  replica.load({ kind: 'configuration', keyspaces: [{ definition, formerFormats: [] }] });
  replica.load({
    kind: 'organizations',
    organizations: [{ id: 'org', suspended: false, features: [], revokedThrough: {} }],
  });
  replica.load({
    kind: 'keys',
    keys: [
      {
        id: bytesToKeyId(randomBytes(16)),
        keyspace: definition.id,
        number: 1,
        organization: 'org',
        environment: 'live',
        scopes: [],
        name: 'bench',
        expiresAtMs: null,
        allowedCidrs: [],
        revoked: false,
        disabled: false,
        secrets: [{ digest: digestKey(presentedKey).toString('hex'), generation: 1, notAfterMs: null }],
      },
    ],
  });
  replica.seal(1);
  const quiet = { info() {}, warn: console.error, error: console.error };
  let requests = 0;
  const gateway = createGateway({
    definitions: [
      {
        keyspace: definition.id,
        listen: { kind: 'address', host: '127.0.0.1', port: 0 },
        upstream: { all: new URL(upstream) },
        selfService: { path: '/api/api-keys', keysMayManage: false },
        page: null,
        publicUrl: null,
        tls: null,
        publicOperations: [],
        corsPreflight: false,
        websocketOperations: [],
        timeouts: { connectMs: 5_000, answerMs: 30_000, idleMs: 60_000 },
        trustedProxies: [],
        forwardCredential: false,
      },
    ],
    sharedListener: null,
    verifier: createVerifier({ replica, lease: createSoleOwner({ log: EMPTY_LOG, replica, clock }).lease }),
    selfService: async () => {},
    page: async () => {},
    clock,
    createRequestId: () => `req_${(++requests).toString(36).padStart(20, '0')}`,
    log: quiet,
    observe() {},
  });
  const [listening] = await gateway.listen();
  return Number(new URL(listening!.url).port);
}

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}

/** Keeps every connection busy with one request after another until the time is over. */
async function load(port: number, request: Buffer, seconds: number): Promise<number> {
  let answers = 0;
  let running = true;
  const end = ANSWER.subarray(-8).toString();
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      if (chunk.length < 8 || chunk.toString('latin1', chunk.length - 8) !== end) return;
      if (answers === 0 && !chunk.includes(' 200 ')) throw new Error(chunk.toString());
      answers++;
      if (running) socket.write(request);
    });
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  running = false;
  for (const socket of sockets) socket.destroy();
  return answers;
}

function toRequest(method: 'GET' | 'POST'): Buffer {
  const body = method === 'GET' ? '' : JSON.stringify({ to: '+254700000000', text: 'x'.repeat(160) });
  const lines = [
    `${method} /api/balance?currency=KES HTTP/1.1`,
    'Host: sms.example.com',
    `Authorization: Bearer ${presentedKey}`,
    'User-Agent: python-httpx/0.28.1',
    'Accept: */*',
    'Accept-Encoding: gzip, deflate',
    'Accept-Language: en',
    'Connection: keep-alive',
    ...(method === 'GET' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
    '',
    body,
  ];
  return Buffer.from(lines.join('\r\n'));
}

interface Server {
  readonly port: number;
  cpuMs(): number | Promise<number>;
  stop(): void | Promise<void>;
}

async function startChild(role: string, argument: string): Promise<Server> {
  const child = fork(import.meta.filename, [role, argument]);
  const [port] = await once(child, 'message');
  return {
    port: Number(port),
    async cpuMs() {
      child.send('cpu');
      const [cpuMs] = await once(child, 'message');
      return Number(cpuMs);
    },
    stop: () => void child.send('end'),
  };
}

/** nginx with kept-alive connections to the upstream; null where it is not installed. */
async function startProxyNginx(upstreamPort: number): Promise<Server | null> {
  try {
    return await startNginx({
      http: `upstream api { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 1000000000; }`,
      location: 'proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";',
    });
  } catch {
    console.log('nginx is left out: it does not start here (Debian: apt-get install nginx)');
    return null;
  }
}

async function compare(rounds: number, seconds: number): Promise<void> {
  const upstream = await startChild('upstream', '');
  const url = `http://127.0.0.1:${upstream.port}`;
  const nginx = await startProxyNginx(upstream.port);
  const proxies: readonly (readonly [string, Server])[] = [
    ['gateway', await startChild('gateway', url)],
    ['bare', await startChild('bare', url)],
    ...(nginx === null ? [] : [['nginx', nginx] as const]),
  ];
  for (const method of ['GET', 'POST'] as const) {
    const request = toRequest(method);
    const measured = new Map(
      proxies.map(([name]) => [name, { perSecond: [] as number[], cpuUs: [] as number[] }]),
    );
    for (const [, { port }] of proxies) await load(port, request, 1);
    for (let round = 0; round < rounds; round++) {
      for (const [name, server] of round % 2 === 0 ? proxies : proxies.toReversed()) {
        const before = await server.cpuMs();
        const answers = await load(server.port, request, seconds);
        measured.get(name)?.perSecond.push(answers / seconds);
        measured.get(name)?.cpuUs.push(((await server.cpuMs()) - before) * (1_000 / answers));
      }
    }
    const { perSecond: own = [], cpuUs: ownUs = [] } = measured.get('gateway') ?? {};
    for (const [name, { perSecond, cpuUs }] of measured) {
      const throughput = median(own.map((value, i) => value / (perSecond[i] ?? Number.NaN)));
      const work = Math.min(...cpuUs) / Math.min(...ownUs);
      console.log(
        `${method.padEnd(4)} ${name.padEnd(7)} ${median(perSecond).toFixed(0).padStart(6)} requests/s ${Math.min(
          ...cpuUs,
        )
          .toFixed(1)
          .padStart(6)} µs` +
          (name === 'gateway'
            ? ''
            : `   the gateway's are ${throughput.toFixed(3)} and ${work.toFixed(3)} of that`),
      );
    }
  }
  for (const server of [upstream, ...proxies.map(([, each]) => each)]) await server.stop();
}

const [role, argument = ''] = process.argv.slice(2);
const roles: Record<string, () => Promise<number>> = {
  upstream: startUpstream,
  bare: () => startBare(argument),
  gateway: () => startGateway(argument),
};
const start = roles[role ?? ''];
if (start === undefined) {
  await compare(Number(role ?? 9), Number(argument === '' ? 2 : argument));
} else {
  const port = await start();
  process.on('message', (message) => {
    if (message === 'end') process.exit();
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1_000);
  });
  process.send?.(port);
}
