import { compileKeyFormat, OPERATOR_KEYSPACE_DEFINITION } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './_target.ts';
import { type Address, ask, connect, request, type WireAnswer } from './_wire.ts';

// One credential in every strange form, on every face that reads one, as bytes.

interface Face {
  address(): Address;
  /** Method and target. */
  readonly operation: string;
  readonly contentType?: string;
  readonly body?: () => string;
  /** What is accepted here. */
  good(): string;
  /** Good on another face, and never here. */
  foreign(): string;
  /** In the log and the metrics: bad credentials are 401 for one cause only. */
  readonly realm: string;
}

let target: Target;
let scopedKey: string;
let openKey: string;
let bareKey: string;
let portalToken: string;
let revokedKey: string;
let testKey: string;

beforeAll(async () => {
  target = await startTarget();
  scopedKey = (await target.issue()).key;
  testKey = (await target.issue({ environment: 'test' })).key;
  const unscoped = { environment: undefined, scopes: undefined };
  openKey = (await target.issue({ keyspace: 'open', ...unscoped })).key;
  bareKey = (await target.issue({ keyspace: 'bare', ...unscoped })).key;
  portalToken = await target.portalToken('scoped', 'acme');
  const revoked = await target.issue();
  await target.operator('POST', `/v1/keys/${revoked.id}/revoke`);
  revokedKey = revoked.key;
});
afterAll(() => target?.stop());

const FACES: Record<string, Face> = {
  'the gateway': {
    address: () => target.gateways.scoped,
    operation: 'GET /things',
    good: () => scopedKey,
    foreign: () => target.token,
    realm: 'scoped',
  },
  'self-service': {
    address: () => target.gateways.scoped,
    operation: 'GET /keys',
    good: () => portalToken,
    foreign: () => scopedKey,
    realm: 'scoped',
  },
  'self-service by key': {
    address: () => target.gateways.open,
    operation: 'GET /keys',
    good: () => openKey,
    foreign: () => portalToken,
    realm: 'open',
  },
  'forward-auth': {
    address: () => target.management,
    operation: 'GET /v1/authorize/scoped/things',
    good: () => scopedKey,
    foreign: () => target.token,
    realm: 'scoped',
  },
  'forward-auth over its socket': {
    address: () => target.authorizeSocket,
    operation: 'GET /v1/authorize/open',
    good: () => openKey,
    foreign: () => scopedKey,
    realm: 'open',
  },
  'the management API': {
    address: () => target.management,
    operation: 'GET /v1/keys',
    good: () => target.token,
    foreign: () => scopedKey,
    realm: 'keyhold',
  },
  verify: {
    address: () => target.management,
    operation: 'POST /v1/verify',
    contentType: 'application/json',
    body: () => JSON.stringify({ key: scopedKey }),
    good: () => target.token,
    foreign: () => openKey,
    realm: 'keyhold',
  },
  introspect: {
    address: () => target.management,
    operation: 'POST /v1/introspect',
    contentType: 'application/x-www-form-urlencoded',
    body: () => `token=${scopedKey}`,
    good: () => target.token,
    foreign: () => portalToken,
    realm: 'keyhold',
  },
};

/** The bytes of one request with these header lines, which ends its connection. */
function bytes({ operation, contentType, body = () => '' }: Face, lines: readonly string[]): string {
  const content = body();
  const described =
    contentType === undefined ? [] : [`Content-Type: ${contentType}`, `Content-Length: ${content.length}`];
  return request(
    [`${operation} HTTP/1.1`, 'Host: keyhold.test', ...described, ...lines, 'Connection: close'],
    content,
  );
}

const send = (face: Face, ...lines: readonly string[]) => ask(face.address(), bytes(face, lines));

/** An answer without what differs between two that say the same. */
function comparable({ status, headers, body }: WireAnswer): unknown {
  return { status, headers, body: body.replace(/"request_id":"[^"]*"/, '"request_id":""') };
}

function expectRefused(answer: WireAnswer, face: Face, error: string): void {
  expect(answer.status).toBe(error === 'invalid_request' ? 400 : 401);
  const parameter = error === '' ? '' : `, error="${error}"`;
  expect(answer.header('www-authenticate')).toBe(`Bearer realm="${face.realm}"${parameter}`);
  expect(answer.header('cache-control')).toBe('no-store');
}

describe.each(Object.entries(FACES))('%s', (_, face) => {
  test('accepts the scheme in any case and any number of spaces around the credential', async () => {
    const key = face.good();
    for (const line of [
      `Authorization: Bearer ${key}`,
      `authorization:bearer ${key}`,
      `AUTHORIZATION: BEARER ${key}`,
      `Authorization: Bearer     ${key}`,
      `Authorization: \t Bearer ${key} \t `,
    ]) {
      expect((await send(face, line)).status, line).toBe(200);
    }
  });

  test('answers 400 to two credentials in one request, whatever they are and wherever they stand', async () => {
    const line = `Authorization: Bearer ${face.good()}`;
    const padding = Array.from({ length: 50 }, (_unused, i) => `X-Padding-${i}: 1`);
    for (const lines of [
      [line, line],
      [line, 'Authorization: Bearer other'],
      ['authorization: Bearer other', line],
      [line, 'AUTHORIZATION: Basic dTpw'],
      [line, 'Authorization:'],
      [line, ...padding, line],
      [`${line}, Bearer other`],
      [`${line},`],
      [`Authorization: Bearer , ${face.good()}`],
      [`Authorization: Bearer\t${face.good()}`],
      [`Authorization: Bearer \t${face.good()}`],
    ]) {
      expectRefused(await send(face, ...lines), face, 'invalid_request');
    }
  });

  test('answers the bare 401 to no credential, another scheme, and a key anywhere but in its header', async () => {
    const key = face.good();
    const none = await send(face);
    expectRefused(none, face, '');
    for (const line of [
      'Authorization: Basic dXNlcjpwYXNz',
      'Authorization: Digest username="a"',
      `Authorization: ${key}`,
      `Authorization: Bearer:${key}`,
      `Authorization: Bearer${key}`,
      `Authorization: Token ${key}`,
      'Authorization:',
      `Authorization_: Bearer ${key}`,
      `X-Authorization: Bearer ${key}`,
      `Proxy-Authorization: Bearer ${key}`,
      `X-API-Key: ${key}`,
      `Cookie: Authorization=Bearer ${key}; api_key=${key}`,
    ]) {
      expect(comparable(await send(face, line)), line).toEqual(comparable(none));
    }
  });

  test('answers one 401 byte for byte to every credential that cannot be good', async () => {
    const key = face.good();
    const unknown = await send(face, 'Authorization: Bearer unknown');
    expectRefused(unknown, face, 'invalid_token');
    const operators = compileKeyFormat(OPERATOR_KEYSPACE_DEFINITION.key.format, []);
    const random = createSeededRandom(11);
    for (const presented of [
      '',
      ' ',
      key.slice(0, -1),
      `${key}A`,
      key.slice(1),
      key.toUpperCase(),
      key.toLowerCase(),
      `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
      `"${key}"`,
      `<${key}>`,
      `${key};`,
      `${key} ${key}`,
      `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
      key.replaceAll('_', '%5F'),
      `${key}=`,
      `${key}%00`,
      `\u00ef\u00bb\u00bf${key}`,
      `${key.slice(0, -1)}\u00e9`,
      `${key.slice(0, -1)}\u00c3\u00a9`,
      'x'.repeat(512),
      'x'.repeat(513),
      'x'.repeat(12_000),
      operators.mint(null, random),
      face.foreign(),
      ...(face.realm === 'scoped' ? [revokedKey, testKey, openKey, bareKey] : []),
    ]) {
      if (presented === key) continue;
      const answer = await send(face, `Authorization: Bearer ${presented}`);
      expect(comparable(answer), JSON.stringify(presented).slice(0, 100)).toEqual(comparable(unknown));
    }
  });

  test('answers 400 to bytes that a header cannot hold, and ends the connection', async () => {
    const key = face.good();
    for (const line of [
      `Authorization: Bearer ${key}\u0000`,
      `Authorization: Bearer \u0000${key}`,
      `Authorization: Bearer ${key}\rX: 1`,
      `Authorization: Bearer ${key}\nX: 1`,
      `Authorization: Bearer\r\n ${key}`,
      `Authorization: Bearer\r\n\t${key}`,
      `Authorization : Bearer ${key}`,
      ` Authorization: Bearer ${key}`,
      `Authorization\u0000: Bearer ${key}`,
      `Authorization Bearer ${key}`,
    ]) {
      const answer = await send(face, line);
      expect(answer.status, JSON.stringify(line)).toBe(400);
      expect(answer.header('connection')).toBe('close');
    }
  });

  test('answers 431 to more header than anybody needs, with the credential before or behind it', async () => {
    const line = `Authorization: Bearer ${face.good()}`;
    const fields = (count: number) => Array.from({ length: count }, (_unused, i) => `X-${i}: 1`);
    for (const lines of [
      [line, ...fields(100)],
      [...fields(100), line],
      [...fields(2_500), line],
      [line, ...fields(2_500), 'Authorization: Bearer other'],
      [`X: ${'x'.repeat(16_384)}`, line],
      [line, `X: ${'x'.repeat(1_000_000)}`],
    ]) {
      const connection = await connect(face.address());
      connection.write(bytes(face, lines));
      const answer = await connection.answer();
      expect(answer?.status).toBe(431);
      expect(answer?.header('connection')).toBe('close');
      await connection.end();
    }
  });
});

describe('a key without a scheme', () => {
  const face: Face = {
    address: () => target.gateways.bare,
    operation: 'GET /things',
    good: () => bareKey,
    foreign: () => openKey,
    realm: 'bare',
  };

  test('is accepted in its own header, once, and nowhere else', async () => {
    expect((await send(face, `x-api-key:  ${bareKey} `)).status).toBe(200);
    // Not a second credential: what is not configured as one is the upstream's business.
    const both = [`X-API-Key: ${bareKey}`, 'Authorization: Bearer of-the-upstream'];
    expect((await send(face, ...both)).status).toBe(200);
    expect(target.upstream.requests.at(-1)?.headers.authorization).toBe('Bearer of-the-upstream');
    expect((await send(face, `Authorization: Bearer ${bareKey}`)).status).toBe(401);
    expect((await send(face, `X_API_Key: ${bareKey}`)).status).toBe(401);
  });

  test('is 400 when it stands twice and 401 when it cannot be a key', async () => {
    const line = `X-API-Key: ${bareKey}`;
    for (const lines of [[line, line], ['x-api-key: other', line], [`${line}, other`], [`X-API-Key: a\tb`]]) {
      expect((await send(face, ...lines)).status).toBe(400);
    }
    const unknown = await send(face, 'X-API-Key: unknown');
    expect(unknown.status).toBe(401);
    for (const presented of [`Bearer ${bareKey}`, `"${bareKey}"`, `${bareKey}=`, '\u00e9', '']) {
      expect(comparable(await send(face, `X-API-Key: ${presented}`)), presented).toEqual(comparable(unknown));
    }
  });
});

test('a key in a query or in a body is not read, and the log has a hint without it', async () => {
  const gateway = target.gateways.scoped;
  const none = comparable(
    await ask(gateway, request(['GET /things HTTP/1.1', 'Host: a', 'Connection: close'])),
  );
  for (const name of ['api_key', 'apikey', 'access_token', 'token', 'key']) {
    const line = `GET /things?${name}=${scopedKey} HTTP/1.1`;
    expect(comparable(await ask(gateway, request([line, 'Host: a', 'Connection: close'])))).toEqual(none);
  }
  const form = `access_token=${scopedKey}`;
  const posted = request(
    [
      'POST /things HTTP/1.1',
      'Host: a',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${form.length}`,
      'Connection: close',
    ],
    form,
  );
  expect(comparable(await ask(gateway, posted))).toEqual(none);
  expect(target.logged.filter((line) => line.includes('has one in its query'))).toHaveLength(5);
  // The query of a management call is not read for a token either.
  const list = request([
    `GET /v1/keys?access_token=${target.token} HTTP/1.1`,
    'Host: a',
    'Connection: close',
  ]);
  expect((await ask(target.management, list)).status).toBe(401);
});

test('nothing that was refused reached the upstream or the log with its credential', () => {
  const log = target.logged.join('\n');
  for (const secret of [scopedKey, openKey, bareKey, revokedKey, testKey, portalToken, target.token]) {
    expect(log).not.toContain(secret);
  }
  for (const { headers } of target.upstream.requests) {
    expect([undefined, 'Bearer of-the-upstream']).toContain(headers.authorization);
    expect(headers['keyhold-key-id']).toMatch(/^key_/);
  }
});
