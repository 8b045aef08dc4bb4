import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeDirectory, runKeyhold, startKeyhold } from './_keyhold.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** The keyspace of eSMS Africa, with its gateway on a free port, and an organization `acme`. */
async function startWithAcme() {
  const cwd = makeDirectory();
  const example = readFileSync(join(EXAMPLES, 'esms-africa/keyhold.yaml'), 'utf8');
  writeFileSync(join(cwd, 'keyhold.yaml'), example.replace('127.0.0.1:9102', '127.0.0.1:0'));
  const server = await startKeyhold({ cwd });
  await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  return server;
}

const ISSUE = [
  'keys',
  'issue',
  '--keyspace',
  'esms-africa',
  '--organization',
  'acme',
  '--name',
  'Büro 🗝',
  '--environment',
  'live',
  '--scopes',
  'query,send',
];

test('--claim-link prints a link that hands the key over once, and never the key', async () => {
  const server = await startWithAcme();
  const claimed: string[] = [];
  const claim = async (output: string) => {
    const { origin, pathname, hash } = new URL(/^http\S+$/m.exec(output)?.[0] ?? '');
    const response = await fetch(origin + pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret: hash.slice(1) }),
    });
    const { key } = (await response.json()) as { readonly key: string };
    expect(output).not.toContain(key);
    claimed.push(key);
  };
  const issued = await server.run(...ISSUE, '--claim-link', '--claim-expires-in', '12h');
  expect(issued).toMatchObject({ exitCode: 0, stderr: '' });
  await claim(issued.stdout);
  const [id = ''] = /key_\w+/.exec(issued.stdout) ?? [];
  await claim((await server.run('keys', 'recycle', id, '--claim-link')).stdout);
  const verdicts = claimed.map(async (key) => (await server.call('POST', '/v1/verify', { key })).body);
  expect(await Promise.all(verdicts)).toMatchObject([{ valid: false }, { valid: true, key_id: id }]);
});

test('a key is issued, listed, recycled and revoked, and --json is the API’s own answer', async () => {
  const server = await startWithAcme();
  const issued = await server.run(
    ...ISSUE,
    '--expires-at',
    '2099-01-01T00:00:00Z',
    '--allowed-cidrs',
    '10.0.0.0/8,127.0.0.0/8',
    '--metadata',
    '{"ticket":"OPS-7"}',
    '--json',
  );
  expect(issued).toMatchObject({ exitCode: 0, stderr: '' });
  const key: { readonly id: string; readonly key: string } = JSON.parse(issued.stdout);
  expect(key).toMatchObject({
    key: expect.stringMatching(/^esms_live_[a-z0-9]{32}$/),
    name: 'Büro 🗝',
    scopes: ['send', 'query'],
    expires_at: '2099-01-01T00:00:00Z',
    allowed_cidrs: ['10.0.0.0/8', '127.0.0.0/8'],
    metadata: { ticket: 'OPS-7' },
  });

  const listed = await server.run('keys', 'list', '--json', '--organization', 'acme', '--state', 'active');
  expect(JSON.parse(listed.stdout)).toEqual((await server.call('GET', '/v1/keys')).body);
  expect(listed.stdout).not.toContain(key.key);

  const recycled: {
    readonly key: string;
  } = JSON.parse((await server.run('keys', 'recycle', key.id, '--json')).stdout);
  expect(recycled).toMatchObject({ id: key.id, generation: 2 });
  expect(recycled.key).not.toBe(key.key);
  expect(
    (await server.call('POST', '/v1/verify', { key: key.key, client_ip: '10.1.1.1' })).body,
  ).toMatchObject({ valid: false });
  expect(
    (await server.call('POST', '/v1/verify', { key: recycled.key, client_ip: '10.1.1.1' })).body,
  ).toMatchObject({ valid: true });

  const revoked = await server.run('keys', 'revoke', key.id, '--reason', 'lost', '--json');
  expect(JSON.parse(revoked.stdout)).toMatchObject({ id: key.id, state: 'revoked' });
  expect(
    (await server.call('POST', '/v1/verify', { key: recycled.key, client_ip: '10.1.1.1' })).body,
  ).toEqual({ valid: false, reason: 'revoked' });
  expect((await server.call('GET', `/v1/audit-events?subject=${key.id}`)).body).toMatchObject({
    data: [{ action: 'key.revoke', details: { reason: 'lost' } }, {}, {}],
  });
});

test('people get the key once, on a line of its own, and aligned tables', async () => {
  const server = await startWithAcme();
  const issued = await server.run(...ISSUE);
  expect(issued.stdout).toMatch(
    /^Issued\. This is the only time that the key is shown:\n\nesms_live_[a-z0-9]{32}\n\nid {12}key_/,
  );
  await server.run(...ISSUE, '--name', 'x');
  const { stdout } = await server.run('keys', 'list');
  const [header, ...rows] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => Array.from(line));
  const column = header!.join('').indexOf('KEY ', 20);
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row.slice(column - 1, column + 5).join('')).toMatch(/^ \S+/);
  const page = await server.run('keys', 'list', '--limit', '1');
  const cursor = /--cursor (\S+)/.exec(page.stdout)?.[1];
  expect((await server.run('keys', 'list', '--limit', '1', '--cursor', cursor!)).stdout).toContain('Büro 🗝');
});

test('organizations are created, changed, listed, and lose all their keys at once', async () => {
  const server = await startWithAcme();
  const created = await server.run(
    'organizations',
    'create',
    'globex',
    '--name',
    'Globex',
    '--features',
    'a,b',
    '--json',
  );
  expect(JSON.parse(created.stdout)).toMatchObject({ id: 'globex', features: ['a', 'b'], tags: [] });
  const updated = await server.run(
    'organizations',
    'update',
    'globex',
    '--features',
    '',
    '--tags',
    'gold',
    '--suspended',
    'yes',
    '--json',
  );
  expect(JSON.parse(updated.stdout)).toMatchObject({
    features: [],
    tags: ['gold'],
    suspended: true,
    name: 'Globex',
  });
  expect((await server.run('organizations', 'list')).stdout).toMatch(
    /^ID +NAME +STATE[\s\S]*globex +Globex +suspended +– +gold/,
  );
  await server.run(...ISSUE);
  expect((await server.run('organizations', 'revoke-keys', 'acme', '--keyspace', 'esms-africa')).stdout).toBe(
    'Revoked 1 key of acme. No process accepts them any more.\n',
  );
});

test('operators are created, listed and revoked, and a revoked one is refused', async () => {
  const server = await startWithAcme();
  const created = await server.run(
    'operators',
    'create',
    '--name',
    'ci',
    '--scopes',
    'keys:read',
    '--keyspaces',
    'esms-africa',
    '--json',
  );
  const { id, token }: { readonly id: string; readonly token: string } = JSON.parse(created.stdout);
  const as = { cwd: makeDirectory(), env: { KEYHOLD_URL: server.url!, KEYHOLD_OPERATOR_TOKEN: token } };
  expect((await runKeyhold(['keys', 'list'], as)).exitCode).toBe(0);
  expect((await server.run('operators', 'list')).stdout).toMatch(
    /ci +khop_\*{4}\S{4} +active +keys:read +esms-africa/,
  );
  expect((await server.run('operators', 'revoke', id)).stdout).toMatch(/^Revoked op_\S+ \(ci\) at /);
  expect(await runKeyhold(['keys', 'list'], as)).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^keyhold: .* \(unauthenticated\)\n$/),
  });
});

describe('what goes wrong', () => {
  test('a refusal is one line with what to do and the code; with --json the problem itself', async () => {
    const server = await startWithAcme();
    const args = [...ISSUE.slice(0, -1), 'sned'];
    const refused = await server.run(...args);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^keyhold: .*\/scopes\/0 .* \(validation_failed\)\n$/);
    const problem = await server.run(...args, '--json');
    expect(problem).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(problem.stderr)).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: [{ pointer: '/scopes/0' }],
    });
  });

  test('a server that does not answer is 3', async () => {
    const cwd = makeDirectory();
    const silent = { cwd, env: { KEYHOLD_OPERATOR_TOKEN: 'x' } };
    const { exitCode, stderr } = await runKeyhold(['keys', 'list', '--url', 'http://127.0.0.1:9'], silent);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^keyhold: http:\/\/127\.0\.0\.1:9 does not answer \(.+\); start the server, or name it with --url\n$/,
    );
  });

  test.each([
    [['kees']],
    [['keys', 'issue', '--name', 'x']],
    [['keys', 'list', '--token', 'khop_x']],
    [['keys', 'issue', '--metadata', '[]']],
    [['serve', '--prot', '1']],
    [[]],
  ])('wrong usage is 2: keyhold %j', async (args) => {
    const { exitCode, stdout, stderr } = await runKeyhold(args, { cwd: makeDirectory() });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  test.each([
    [3, 'server_unreachable', ['keys', 'list', '--url', 'http://127.0.0.1:9']],
    [1, 'settings_invalid', ['keys', 'list', '--url', 'nowhere']],
    [1, 'configuration_invalid', ['config', 'check', 'gone.yaml']],
    [1, 'settings_invalid', ['serve', '--workers', '0']],
    [2, 'usage', ['keys', 'list', '--token', 'khop_x']],
  ])('with --json a failure is one JSON object: %i %s', async (exitCode, code, args) => {
    const options = { cwd: makeDirectory(), env: { KEYHOLD_OPERATOR_TOKEN: 'x' } };
    const failed = await runKeyhold([...args, '--json'], options);
    expect(failed).toMatchObject({ exitCode, stdout: '' });
    expect(JSON.parse(failed.stderr)).toEqual({ code, detail: expect.stringMatching(/./) });
  });

  test('without a token a command says which variable to set', async () => {
    expect(await runKeyhold(['keys', 'list'], { cwd: makeDirectory() })).toMatchObject({
      exitCode: 1,
      stderr:
        'keyhold: KEYHOLD_OPERATOR_TOKEN is not set; export the operator token, or name its file in KEYHOLD_OPERATOR_TOKEN_FILE\n',
    });
  });

  test.each([
    [['--workers', '0'], {}, '--workers: must be at least 1'],
    [
      ['--database', 'mysql://db/x'],
      {},
      '--database: is no database; write it as file:/path/keyhold.db or postgres://user@host/name',
    ],
    [[], { KEYHOLD_PEPPER: 'x' }, 'KEYHOLD_PEPPER: the pepper is not built yet; remove it'],
  ])('serve %j %j is refused in one line', async (args, env, line) => {
    const refused = await runKeyhold(['serve', ...args], { cwd: makeDirectory(), env });
    expect(refused).toMatchObject({ exitCode: 1, stdout: '', stderr: `keyhold: ${line}\n` });
  });
});

describe('operators reset', () => {
  test('makes a token with every scope through the running server, and offline; both are audited', async () => {
    const cwd = makeDirectory();
    const server = await startKeyhold({ cwd });
    const online = await runKeyhold(['operators', 'reset', '--name', 'found again'], { cwd });
    expect(online).toMatchObject({ exitCode: 0, stderr: '' });
    const token = /^export KEYHOLD_OPERATOR_TOKEN=(khop_\w+)$/m.exec(online.stdout)?.[1];
    const as = (url: string, given: string) => ({
      cwd,
      env: { KEYHOLD_URL: url, KEYHOLD_OPERATOR_TOKEN: given },
    });
    const { stdout } = await runKeyhold(['operators', 'list'], as(server.url!, token!));
    expect(stdout).toMatch(/found again .* operators:write +all/);
    server.signal('SIGKILL');
    await server.ended;

    const offline = await runKeyhold(['operators', 'reset', '--json'], { cwd });
    const reset: { readonly id: string; readonly token: string } = JSON.parse(offline.stdout);
    const again = await startKeyhold({ cwd, token: reset.token });
    expect(again.token).toBeNull();
    const { body } = await again.call('GET', '/v1/audit-events?action=operator.create');
    expect(body).toMatchObject({
      data: [
        { subject: { id: reset.id }, actor: { kind: 'system', id: 'operators reset' } },
        { actor: { kind: 'system', id: 'operators reset' } },
        { actor: { kind: 'system', id: 'first start' } },
      ],
    });
  });

  test('does not make a store where there is none', async () => {
    const cwd = makeDirectory();
    const refused = await runKeyhold(['operators', 'reset', '--data', 'typo'], { cwd });
    expect(refused).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `keyhold: there is no database at ${join(cwd, 'typo/keyhold.db')}; name the server's own --data\n`,
    });
  });
});

describe('config check', () => {
  test('is 0 for each example', async () => {
    for (const system of ['esms-africa', 'local-esim', 'localleads']) {
      const file = join(EXAMPLES, system, 'keyhold.yaml');
      expect(await runKeyhold(['config', 'check', file], { cwd: makeDirectory() })).toMatchObject({
        exitCode: 0,
        stdout: `${file} is right: ${system}\n`,
      });
    }
  });

  test('is 1 with every problem at once, for people and as JSON', async () => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, 'k.yaml'), 'keyspaces:\n  a: { titel: x }\nextra: 1\n');
    const checked = await runKeyhold(['config', 'check', 'k.yaml'], { cwd });
    expect(checked).toMatchObject({ exitCode: 1, stdout: '' });
    expect(
      checked.stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['k.yaml:2:6', 'k.yaml:2:8', 'k.yaml:3:1']);
    const json = await runKeyhold(['config', 'check', 'k.yaml', '--json'], { cwd });
    expect(json).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      problems: [{}, { file: 'k.yaml', line: 2, column: 8, field: 'keyspaces.a.titel' }, {}],
    });
  });

  test('is 1 for a file that is not there, or is no text', async () => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    expect((await runKeyhold(['config', 'check', 'gone.yaml'], { cwd })).stderr).toBe(
      'keyhold: gone.yaml cannot be read (ENOENT); name the right file with --config\n',
    );
    expect(await runKeyhold(['config', 'check', 'binary'], { cwd })).toMatchObject({
      exitCode: 1,
      stderr: 'keyhold: binary is not UTF-8; name the right file with --config\n',
    });
  });
});

test('openapi prints the document that the server serves', async () => {
  const printed = await runKeyhold(['openapi'], { cwd: makeDirectory() });
  expect(JSON.parse(printed.stdout)).toMatchObject({
    openapi: expect.stringMatching(/^3\.1/),
    paths: { '/v1/keys': {} },
  });
});

test('serve --json prints one object with what a program needs', async () => {
  const server = await startKeyhold({ cwd: makeDirectory(), args: ['--json'] });
  const { url, gateways } = server;
  expect(JSON.parse(server.output.stdout)).toEqual({
    version: expect.any(String),
    url,
    gateways,
    operator_token: expect.stringMatching(/^khop_/),
    console_setup_url: expect.stringMatching(/\/console\/setup#khsu_/),
  });
});

test('people are invited, listed and disabled, and let in again on the machine of the server', async () => {
  const server = await startKeyhold({ cwd: makeDirectory() });
  const shown = await server.run('people', 'setup-link');
  expect(shown.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console\/setup#khsu_/);
  const invite = ['people', 'invite', '--email', 'sam@example.com', '--name', 'Sam', '--role', 'owner'];
  const invited = await server.run(...invite);
  expect(invited.stdout).toMatch(/\/console\/invitation#khin_/);
  expect(await server.run(...invite)).toMatchObject({ exitCode: 1 });
  const [, id = ''] = /(person_\w+)/.exec(invited.stdout) ?? [];
  expect((await server.run('people', 'list')).stdout).toMatch(/sam@example\.com +owner +invited/);
  expect((await server.run('people', 'disable', id)).stdout).toContain('Disabled sam@example.com');
  const late = await server.run('people', 'setup-link');
  expect([late.exitCode, late.stderr]).toEqual([1, expect.stringContaining('keyhold people reset')]);
  expect((await server.run('people', 'reset', 'SAM@example.com')).stdout).toMatch(/invitation#khin_/);
  expect((await server.run('people', 'list')).stdout).toMatch(/sam@example\.com +owner +invited/);
  expect(await server.run('people', 'reset', 'nobody@example.com')).toMatchObject({ exitCode: 1 });
});

test('keys are found by what is known of them, and the audit log is printed whole', async () => {
  const server = await startWithAcme();
  await server.run(...ISSUE);
  await server.run(...ISSUE.toSpliced(7, 1, 'Another'));
  const list = async (...options: string[]) => (await server.run('keys', 'list', ...options)).stdout;
  expect(await list('--search', 'büro')).toContain('Büro');
  expect(await list('--search', 'another')).not.toContain('Büro');
  const sorted = await list('--sort', 'name', '--safety', 'never_used');
  expect(sorted.indexOf('Another')).toBeLessThan(sorted.indexOf('Büro'));
  expect(await server.run('keys', 'list', '--sort', 'size')).toMatchObject({ exitCode: 1 });

  const exported = await server.run('audit', 'export', '--action', 'key.issue');
  expect(exported.exitCode).toBe(0);
  const events = exported.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).details.name);
  expect(events).toEqual(['Another', 'Büro 🗝']);
  const csv = await server.run('audit', 'export', '--format', 'csv', '--organization', 'acme');
  expect(csv.stdout.split('\r\n')[1]).toContain('key.issue');
  const refused = await server.run('audit', 'export', '--from', 'yesterday');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('?from');
});
