import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { describePeopleEverywhere, describeVerdictsEverywhere } from './_console-everywhere.ts';
import { answerTo, makeDirectory, type Server, startKeyhold } from './_keyhold.ts';
import { openVerifyingConnections } from './_verifying-connections.ts';

/** A server of several processes over the embedded database. */

const WAIT = { timeout: 60_000, interval: 20 };

const issuedSchema = z.object({ id: z.string(), key: z.string() });
const nodesSchema = z.object({
  data: z.array(z.object({ workers: z.array(z.object({ pid: z.int(), connected: z.boolean() })) })),
});

async function startWorkers(cwd: string, token?: string): Promise<Server> {
  return await startKeyhold({ cwd, args: ['--workers', '2'], ...(token !== undefined && { token }) });
}

async function issue(server: Server): Promise<z.output<typeof issuedSchema>> {
  await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const request = { keyspace: 'default', organization: 'acme', name: 'A key', environment: 'live' };
  return issuedSchema.parse((await server.call('POST', '/v1/keys', request)).body);
}

async function workersOf(server: Server): Promise<readonly number[]> {
  const { data } = nodesSchema.parse((await server.call('GET', '/v1/nodes')).body);
  return (data[0]?.workers ?? []).filter(({ connected }) => connected).map(({ pid }) => pid);
}

test('a change through one worker is in force in all of them when the call returns; they end in order with the server', async () => {
  const cwd = makeDirectory();
  const server = await startWorkers(cwd);
  const connections = openVerifyingConnections(server.url ?? '', server.token ?? '');
  for (let round = 0; round < 10; round++) {
    const { id, key } = await issue(server);
    expect(new Set(await connections.verify(key))).toEqual(new Set(['accepted']));
    await server.call('POST', `/v1/keys/${id}/revoke`, {});
    expect(new Set(await connections.verify(key))).toEqual(new Set(['revoked']));
  }
  connections.close();
  const pids = await workersOf(server);
  expect(pids).toHaveLength(2);

  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/^keyhold_verifications_total\{.*face="verify".*outcome="accepted".*\} 40$/m);
  expect(metrics).toMatch(/^keyhold_keys 11$/m);

  const { stdout } = await server.run('nodes');
  expect(stdout).toMatch(/^\S+ \* +alive +\d+ +0 /m);
  for (const pid of pids) expect(stdout).toMatch(new RegExp(`^  worker ${pid} +alive `, 'm'));
  expect((await server.run('operators', 'reset')).exitCode).toBe(0);
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
  expect(existsSync(join(cwd, 'data', 'keyhold.db.grants'))).toBe(false);
});

test('a stream through the gateway ends before the revocation returns, whichever worker forwards it', async () => {
  const upstream = createServer((_, response) => response.write('first'));
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const cwd = makeDirectory();
  const { port } = upstream.address() as AddressInfo;
  writeFileSync(
    join(cwd, 'keyhold.yaml'),
    `keyspaces:
  default:
    environments: [live]
    key: { format: "kh_{environment}_{random:base62:43}", masked: "kh_{last:4}" }
    gateway: { listen: 127.0.0.1:0, upstream: { live: "http://127.0.0.1:${port}" } }
`,
  );
  const server = await startWorkers(cwd);
  const { id, key } = await issue(server);
  const streams = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const outgoing = request(server.gateways['default'] ?? '', {
        agent: false,
        headers: { authorization: `Bearer ${key}` },
      });
      const answer = answerTo(outgoing);
      outgoing.end();
      const response = await answer;
      const cut = new Promise<unknown>((resolve) => response.once('error', resolve));
      const [first] = await once(response, 'data');
      expect(String(first)).toBe('first');
      return { cut };
    }),
  );
  expect((await server.call('POST', `/v1/keys/${id}/revoke`, {})).status).toBe(200);
  for (const { cut } of streams) expect(await cut).toMatchObject({ code: 'ECONNRESET' });
});

test('a worker that is killed is started again', async () => {
  const server = await startWorkers(makeDirectory());
  const { key } = await issue(server);
  const [killed = 0] = await workersOf(server);
  process.kill(killed, 'SIGKILL');
  // The connections to it went with it, so the first calls may fail.
  await expect
    .poll(async () => (await workersOf(server)).filter((pid) => pid !== killed).length, WAIT)
    .toBe(2);
  const connections = openVerifyingConnections(server.url ?? '', server.token ?? '');
  expect(new Set(await connections.verify(key))).toEqual(new Set(['accepted']));
  connections.close();
});

test('workers end with a server that is killed, and the next one knows that they may have been answering', async () => {
  const cwd = makeDirectory();
  const first = await startWorkers(cwd);
  const { id } = await issue(first);
  const pids = await workersOf(first);
  first.signal('SIGKILL');
  await first.ended;
  await expect.poll(() => pids.filter(isRunning), WAIT).toEqual([]);
  expect(existsSync(join(cwd, 'data', 'keyhold.db.grants'))).toBe(true);

  const second = await startWorkers(cwd, first.token ?? '');
  expect((await second.call('POST', `/v1/keys/${id}/revoke`, {})).status).toBe(200);
  second.signal('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(existsSync(join(cwd, 'data', 'keyhold.db.grants'))).toBe(false);
});

test('a port that is taken is told before anything is printed, and nothing stays behind', async () => {
  const cwd = makeDirectory();
  const server = await startWorkers(cwd);
  const { port } = new URL(server.url ?? '');
  const other = await server.run('serve', '--data', 'other', '--port', port, '--workers', '2');
  expect(other).toMatchObject({ exitCode: 1, stdout: '' });
  expect(other.complaint).toContain(`127.0.0.1:${port} is in use`);
});

describe('of two workers', () => {
  const ends: (() => void)[] = [];
  let server: Server;
  beforeAll(async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'keyhold-'));
    ends.push(() => rmSync(cwd, { recursive: true, force: true }));
    server = await startKeyhold({
      cwd,
      args: ['--workers', '2'],
      onStart: (kill) => void ends.push(kill),
    });
  });
  afterAll(() => {
    for (const end of ends.toReversed()) end();
  });

  const processes = () => ({
    urls: [server.url ?? ''],
    operatorToken: server.token ?? '',
    keyspace: 'default',
  });
  describePeopleEverywhere(processes);
  describeVerdictsEverywhere(processes);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
