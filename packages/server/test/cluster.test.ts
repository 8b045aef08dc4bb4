import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TTL_MS } from '@keyhold/coherence';
import { createPostgresLeaseRows } from '@keyhold/store';
import {
  type PostgresCluster,
  reasonToLeaveOutPostgres,
  startPostgresCluster,
} from '@keyhold/store/testing-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSystemClock } from '../src/process/system-clock.ts';
import { describePeopleEverywhere, describeVerdictsEverywhere } from './_console-everywhere.ts';
import { runKeyhold, type Server, startKeyhold } from './_keyhold.ts';
import { openVerifyingConnections, type VerifyingConnections } from './_verifying-connections.ts';

/**
 * Nodes that share a PostgreSQL, as real processes, one of them with two workers. That each promise holds at all; what
 * happens under load, with faults at random moments, is `chaos/`.
 */

const leftOut = reasonToLeaveOutPostgres();
if (leftOut !== null) console.warn(`packages/server/test/cluster.test.ts is left out: ${leftOut}`);

const CAP = 10;
const CONFIGURATION = `
keyspaces:
  open:
    key: { format: "open_{random:base62:43}", masked: "open_{last:4}" }
  capped:
    key: { format: "cap_{random:base62:43}", masked: "cap_{last:4}" }
    limits: { active_keys_per_organization: ${CAP} }
`;

/** `KEYHOLD_CLUSTER_ROUNDS=10000` takes some minutes. */
const ROUNDS = Number(process.env['KEYHOLD_CLUSTER_ROUNDS'] ?? 60);

/** Long enough for a loaded machine; what is waited for comes after one lease at the latest. */
const WAIT = { timeout: 60_000, interval: 20 };

interface Node {
  readonly server: Server;
  readonly connections: VerifyingConnections;
  call(method: string, path: string, body?: object): ReturnType<Server['call']>;
}

interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

describe.skipIf(leftOut !== null)('three nodes on one PostgreSQL', () => {
  const ends: (() => void | Promise<void>)[] = [];
  let database: PostgresCluster;
  let directory: string;
  let url: string;
  let nodes: readonly [Node, Node, Node];
  let tokens: readonly (string | null)[];
  let token: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keyhold-cluster-'));
    ends.push(() => rm(directory, { recursive: true }));
    database = await startPostgresCluster();
    ends.push(() => database.close());
    url = await database.createDatabase();
    const file = join(directory, 'keyhold.yaml');
    writeFileSync(file, CONFIGURATION);
    const start = (name: string, workers: number) =>
      startKeyhold({
        cwd: directory,
        env: { KEYHOLD_DATABASE: url, KEYHOLD_OPERATOR_TOKEN: '' },
        args: ['--data', name, '--node-name', name, '--workers', String(workers)],
        onStart: (kill) => void ends.push(kill),
      });
    const servers = await Promise.all([start('a', 1), start('b', 2), start('c', 1)]);
    tokens = servers.map(({ token }) => token);
    token = tokens.find((printed) => printed !== null) ?? '';
    const [a, b, c] = servers.map((server): Node => {
      const connections = openVerifyingConnections(server.url ?? '', token);
      ends.push(() => connections.close());
      return { server, connections, call: (method, path, body) => server.call(method, path, body, token) };
    });
    nodes = [a!, b!, c!];
    await nodes[0].call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  });

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  async function issue(node: Node, fields: object = {}): Promise<IssuedKey> {
    const request = { keyspace: 'open', organization: 'acme', name: 'A key', ...fields };
    const { status, body } = await node.call('POST', '/v1/keys', request);
    expect(status).toBe(201);
    return body as IssuedKey;
  }

  async function revoke(node: Node, { id }: IssuedKey): Promise<void> {
    const { status, body } = await node.call('POST', `/v1/keys/${id}/revoke`, {});
    expect(status, JSON.stringify(body)).toBe(200);
  }

  async function verifyEverywhere({ key }: IssuedKey): Promise<ReadonlySet<string>> {
    return new Set((await Promise.all(nodes.map(({ connections }) => connections.verify(key)))).flat());
  }

  test('that start together print one first token between them', () => {
    expect(tokens.filter((token) => token !== null)).toHaveLength(1);
  });

  test(
    'accept a key at the first try wherever it was issued, and refuse it wherever it was revoked',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const key = await issue(nodes[round % 3]!);
        expect(await verifyEverywhere(key)).toEqual(new Set(['accepted']));
        await revoke(nodes[(round + 1) % 3]!, key);
        expect(await verifyEverywhere(key)).toEqual(new Set(['revoked']));
      }
    },
    60_000 + ROUNDS * 1_000,
  );

  test('keep a cap of 10 keys while 50 creates race over all of them', async () => {
    const request = { keyspace: 'capped', organization: 'acme', name: 'Racing' };
    const statuses = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, i) => (await nodes[i % 3]!.call('POST', '/v1/keys', request)).status,
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(CAP);
    expect(statuses.filter((status) => status === 409)).toHaveLength(50 - CAP);
  });

  const processes = () => ({
    urls: nodes.map(({ server }) => server.url ?? ''),
    operatorToken: token,
    keyspace: 'open',
  });
  describePeopleEverywhere(processes);
  describeVerdictsEverywhere(processes);

  test('are told of by each of them, with their workers', async () => {
    const { body } = await nodes[1].call('GET', '/v1/nodes');
    const listed = (body as { readonly data: readonly { readonly node: string; readonly alive: boolean }[] })
      .data;
    expect(listed.map(({ node }) => node).toSorted()).toEqual(['a', 'b', 'c']);
    expect(listed.every(({ alive }) => alive)).toBe(true);
    expect(listed[0]).toMatchObject({
      node: 'b',
      self: true,
      workers: [{ connected: true }, { connected: true }],
    });
  });

  test('answer a min_seq with the change in it, and a barrier once it holds everywhere', async () => {
    const { id, key } = await issue(nodes[0]);
    const { body } = await nodes[2].call('POST', `/v1/keys/${id}/disable`, {});
    const { seq } = body as { readonly seq: number };
    const verified = await nodes[1].call('POST', '/v1/verify', { key, min_seq: seq });
    expect(verified.body).toEqual({ valid: false, reason: 'disabled' });
    expect(await nodes[1].call('GET', `/v1/barriers/${seq}`)).toEqual({ status: 200, body: { seq } });
  });

  test('do not let a node of an older version begin beside one of a newer', async () => {
    const clock = createSystemClock();
    const rows = createPostgresLeaseRows({ connectionString: url, sender: 'newer', clock, ttlMs: TTL_MS });
    const row = {
      incarnation: randomUUID(),
      node: 'newer',
      ackedSeq: 1_000_000,
      ttlMs: TTL_MS,
      protocolVersion: 99,
    };
    let round = 0;
    const renewing = setInterval(() => void rows.renew({ ...row, round: ++round }), 500);
    try {
      await expect.poll(async () => (await rows.readRows()).length, WAIT).toBe(4);
      const older = await runKeyhold(['serve', '--data', 'd', '--port', '0'], {
        cwd: directory,
        env: { KEYHOLD_DATABASE: url },
      });
      expect(older).toMatchObject({ exitCode: 1, stdout: '' });
      expect(older.complaint).toContain('the node "newer" runs on this database with a newer version');
    } finally {
      clearInterval(renewing);
      await rows.remove(row.incarnation);
      await rows.close();
    }
  });

  test('lose a worker that is killed for a moment, and a revocation meanwhile still holds', async () => {
    const key = await issue(nodes[0]);
    const before = await workersOf(nodes[1]);
    process.kill(before[0]!, 'SIGKILL');
    await revoke(nodes[0], key);
    // Its connections went with it, so the first calls may fail.
    await expect
      .poll(async () => (await workersOf(nodes[1])).filter((pid) => !before.includes(pid)), WAIT)
      .toHaveLength(1);
    await expect.poll(() => verifyOn(nodes[1], key), WAIT).toEqual(new Set(['revoked']));
  });

  test('do not wait for one that stands still, and it accepts nothing when it wakes that was revoked meanwhile', async () => {
    const key = await issue(nodes[0]);
    expect(await verifyOn(nodes[2], key)).toEqual(new Set(['accepted']));
    nodes[2].server.signal('SIGSTOP');
    // Sent while it stands still, and answered when it wakes.
    const asked = verifyOn(nodes[2], key);
    try {
      await revoke(nodes[0], key);
    } finally {
      nodes[2].server.signal('SIGCONT');
    }
    for (const outcome of await asked) expect(['503', 'revoked']).toContain(outcome);
    await expect.poll(() => verifyOn(nodes[2], key), WAIT).toEqual(new Set(['revoked']));
  });

  test('answer without PostgreSQL while their leases last, then with 503, and go on by themselves when it is back', async () => {
    const key = await issue(nodes[0]);
    await database.stop('immediate');
    expect(await verifyEverywhere(key)).toEqual(new Set(['accepted']));
    await expect.poll(() => verifyEverywhere(key), WAIT).toEqual(new Set(['503']));
    expect((await nodes[1].call('GET', '/readyz')).status).toBe(503);
    await database.start();
    await expect.poll(() => verifyEverywhere(key), WAIT).toEqual(new Set(['accepted']));
    await revoke(nodes[1], key);
    expect(await verifyEverywhere(key)).toEqual(new Set(['revoked']));
  });

  async function verifyOn({ connections }: Node, { key }: IssuedKey): Promise<ReadonlySet<string>> {
    return new Set(await connections.verify(key));
  }
});

async function workersOf(node: Node): Promise<readonly number[]> {
  const { body } = await node.call('GET', '/v1/nodes');
  const { data } = body as {
    readonly data: readonly {
      readonly workers: readonly { readonly pid: number; readonly connected: boolean }[] | null;
    }[];
  };
  return (data[0]?.workers ?? []).filter(({ connected }) => connected).map(({ pid }) => pid);
}
