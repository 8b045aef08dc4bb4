import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createUpstream as createMessages } from '../../examples/esms-africa/upstream.ts';
import { createUpstream as createCustomers } from '../../examples/local-esim/upstream.ts';
import { createUpstream as createLeads } from '../../examples/localleads/upstream.ts';
import { call } from '../_http.ts';
import { requirePython } from '../_python.ts';
import { WireConnection } from '../abuse/_wire.ts';
import { type RunningSystem, startSystem } from '../systems/_system.ts';
import { codeBlocks } from './_guide.ts';

const SYSTEMS = [
  {
    name: 'local-esim',
    start: () => startSystem('local-esim', createCustomers),
    variable: 'LOCAL_ESIM_API_KEY',
    key: { environment: 'production' },
    answer: /"email":"\w+@example\.com"/,
  },
  {
    name: 'esms-africa',
    start: () => startSystem('esms-africa', (database) => createMessages(database, async () => {})),
    variable: 'ESMS_API_KEY',
    key: { environment: 'live', scopes: ['query'] },
    answer: /"messages":\[\]/,
  },
  {
    name: 'localleads',
    start: () => startSystem('localleads', createLeads),
    variable: 'LOCALLEADS_API_KEY',
    key: {},
    answer: /"balance":\d+/,
  },
] as const;

const run = promisify(execFile);

describe.each(SYSTEMS)('the guide that $name serves', ({ name, start, variable, key, answer }) => {
  let system: RunningSystem;
  let page: string;
  let secret: string;

  beforeAll(async () => {
    system = await start();
    page = (await call('GET', `${system.keyhold.url}/guides/${name}`)).text;
    await system.keyhold.createOrganization('reader', { features: ['partner-api'] });
    const owner = { keyspace: name, organization: 'reader', name: 'Reader' };
    secret = (await system.keyhold.issue({ ...owner, ...key })).key;
  });
  afterAll(() => system?.stop());

  function block(label: string): string {
    const found = codeBlocks(page).find((one) => one.label === label);
    if (found === undefined) throw new Error(`The guide has no block "${label}".`);
    // Local eSIM's upstream takes a customer once, and every language creates one.
    return found.text.replace('customer@', `${label.split(',')[0]}@`);
  }

  function environment() {
    return { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], [variable]: secret } };
  }

  test('has a curl example that works as it stands', async () => {
    const { stdout } = await run('bash', ['-c', block('curl')], environment());
    expect(stdout).toMatch(answer);
  });

  test('has a Python example that works as it stands', async (context) => {
    const python = requirePython('httpx', context);
    const { stdout } = await run(python, ['-c', block('Python, with httpx')], environment());
    expect(stdout).toMatch(answer);
  });

  test('has a JavaScript example that works as it stands', async () => {
    const program = ['--input-type=module', '-e', block('JavaScript')];
    const { stdout } = await run(process.execPath, program, environment());
    expect(stdout).toMatch(answer);
  });

  // Compiling takes long, and the one with a body uses all that there is.
  if (name === 'local-esim') {
    test('has a Go example that works as it stands', async (context) => {
      if (spawnSync('go', ['version']).status !== 0) return context.skip('there is no "go" here');
      const directory = await mkdtemp(join(tmpdir(), 'keyhold-guide-'));
      onTestFinished(() => rm(directory, { recursive: true }));
      const file = join(directory, 'main.go');
      await writeFile(file, block('Go'));
      const { stdout } = await run('go', ['run', file], environment());
      expect(stdout).toMatch(answer);
    });
  }

  test('shows a 401 as it is on the wire, byte for byte', async () => {
    const shown = codeBlocks(page).find(({ text }) => text.startsWith('HTTP/1.1 401'))?.text;
    // What the guide shows as a key is a key of the right shape that nobody has.
    const stranger = block('.env').replace(`${variable}=`, '');
    expect(await onTheWire('/', stranger)).toBe(shown);
    expect(await onTheWire('/', 'nonsense')).toBe(shown);
    const { headers } = await call('GET', system.apiUrl);
    expect(page).toContain(`WWW-Authenticate: ${headers['www-authenticate']}`.replaceAll('"', '&quot;'));
  });

  test('shows a 403 as it is on the wire, byte for byte, where it has scopes', async () => {
    const shown = codeBlocks(page).find(({ text }) => text.startsWith('HTTP/1.1 403'))?.text;
    if (name !== 'esms-africa') return expect(shown).toBeUndefined();
    const owner = { keyspace: name, organization: 'reader', name: 'Sender', environment: 'live' };
    const sender = await system.keyhold.issue({ ...owner, scopes: ['send'] });
    expect(await onTheWire('/api/messages', sender.key)).toBe(shown);
  });

  test('shows what managing keys by program sends and gets, where customers can', async () => {
    const mount = codeBlocks(page).find(({ label }) => label.startsWith('POST '));
    if (name === 'local-esim') return expect(mount).toBeUndefined();
    const path = mount?.label.replace('POST ', '') ?? '';
    const token = await system.keyhold.portalToken(name, 'reader');
    const body: unknown = JSON.parse(mount?.text ?? '');
    const created = await call('POST', system.apiUrl + path, { key: token, body });
    const listed = await call('GET', system.apiUrl + path, { key: token });
    const [shownKey, shownList] = codeBlocks(page)
      .filter(({ text }) => text.includes('"created_at"'))
      .map(({ text }) => JSON.parse(text));
    expect(created.status).toBe(201);
    expect(Object.keys(created.body as object)).toEqual(Object.keys(shownKey));
    expect(Object.keys((listed.body as object[])[0] ?? {})).toEqual(Object.keys(shownList[0]));
  });

  test('loads nothing and is framed by nothing; what is no public guide is 404', async () => {
    const { keyhold } = system;
    expect((await call('GET', `${keyhold.url}/guides/${name}`)).headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      ),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    for (const path of ['/guides/default', '/guides/', `/guides/${name}/`]) {
      expect((await call('GET', keyhold.url + path)).status).toBe(404);
    }
  });

  /** An answer as the guide shows one: without what differs each time, lines ended as text ends them. */
  async function onTheWire(path: string, presentedKey: string): Promise<string> {
    const { hostname, port, host } = new URL(system.apiUrl);
    const connection = new WireConnection(connect(Number(port), hostname));
    connection.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${presentedKey}\r\n`);
    connection.write('Connection: close\r\n\r\n');
    await connection.closed;
    return connection.received
      .replaceAll(/^(?:Date|Keyhold-Request-Id|Connection): .*\r\n/gm, '')
      .replaceAll('\r\n', '\n');
  }
});
