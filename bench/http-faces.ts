/**
 * `/v1/verify` and forward-auth next to a bare `node:http` server that reads the same request and answers the same bytes,
 * and forward-auth next to nginx's own plain answer.
 *
 *     node bench/http-faces.ts [ROUNDS] [SECONDS]      default 7 2
 *
 * All servers run all the time and take turns under load by `wrk` (over a Unix socket, which wrk cannot speak to, by a
 * client here), so that the ratios hold on a noisy machine. What is compared is requests per second, the median of the
 * rounds' ratios, and processor time per request, the least of each.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage, type RequestOptions, request as sendRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BareAnswer } from './parts/bare-server.ts';
import { startKeyhold } from './parts/keyhold.ts';
import { startNginx } from './parts/nginx.ts';
import { freePort, type MeasuredProcess, startProcess } from './parts/process.ts';
import { type LoadRequest, loadByNode, loadByWrk } from './parts/request.ts';
import { median } from './parts/statistics.ts';

const CONNECTIONS = 32;
const BARE_SERVER = join(import.meta.dirname, 'parts/bare-server.ts');
/** What Node adds to an answer by itself. */
const ADDED_BY_NODE = new Set(['date', 'connection', 'keep-alive']);

const rounds = Number(process.argv[2] ?? 7);
const seconds = Number(process.argv[3] ?? 2);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
const stops: (() => Promise<void>)[] = [];

interface Contender {
  readonly name: string;
  readonly server: MeasuredProcess;
  load(): Promise<number>;
}

try {
  const socketPath = join(directory, 'authorize.sock');
  const keyhold = await startKeyhold({
    dataDirectory: join(directory, 'data'),
    flags: ['--authorize-socket', socketPath],
  });
  stops.push(() => keyhold.stop());
  await keyhold.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const issued = await keyhold.call('POST', '/v1/keys', {
    keyspace: 'default',
    organization: 'acme',
    name: 'Production server',
    environment: 'live',
  });
  const presentedKey = String(issued['key']);

  const verify: LoadRequest = {
    method: 'POST',
    path: '/v1/verify',
    headers: { Authorization: `Bearer ${keyhold.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ key: presentedKey, keyspace: 'default' }),
  };
  const authorize: LoadRequest = {
    method: 'GET',
    path: '/v1/authorize/default',
    headers: {
      Authorization: `Bearer ${presentedKey}`,
      'X-Original-Method': 'GET',
      'X-Original-URI': '/api/messages?page=2',
      'X-Forwarded-For': '203.0.113.7',
    },
    body: '',
  };

  await compare('POST /v1/verify', [
    overTcp('keyhold', keyhold, keyhold.url, verify),
    await bareOverTcp(await answerTo({ ...toUrlParts(keyhold.url) }, verify), verify),
  ]);
  const authorized = await answerTo(toUrlParts(keyhold.url), authorize);
  await compare('forward-auth', [
    overTcp('keyhold', keyhold, keyhold.url, authorize),
    await bareOverTcp(authorized, authorize),
    await nginxOverTcp(authorized, authorize),
  ]);
  const bareSocket = join(directory, 'bare.sock');
  await compare('forward-auth, Unix socket', [
    overSocket('keyhold', keyhold, socketPath, authorize),
    overSocket(
      'bare',
      await startBare(authorized, bareSocket, { socketPath: bareSocket }),
      bareSocket,
      authorize,
    ),
  ]);
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(directory, { recursive: true });
}

function overTcp(name: string, server: MeasuredProcess, origin: string, request: LoadRequest): Contender {
  return { name, server, load: () => loadByWrk({ origin, request, connections: CONNECTIONS, seconds }) };
}

function overSocket(name: string, server: MeasuredProcess, path: string, request: LoadRequest): Contender {
  return {
    name,
    server,
    load: () => loadByNode({ to: { path }, request, connections: CONNECTIONS, seconds }),
  };
}

async function bareOverTcp(answer: BareAnswer, request: LoadRequest): Promise<Contender> {
  const port = await freePort();
  const server = await startBare(answer, String(port), { port });
  return overTcp('bare', server, `http://127.0.0.1:${port}`, request);
}

async function startBare(
  answer: BareAnswer,
  address: string,
  options: RequestOptions,
): Promise<MeasuredProcess> {
  const server = await startProcess({
    command: process.execPath,
    args: [BARE_SERVER, JSON.stringify(answer), address],
    isReady: () => answers(options),
  });
  stops.push(() => server.stop());
  return server;
}

async function nginxOverTcp({ headers }: BareAnswer, request: LoadRequest): Promise<Contender> {
  const fields: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'Content-Length') fields.push(`add_header ${headers[i]} "${headers[i + 1]}";`);
  }
  const server = await startNginx({ location: `${fields.join(' ')} return 200 "";` });
  stops.push(() => server.stop());
  return overTcp('nginx', server, server.url, request);
}

function toUrlParts(url: string): RequestOptions {
  const { hostname, port } = new URL(url);
  return { hostname, port };
}

async function answers(options: RequestOptions): Promise<boolean> {
  const [response] = (await once(get({ host: '127.0.0.1', ...options }), 'response')) as [IncomingMessage];
  response.resume();
  return true;
}

/** What the bare server is to say: what Keyhold said, but for what Node adds on its own. */
async function answerTo(
  options: RequestOptions,
  { method, path, headers, body }: LoadRequest,
): Promise<BareAnswer> {
  const sent = sendRequest({ ...options, method, path, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { rawHeaders, statusCode: status = 0 } = response;
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!ADDED_BY_NODE.has(name.toLowerCase())) kept.push(name, value);
  }
  return { status, headers: kept, body: await text(response) };
}

async function compare(title: string, contenders: readonly Contender[]): Promise<void> {
  const measured = contenders.map((contender) => ({
    ...contender,
    perSecond: [] as number[],
    cpuUs: [] as number[],
  }));
  for (const { load } of measured) await load();
  for (let round = 0; round < rounds; round++) {
    for (const { server, load, perSecond, cpuUs } of round % 2 === 0 ? measured : measured.toReversed()) {
      const before = server.cpuMs();
      const answered = await load();
      perSecond.push(answered);
      cpuUs.push(((server.cpuMs() - before) * 1_000) / (answered * seconds));
    }
  }
  const [own] = measured;
  for (const { name, perSecond, cpuUs } of measured) {
    const ratio = median(own!.perSecond.map((value, i) => value / perSecond[i]!));
    const cpuRatio = Math.min(...cpuUs) / Math.min(...own!.cpuUs);
    console.log(
      `${title.padEnd(28)}${name.padEnd(10)}${median(perSecond).toFixed(0).padStart(8)}/s ${Math.min(...cpuUs)
        .toFixed(1)
        .padStart(7)} µs` +
        (name === 'keyhold'
          ? ''
          : `   keyhold is at ${(ratio * 100).toFixed(1)} % of it by requests, ${(cpuRatio * 100).toFixed(1)} % by processor time`),
    );
  }
}
