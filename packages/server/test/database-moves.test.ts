import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type PostgresCluster,
  reasonToLeaveOutPostgres,
  startPostgresCluster,
} from '@keyhold/store/testing-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeDirectory, runKeyhold, type Server, startKeyhold } from './_keyhold.ts';

const missing = reasonToLeaveOutPostgres();
let cluster: PostgresCluster;
beforeAll(async () => {
  if (missing === null) cluster = await startPostgresCluster();
});
afterAll(() => cluster?.close());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

const issued = z.object({ id: z.string(), key: z.string() });

async function issue(server: Server): Promise<z.output<typeof issued>> {
  const body = { keyspace: 'default', organization: 'acme', name: randomUUID(), environment: 'live' };
  return issued.parse((await server.call('POST', '/v1/keys', body)).body);
}

async function verify(server: Server, key: string): Promise<unknown> {
  return (await server.call('POST', '/v1/verify', { key })).body;
}

async function stop(server: Server): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
}

describe('database copy', () => {
  test('moves a deployment to PostgreSQL and back: keys, revocations and operator tokens go along', async () => {
    const cwd = makeDirectory();
    const file = await startKeyhold({ cwd });
    await file.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
    const [good, revoked] = [await issue(file), await issue(file)];
    await file.call('POST', `/v1/keys/${revoked.id}/revoke`, {});
    const there = ['--from', `file:${join(cwd, 'data/keyhold.db')}`, '--to', await cluster.createDatabase()];
    const running = await runKeyhold(['database', 'copy', ...there], { cwd });
    expect(running).toMatchObject({ exitCode: 1, stdout: '' });
    expect(running.stderr).toContain('in use');
    await stop(file);
    expect(await runKeyhold(['database', 'copy', ...there], { cwd })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });

    const token = file.token!;
    const args = ['--database', there[3]!];
    const node = await startKeyhold({ cwd: makeDirectory(), args, token });
    expect(await verify(node, good.key)).toMatchObject({ valid: true });
    expect(await verify(node, revoked.key)).toMatchObject({ valid: false, reason: 'revoked' });
    const late = await issue(node);
    const back = ['--from', there[3]!, '--to', there[1]!, '--json'];
    expect((await runKeyhold(['database', 'copy', ...back], { cwd })).stderr).toContain(
      'a node is connected',
    );
    await stop(node);
    const copied = await runKeyhold(['database', 'copy', ...back], { cwd });
    const answer = z
      .object({ replaced: z.string(), tables: z.array(z.object({ name: z.string(), row_count: z.int() })) })
      .parse(JSON.parse(copied.stdout));
    // The first operator's token is a key too.
    expect(answer.tables.find(({ name }) => name === 'key')?.row_count).toBe(4);
    expect(existsSync(answer.replaced)).toBe(true);

    const home = await startKeyhold({ cwd, token });
    expect(await verify(home, late.key)).toMatchObject({ valid: true });
    expect(await verify(home, revoked.key)).toMatchObject({ valid: false, reason: 'revoked' });
  });

  test('names what it cannot do', async () => {
    const cwd = makeDirectory();
    const copy = async (from: string, to: string) =>
      (await runKeyhold(['database', 'copy', '--from', from, '--to', to], { cwd })).stderr;
    expect(await copy('file:a.db', 'file:b.db')).toContain('keyhold database backup');
    expect(await copy('a.db', 'file:b.db')).toMatch(/^keyhold: --from: .*file:\/path/);
    expect(await copy('file:typo.db', await cluster.createDatabase())).toMatch(
      /there is no database at .*typo\.db/,
    );
  });
});

describe('a PostgreSQL that its own tools have set back', () => {
  test('denies everything after "quarantine --everything", until it is released', async () => {
    const database = ['--database', await cluster.createDatabase()];
    const cwd = makeDirectory();
    expect(await runKeyhold(['database', 'migrate', ...database], { cwd })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    const server = await startKeyhold({ cwd, args: database });
    await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
    const key = await issue(server);
    const early = await runKeyhold(['database', 'quarantine', '--everything', ...database], {
      cwd: makeDirectory(),
    });
    expect(early.stderr).toContain('a node is connected');
    await stop(server);

    const denied = await runKeyhold(['database', 'quarantine', '--everything', ...database], { cwd });
    expect(denied).toMatchObject({ exitCode: 0, complaint: '' });
    const token = /^export KEYHOLD_OPERATOR_TOKEN=(\S+)$/m.exec(denied.stdout)?.[1];
    const again = await startKeyhold({ cwd, args: database, token: token! });
    expect(await verify(again, key.key)).toMatchObject({ valid: false, reason: 'disabled' });
    const release = ['database', 'release', '--keyspace', 'default', ...database];
    expect(await runKeyhold(release, { cwd })).toMatchObject({ exitCode: 0, complaint: '' });
    expect(await verify(again, key.key)).toMatchObject({ valid: true });
    await stop(again);
  });
});
