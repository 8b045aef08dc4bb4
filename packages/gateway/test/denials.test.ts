import { describe, expect, it } from 'vitest';
import {
  connect,
  exchangeRaw,
  gatewayDefinition,
  keyspaceDefinition,
  send,
  startGateway,
  startUpstream,
} from './_util.ts';

const UNAUTHORIZED = { statusCode: 401, error: 'Unauthorized', message: 'Invalid or expired token' };

async function startDenying() {
  const upstream = await startUpstream((_, response) => response.end('ok'));
  const gateway = await startGateway([gatewayDefinition(upstream.url)], {
    keyspaces: [
      keyspaceDefinition({
        requiresFeature: 'api',
        acceptsEnvironments: ['live'],
        errors: { unauthorized: UNAUTHORIZED },
      }),
      keyspaceDefinition({ id: 'other' }),
    ],
    createRequestId: () => 'req_same',
  });
  await gateway.keyring.changeOrganization({ features: ['api'] });
  return { upstream, ...gateway };
}

/** The bytes of one answer without its date. */
async function ask(port: number, ...lines: readonly string[]): Promise<string> {
  const text = await exchangeRaw(port, 'GET /x HTTP/1.1', 'Host: x', ...lines, 'Connection: close', '', '');
  return text.replace(/^Date: .*\r\n/m, '');
}

describe('a denial', () => {
  it('is the same bytes for every cause, and the upstream sees none of them', async () => {
    const { clock, keyring, port, upstream } = await startDenying();
    const issue = async (overrides = {}) => (await keyring.issue(overrides)).presentedKey;
    const keys = {
      unknown: `${(await issue()).slice(0, -6)}000000`,
      short: 'kh_live_short',
      revoked: await issue({ revoked: true }),
      disabled: await issue({ disabled: true }),
      expired: await issue({ expiresAtMs: clock.nowMs() }),
      environment: await issue({ environment: 'test' }),
      keyspace: await issue({ keyspace: 'other' }),
      address: await issue({ allowedCidrs: ['203.0.113.0/24'] }),
      quoted: '"key"',
      empty: '',
      long: 'x'.repeat(4_000),
    };
    const good = await issue();
    expect(await ask(port, `Authorization: Bearer ${good}`)).toMatch(/^HTTP\/1\.1 200 /);
    const answers = new Map<string, string[]>();
    const record = (text: string, cause: string) => answers.set(text, [...(answers.get(text) ?? []), cause]);
    for (const [cause, key] of Object.entries(keys))
      record(await ask(port, `Authorization: Bearer ${key}`), cause);
    await keyring.changeOrganization({ features: [] });
    record(await ask(port, `Authorization: Bearer ${good}`), 'feature off');
    await keyring.changeOrganization({ features: ['api'], suspended: true });
    record(await ask(port, `Authorization: Bearer ${good}`), 'suspended');
    expect([...answers.values()]).toHaveLength(1);
    const [text] = [...answers.keys()];
    expect(text).toBe(
      [
        'HTTP/1.1 401 Unauthorized',
        'WWW-Authenticate: Bearer realm="default", error="invalid_token"',
        'Cache-Control: no-store',
        'Content-Type: application/json',
        `Content-Length: ${JSON.stringify(UNAUTHORIZED).length}`,
        'Keyhold-Request-Id: req_same',
        'Connection: close',
        '',
        JSON.stringify(UNAUTHORIZED),
      ].join('\r\n'),
    );
    expect(upstream.requests).toHaveLength(1);
  });

  it('without a credential, or with another scheme, is the bare challenge', async () => {
    const { port } = await startDenying();
    const bare = await ask(port);
    expect(bare).toContain('WWW-Authenticate: Bearer realm="default"\r\n');
    expect(await ask(port, 'Authorization: Basic dTpw')).toBe(bare);
    expect(await ask(port, 'Authorization: Bearerx')).toBe(bare);
  });

  it('of two credentials, a tab, or a list is 400', async () => {
    const { keyring, port, upstream } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    for (const lines of [
      [`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`],
      [`Authorization: Bearer\t${key}`],
      [`Authorization: Bearer ${key}, Bearer ${key}`],
    ]) {
      expect(await ask(port, ...lines)).toMatch(/^HTTP\/1\.1 400 .*error="invalid_request"/s);
    }
    expect(upstream.requests).toHaveLength(0);
  });

  it('leaves the scheme its case and its blanks', async () => {
    const { keyring, port } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    for (const value of [`bearer ${key}`, `BEARER   ${key}  `]) {
      expect(await ask(port, `Authorization: ${value}`)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('without a lease is 503 with Retry-After, for good keys and bad ones', async () => {
    const { keyring, port } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    keyring.loseLease();
    const answers = [
      await ask(port, `Authorization: Bearer ${key}`),
      await ask(port, 'Authorization: Bearer x'),
      await ask(port),
    ];
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 1\r\n/s);
  });

  it('for a key in the query is that of a missing one, with a hint in the log that does not hold it', async () => {
    const { keyring, port, logged } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    const answer = await send(port, { path: `/x?api_key=${key}` });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="default"');
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain(key);
  });

  it('of a request with a body leaves the connection good for the next request', async () => {
    const { keyring, port } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    const client = await connect(port);
    client.write(
      'POST /x HTTP/1.1',
      'Host: x',
      'Authorization: Bearer bad',
      'Content-Length: 100000',
      '',
      'a'.repeat(50_000),
    );
    await client.until('HTTP/1.1 401');
    client.write('a'.repeat(50_000), '').socket.write('');
    client.write('GET /x HTTP/1.1', 'Host: x', `Authorization: Bearer ${key}`, '', '');
    await client.until('HTTP/1.1 200');
  });

  it('of a request whose body never ends costs the client its connection', async () => {
    const { clock, port } = await startDenying();
    const client = await connect(port);
    client.write(
      'POST /x HTTP/1.1',
      'Host: x',
      'Authorization: Bearer bad',
      'Transfer-Encoding: chunked',
      '',
      '3\r\nabc\r\n',
    );
    await client.until('HTTP/1.1 401');
    clock.advance(20_000);
    await client.closed;
  });

  it('comes before 100 Continue', async () => {
    const { keyring, port, upstream } = await startDenying();
    const { presentedKey: key } = await keyring.issue();
    const ask = async (presentedKey: string) => {
      const client = await connect(port);
      return client.write(
        'POST /x HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${presentedKey}`,
        'Expect: 100-continue',
        'Content-Length: 3',
        '',
        '',
      );
    };
    const denied = await ask('bad');
    await denied.closed;
    expect(denied.text).toMatch(/^HTTP\/1\.1 401 /);
    const accepted = await ask(key);
    await accepted.until('HTTP/1.1 100 Continue\r\n\r\n');
    accepted.write('abc');
    await accepted.until('HTTP/1.1 200');
    expect(upstream.requests[0]!.headers.expect).toBeUndefined();
  });
});

it('every request is told to the metrics once', async () => {
  const { keyring, port, observed } = await startDenying();
  const { presentedKey: key } = await keyring.issue();
  await send(port, { key });
  await send(port, { key: 'bad' });
  await send(port, { key, path: '//' });
  expect(observed).toEqual([
    { keyspace: 'default', status: 200, durationMs: 0, ended: false },
    { keyspace: 'default', status: 401, durationMs: 0, ended: false },
  ]);
});
