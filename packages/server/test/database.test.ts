import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeDirectory, runKeyhold, type Server, startKeyhold } from './_keyhold.ts';

const issued = z.object({ id: z.string(), key: z.string(), seq: z.int() });

async function issue(server: Server, name: string) {
  const { body } = await server.call('POST', '/v1/keys', {
    keyspace: 'default',
    organization: 'acme',
    name,
    environment: 'live',
  });
  return issued.parse(body);
}

async function verify(server: Server, key: string): Promise<unknown> {
  return (await server.call('POST', '/v1/verify', { key })).body;
}

async function stop(server: Server): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
}

/** A running server with the keys A and B, its backup in `backup.db`, and A revoked since. */
async function startStory() {
  const cwd = makeDirectory();
  const server = await startKeyhold({ cwd });
  await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const [a, b] = [await issue(server, 'A'), await issue(server, 'B')];
  const backup = await runKeyhold(['database', 'backup', 'backup.db', '--json'], { cwd });
  expect(backup).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(backup.stdout)).toMatchObject({ file: join(cwd, 'backup.db'), key_count: 2, seq: b.seq });
  expect((await server.call('POST', `/v1/keys/${a.id}/revoke`, {})).status).toBe(200);
  return { cwd, server, token: server.token!, a, b };
}

describe('database backup', () => {
  test('copies a running database to a file of its user alone, and overwrites none', async () => {
    const { cwd } = await startStory();
    expect(statSync(join(cwd, 'backup.db')).mode & 0o777).toBe(0o600);
    const again = await runKeyhold(['database', 'backup', 'backup.db'], { cwd });
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/^keyhold: "\S+backup\.db" is there already and is not overwritten; .*\n$/);
    const elsewhere = await runKeyhold(['database', 'backup', 'other.db', '--data', 'typo'], { cwd });
    expect(elsewhere.stderr).toMatch(/^keyhold: there is no database at \S+keyhold\.db; .*\n$/);
    expect(readdirSync(cwd).toSorted()).toEqual(['backup.db', 'data']);
  });
});

describe('database restore', () => {
  test('a key that was revoked after the backup stays revoked, and one that was not goes on', async () => {
    const { cwd, server, token, a, b } = await startStory();
    const late = await issue(server, 'late');
    await stop(server);
    const restored = await runKeyhold(['database', 'restore', 'backup.db'], { cwd });
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
    expect(restored.stdout).toMatch(/^# Restored .*\n# The database it replaced is kept as .*replaced-/);
    expect(restored.stdout).toContain(
      '# Issued after the backup, not in it, and so denied as unknown: 1 key.',
    );
    expect(restored.stdout).not.toContain('khop_');

    const again = await startKeyhold({ cwd, token });
    expect(await verify(again, a.key)).toEqual({ valid: false, reason: 'revoked' });
    expect(await verify(again, b.key)).toMatchObject({ valid: true, key_id: b.id });
    expect(await verify(again, late.key)).toEqual({ valid: false, reason: 'unknown' });
    expect((await issue(again, 'next')).seq).toBeGreaterThan(late.seq);
  });

  test('where the replaced database is lost, every key and token is denied until it is released', async () => {
    const { cwd, server, token, a, b } = await startStory();
    await stop(server);
    writeFileSync(join(cwd, 'data', 'keyhold.db'), 'lost');
    const refused = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(refused.complaint).toMatch(/^keyhold: .*keyhold\.db" is damaged .*database restore BACKUP.*\n$/);

    const restored = await runKeyhold(['database', 'restore', 'backup.db'], { cwd });
    expect(restored.exitCode).toBe(0);
    const fresh = /^export KEYHOLD_OPERATOR_TOKEN=(khop_\S+)$/m.exec(restored.stdout)?.[1];
    expect(fresh).toBeDefined();
    const again = await startKeyhold({ cwd, token: fresh! });
    expect(await verify(again, a.key)).toEqual({ valid: false, reason: 'disabled' });
    expect(await verify(again, b.key)).toEqual({ valid: false, reason: 'disabled' });
    const asBefore = { cwd, env: { KEYHOLD_URL: again.url!, KEYHOLD_OPERATOR_TOKEN: token } };
    expect((await runKeyhold(['keys', 'list'], asBefore)).stderr).toContain('(unauthenticated)');
    expect((await again.run('operators', 'list')).stdout).toMatch(/first operator +\S+ +disabled/);

    // The review: A was revoked, and is again; the others go on.
    await again.run('keys', 'revoke', a.id);
    const held = await runKeyhold(['database', 'quarantine'], { cwd });
    expect(held.stdout).toMatch(
      /^DENIED .*\n1 key +default +--keyspace default\nkhop_\S+ +first operator +--operator op_/,
    );
    const operator = /--operator (op_\S+)/.exec(held.stdout)?.[1];
    const release = (...args: readonly string[]) => runKeyhold(['database', 'release', ...args], { cwd });
    expect((await release('--keyspace', 'default', '--organization', 'nobody')).stdout).toMatch(
      /^Released 0 keys\./,
    );
    expect((await release('--keyspace', 'default')).stdout).toMatch(/^Released 1 key\./);
    expect((await release('--operator', operator!)).stdout).toBe(`Released ${operator} (first operator).\n`);
    expect(await verify(again, a.key)).toEqual({ valid: false, reason: 'revoked' });
    expect(await verify(again, b.key)).toMatchObject({ valid: true });
    expect((await runKeyhold(['keys', 'list'], asBefore)).exitCode).toBe(0);
    expect((await runKeyhold(['database', 'quarantine'], { cwd })).stdout).toBe(
      'Nothing is in quarantine.\n',
    );
  });

  test('keys are released one by one too, and with no server running', async () => {
    const { cwd, server, token, b } = await startStory();
    await stop(server);
    const restored = await runKeyhold(['database', 'restore', 'backup.db', '--quarantine', '--json'], {
      cwd,
    });
    const answer = z
      .object({
        carried_over: z.literal(false),
        quarantine_reason: z.literal('asked'),
        quarantine: z.object({ operators: z.array(z.object({ id: z.string() })).length(1) }),
        operator: z.object({ token: z.string() }),
      })
      .parse(JSON.parse(restored.stdout));
    const [operator] = answer.quarantine.operators;
    await runKeyhold(['database', 'release', '--operator', operator!.id], { cwd });
    const again = await startKeyhold({ cwd, token });
    expect((await again.run('keys', 'enable', b.id)).stdout).toMatch(/^Enabled key_\S+ /);
    expect(await verify(again, b.key)).toMatchObject({ valid: true });
    expect((await again.run('keys', 'disable', b.id)).stdout).toMatch(/^Disabled key_\S+ /);
    expect(await verify(again, b.key)).toEqual({ valid: false, reason: 'disabled' });
  });

  test('is refused while the server runs, and without a backup', async () => {
    const { cwd, server } = await startStory();
    const running = await runKeyhold(['database', 'restore', 'backup.db'], { cwd });
    expect(running).toMatchObject({ exitCode: 1, stdout: '' });
    expect(running.stderr).toContain(`is in use by process ${server.pid}`);
    await stop(server);
    const missing = await runKeyhold(['database', 'restore', 'typo.db'], { cwd });
    expect(missing.stderr).toMatch(/^keyhold: there is no backup at \S+typo\.db; check its name\n$/);
    const before = readFileSync(join(cwd, 'data', 'keyhold.db'));
    writeFileSync(join(cwd, 'bad.db'), 'x'.repeat(5_000));
    const bad = await runKeyhold(['database', 'restore', 'bad.db'], { cwd });
    expect(bad).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^keyhold: .*bad\.db" is damaged/),
    });
    expect(readFileSync(join(cwd, 'data', 'keyhold.db')).equals(before)).toBe(true);
  });

  test('one that was interrupted keeps the server from starting until it is repeated', async () => {
    const { cwd, server, token, a } = await startStory();
    await stop(server);
    writeFileSync(join(cwd, 'data', 'keyhold.db.restoring'), 'half');
    const refused = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(refused.complaint).toMatch(/^keyhold: A restore of .* was interrupted\. Repeat it with .*\n$/);
    expect((await runKeyhold(['database', 'restore', 'backup.db'], { cwd })).exitCode).toBe(0);
    const again = await startKeyhold({ cwd, token });
    expect(await verify(again, a.key)).toEqual({ valid: false, reason: 'revoked' });
  });
});

test('what to release has to be named', async () => {
  const { stderr, exitCode } = await runKeyhold(['database', 'release'], { cwd: makeDirectory() });
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/^keyhold: name what to release: --keyspace/),
  ]);
});
