import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { answerTo, makeDirectory, parseLog, runKeyhold, startKeyhold } from './_keyhold.ts';

const KEY_FORMAT = '{ format: "a_{random:hex:64}" }';

/** An upstream that holds every request until it is told to answer. */
async function startHolding() {
  const arrived = Promise.withResolvers<ServerResponse>();
  const server = createServer((_, response) => arrived.resolve(response)).listen(0, '127.0.0.1');
  onTestFinished(() => server.closeAllConnections());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, arrived: arrived.promise };
}

/** A directory whose keyhold.yaml has one keyspace `a`, with these further lines. */
function directoryWith(...lines: readonly string[]): string {
  const cwd = makeDirectory();
  writeFileSync(
    join(cwd, 'keyhold.yaml'),
    ['keyspaces:', '  a:', `    key: ${KEY_FORMAT}`, ...lines.map((line) => `    ${line}`)].join('\n'),
  );
  return cwd;
}

async function issue(server: Awaited<ReturnType<typeof startKeyhold>>, keyspace: string) {
  await server.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const { body } = await server.call('POST', '/v1/keys', { keyspace, organization: 'acme', name: 'x' });
  return z.object({ id: z.string(), key: z.string() }).parse(body);
}

describe('the first start', () => {
  test('prints the first token once, and the banner is a script of which every line works', async () => {
    const cwd = directoryWith(
      'requires_feature: beta',
      'limits: { max_lifetime: 90d }',
      'scopes: { q: [GET /a], r: [GET /b] }',
      'environments: [live, test]',
    );
    const first = await startKeyhold({ cwd });
    expect(first.output.stdout.split(first.token!)).toHaveLength(2);
    expect(first.output.stderr).not.toContain(first.token!);
    const script = spawnSync('sh', ['-eu'], { input: first.output.stdout, encoding: 'utf8' });
    expect(script.stderr).toBe('');
    const answers = script.stdout
      .trim()
      .split('\n')
      .map((line): object => JSON.parse(line));
    expect(answers).toMatchObject([
      { id: 'acme', features: ['beta'] },
      {
        keyspace: 'a',
        scopes: ['q', 'r'],
        environment: 'live',
        key: expect.stringMatching(/^a_[0-9a-f]{64}$/),
      },
      { valid: true },
      { state: 'revoked' },
      { valid: false, reason: 'revoked' },
    ]);
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);

    const second = await startKeyhold({ cwd });
    expect(second.output.stdout).not.toContain('KEYHOLD_OPERATOR_TOKEN');
  });

  test('takes the token that the environment supplies, and prints none', async () => {
    const cwd = makeDirectory();
    const donor = await startKeyhold({ cwd: makeDirectory() });
    const token = donor.token!;
    const server = await startKeyhold({ cwd, env: { KEYHOLD_OPERATOR_TOKEN: token }, token });
    expect(server.output.stdout).not.toContain('khop_');
    expect(await server.call('GET', '/v1/operators')).toMatchObject({
      status: 200,
      body: { data: [{ name: 'first operator' }] },
    });
  });

  test('refuses a supplied token of another shape, and leaves nothing running', async () => {
    const cwd = makeDirectory();
    const refused = await runKeyhold(['serve', '--port', '0'], {
      cwd,
      env: { KEYHOLD_OPERATOR_TOKEN: 'secret' },
    });
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.complaint).toMatch(/^keyhold: KEYHOLD_OPERATOR_TOKEN is no operator token; .*$/m);
    expect((await startKeyhold({ cwd })).token).not.toBeNull();
  });

  test('keeps its files to its user', async () => {
    const cwd = makeDirectory();
    await startKeyhold({ cwd });
    const data = join(cwd, 'data');
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, 'control.sock')).mode & 0o777).toBe(0o600);
    for (const file of readdirSync(data)) expect(statSync(join(data, file)).mode & 0o077, file).toBe(0);
  });
});

describe('one server for one data directory', () => {
  test('a second server fails in one line that names the first', async () => {
    const cwd = makeDirectory();
    const first = await startKeyhold({ cwd });
    const second = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(second).toMatchObject({
      exitCode: 1,
      stdout: '',
      complaint: `keyhold: the data directory ${join(cwd, 'data')} is in use by process ${first.pid} at ${first.url}; stop that server first, or choose another --data\n`,
    });
  });

  test('two data directories cannot share a database', async () => {
    const cwd = makeDirectory();
    const database = `file:${join(cwd, 'shared.db')}`;
    await startKeyhold({ cwd, args: ['--data', 'one', '--database', database] });
    const second = await runKeyhold(['serve', '--port', '0', '--data', 'two', '--database', database], {
      cwd,
    });
    expect(second.exitCode).toBe(1);
    expect(second.complaint).toContain('is in use');
  });

  test('an address in use is one line, and the data directory is free again', async () => {
    const { url } = await startHolding();
    const cwd = makeDirectory();
    const { port } = new URL(url);
    const refused = await runKeyhold(['serve', '--port', port], { cwd });
    expect(refused).toMatchObject({
      exitCode: 1,
      stdout: '',
      complaint: `keyhold: 127.0.0.1:${port} is in use by another process; stop it or choose another address\n`,
    });
    const server = await startKeyhold({ cwd });
    // The start that failed had not made the first operator yet.
    expect(server.token).not.toBeNull();
  });
});

/** @returns `connected`, or the code of the refusal. */
async function tryToConnect({ port, hostname }: URL): Promise<string> {
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  } finally {
    socket.destroy();
  }
}

describe('the end', () => {
  test('SIGTERM lets a request in flight finish, then everything is let go and the exit code is 0', async () => {
    const upstream = await startHolding();
    const cwd = directoryWith('gateway:', `  upstream: "${upstream.url}"`, '  listen: 127.0.0.1:0');
    const server = await startKeyhold({ cwd });
    const { key } = await issue(server, 'a');
    const outgoing = request(`${server.gateways['a']}/slow`, {
      headers: { authorization: `Bearer ${key}` },
      agent: false,
    }).end();
    const held = await upstream.arrived;
    server.signal('SIGTERM');
    await server.logged('Stopping: requests may finish.');
    // The line is written just before the listeners close.
    await expect
      .poll(() => tryToConnect(new URL(server.gateways['a']!)), { timeout: 60_000 })
      .toMatch(/ECONNREFUSED|ECONNRESET/);
    // A probe comes on a connection of its own.
    const probe = await answerTo(request(`${server.url}/readyz`, { agent: false }).end());
    expect([probe.statusCode, await json(probe)]).toMatchObject([503, { checks: { serving: false } }]);
    held.end('late, and whole');
    const response = await answerTo(outgoing);
    expect(response.statusCode).toBe(200);
    expect(await text(response)).toBe('late, and whole');
    expect(await server.ended).toBe(0);
    expect(parseLog(server.output.stderr).at(-1)).toMatchObject({ msg: 'Stopped.' });
    const left = ['keyhold.db', 'keyhold.db.lock', 'keyhold.lock'];
    expect(readdirSync(join(cwd, 'data')).toSorted()).toEqual(left);
    // What was counted is there: it was written out before the store was closed.
    const again = await startKeyhold({ cwd, token: server.token! });
    const { body } = await again.call('GET', '/v1/keys');
    expect(body).toMatchObject({ data: [{ last_used_at: expect.any(String) }] });
  });

  test('readiness says no while the last requests finish', async () => {
    const server = await startKeyhold({ cwd: makeDirectory() });
    const socket = connect(Number(new URL(server.url!).port), '127.0.0.1');
    const verify = `POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n`;
    const ready = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
    let received = '';
    const answered = Promise.withResolvers<void>();
    socket.setEncoding('utf8').on('data', (data: string) => {
      received += data;
      if (received.includes('"status":"ready"')) answered.resolve();
    });
    socket.write(`${ready}${verify}{"key`);
    await answered.promise;
    server.signal('SIGTERM');
    await server.logged('Stopping: requests may finish.');
    socket.write(`":1}${ready}`);
    await once(socket, 'close');
    expect(received).toMatch(
      /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 422 [\s\S]*HTTP\/1\.1 503 [\s\S]*"serving":false/,
    );
    expect(await server.ended).toBe(0);
  });

  test('a second signal ends it at once', async () => {
    const upstream = await startHolding();
    const cwd = directoryWith('gateway:', `  upstream: "${upstream.url}"`, '  listen: 127.0.0.1:0');
    const server = await startKeyhold({ cwd });
    const { key } = await issue(server, 'a');
    const outgoing = request(`${server.gateways['a']}/slow`, {
      headers: { authorization: `Bearer ${key}` },
      agent: false,
    }).end();
    const broken = once(outgoing, 'error');
    await upstream.arrived;
    server.signal('SIGINT');
    await server.logged('Stopping: requests may finish.');
    server.signal('SIGINT');
    expect(await server.ended).toBe(1);
    await broken;
  });

  test('after kill -9 everything that was answered is there, and revoked stays revoked', async () => {
    const cwd = directoryWith();
    const killed = await startKeyhold({ cwd });
    const kept = await issue(killed, 'a');
    const revoked = await issue(killed, 'a');
    await killed.call('POST', `/v1/keys/${revoked.id}/revoke`, {});
    killed.signal('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');

    const server = await startKeyhold({ cwd, token: killed.token! });
    expect(server.token).toBeNull();
    expect((await server.call('POST', '/v1/verify', { key: kept.key })).body).toMatchObject({
      valid: true,
      key_id: kept.id,
    });
    expect((await server.call('POST', '/v1/verify', { key: revoked.key })).body).toEqual({
      valid: false,
      reason: 'revoked',
    });
  });
});

describe('the configuration', () => {
  test('an older file is refused until it is let back in', async () => {
    const cwd = directoryWith();
    const run = async (...args: readonly string[]) => {
      const server = await startKeyhold({ cwd, args });
      server.signal('SIGTERM');
      await server.ended;
    };
    await run();
    writeFileSync(join(cwd, 'newer.yaml'), `keyspaces:\n  a: { key: ${KEY_FORMAT}, title: Newer }\n`);
    await run('--config', 'newer.yaml');
    const refused = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(refused.exitCode).toBe(1);
    expect(refused.complaint).toContain('--accept-older-configuration');
    await run('--accept-older-configuration');
  });

  test('an older file that differs only in what its gateway leaves open is refused', async () => {
    const gateway = 'gateway: { listen: "127.0.0.1:0", upstream: "http://127.0.0.1:1"';
    const cwd = directoryWith(`${gateway}, public: [GET /status] }`);
    const first = await startKeyhold({ cwd });
    first.signal('SIGTERM');
    await first.ended;
    const file = readFileSync(join(cwd, 'keyhold.yaml'), 'utf8');
    writeFileSync(join(cwd, 'newer.yaml'), file.replace(', public: [GET /status]', ''));
    const second = await startKeyhold({ cwd, args: ['--config', 'newer.yaml'] });
    second.signal('SIGTERM');
    await second.ended;
    const refused = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(refused.exitCode).toBe(1);
    expect(refused.complaint).toContain('--accept-older-configuration');
  });

  test('a key stays recognised when its environment goes, and when its format is accepted no more', async () => {
    const cwd = makeDirectory();
    const configure = (format: string, alsoAccepts: string, environments: string) =>
      writeFileSync(
        join(cwd, 'keyhold.yaml'),
        `keyspaces: { a: { key: { format: "${format}", also_accepts: [${alsoAccepts}] }, environments: [${environments}] } }`,
      );
    configure('a_{environment}_{random:hex:64}', '"old_{random:hex:64}"', 'live, test');
    const first = await startKeyhold({ cwd });
    await first.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
    const row = { organization: 'acme', name: 'x' };
    const issued = await first.call('POST', '/v1/keys', { keyspace: 'a', ...row, environment: 'test' });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(issued.body);
    const imported = `old_${'0f'.repeat(32)}`;
    const keys = [{ ...row, environment: 'live', key: imported }];
    expect(await first.call('POST', '/v1/keys/import', { keyspace: 'a', keys })).toMatchObject({
      body: { imported_count: 1 },
    });
    first.signal('SIGTERM');
    await first.ended;

    configure('a_{environment}_{random:hex:64}', '', 'live');
    const second = await startKeyhold({ cwd, token: first.token! });
    const verify = async (text: string) => (await second.call('POST', '/v1/verify', { key: text })).body;
    expect(await verify(key)).toMatchObject({ valid: false, reason: 'environment_not_accepted' });
    expect(await verify(imported)).toMatchObject({ valid: true });
    expect(await second.call('POST', `/v1/keys/${id}/recycle`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', detail: expect.stringContaining('"test"') },
    });
  });

  test('everything that is wrong stands in the output, one line each, before anything is made', async () => {
    const cwd = directoryWith('titel: x', 'retired: 1');
    expect(await runKeyhold(['serve', '--port', '0'], { cwd })).toMatchObject({
      exitCode: 1,
      stdout: '',
      complaint: `keyhold: ${join(cwd, 'keyhold.yaml')}:4:5 keyspaces.a.titel: no such field; did you mean "title"?\nkeyhold: ${join(cwd, 'keyhold.yaml')}:5:14 keyspaces.a.retired: must be true or false, not the number 1\n`,
    });
    expect(readdirSync(cwd)).toEqual(['keyhold.yaml']);
  });

  test('hosts without the shared port are refused', async () => {
    const cwd = directoryWith('gateway: { hosts: [a.example], upstream: "http://127.0.0.1:1" }');
    const refused = await runKeyhold(['serve', '--port', '0'], { cwd });
    expect(refused.exitCode).toBe(1);
    expect(refused.complaint).toContain('--gateway-port');
    const server = await startKeyhold({ cwd, args: ['--gateway-port', '0'] });
    const answer = request(server.gateways['a']!, { headers: { host: 'a.example' }, agent: false }).end();
    const response = await answerTo(answer);
    expect(response.statusCode).toBe(401);
  });
});

describe('the listeners', () => {
  test('the management port speaks TLS with the certificate it is given', async () => {
    const fixtures = fileURLToPath(new URL('../../gateway/test/fixtures/', import.meta.url));
    const args = [
      '--tls-cert',
      join(fixtures, 'test-only-sms.cert.pem'),
      '--tls-key',
      join(fixtures, 'test-only-sms.key.pem'),
    ];
    const server = await startKeyhold({ cwd: makeDirectory(), args });
    expect(server.url).toMatch(/^https:/);
    const curl = spawnSync('curl', ['-sk', `${server.url}/healthz`], { encoding: 'utf8' });
    expect(curl.stdout).toBe('{"status":"ok"}');
  });

  test('a certificate that is not there is one line', async () => {
    const refused = await runKeyhold(['serve', '--port', '0', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'], {
      cwd: makeDirectory(),
    });
    expect(refused.exitCode).toBe(1);
    expect(refused.complaint).toMatch(
      /^keyhold: --tls-cert: \S+c\.pem cannot be read \(ENOENT\); name a PEM file\n$/,
    );
  });

  test('forward-auth answers on its socket, which owner and group may open, and which outlives no server', async () => {
    const cwd = directoryWith();
    const socketPath = join(cwd, 'authorize.sock');
    const args = ['--authorize-socket', socketPath];
    const ask = async (key: string) => {
      const outgoing = request({
        socketPath,
        path: '/v1/authorize/a',
        headers: { authorization: `Bearer ${key}` },
        agent: false,
      }).end();
      const response = await answerTo(outgoing);
      response.resume();
      return response.statusCode;
    };
    const first = await startKeyhold({ cwd, args });
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
    const { key } = await issue(first, 'a');
    expect(await ask(key)).toBe(200);
    expect(await ask(`${key}0`)).toBe(401);
    first.signal('SIGKILL');
    await first.ended;
    const second = await startKeyhold({ cwd, args });
    expect(await ask(key)).toBe(200);
    const third = await runKeyhold(['serve', '--port', '0', '--data', 'other', ...args], { cwd });
    expect(third.complaint).toBe(
      `keyhold: ${socketPath} is in use by another process; stop it or choose another address\n`,
    );
    second.signal('SIGTERM');
    await second.ended;
    expect(() => statSync(socketPath)).toThrow('ENOENT');
  });

  test('with the role gateway alone there is no management port', async () => {
    const cwd = directoryWith('gateway: { listen: "127.0.0.1:0", upstream: "http://127.0.0.1:1" }');
    const server = await startKeyhold({ cwd, args: ['--role', 'gateway'] });
    expect(server.url).toBeNull();
    expect((await fetch(server.gateways['a']!)).status).toBe(401);
  });
});

test('a Node that cannot load TypeScript is told to be too old, in one line', () => {
  const bin = fileURLToPath(new URL('../bin/keyhold.js', import.meta.url));
  const old = spawnSync(process.execPath, ['--no-strip-types', bin], { encoding: 'utf8' });
  expect(old).toMatchObject({ status: 1, stdout: '' });
  expect(old.stderr).toMatch(/^keyhold: this is Node [\d.]+, and Keyhold needs 24\.15 or later; .*\n$/);
});
