import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ToldBack } from '../_recorder.ts';
import { startTarget, type Target } from './_target.ts';
import { type Address, ask, request, type WireAnswer } from './_wire.ts';

// What is matched is what is forwarded: a target with a second spelling is refused wherever one is read.

let target: Target;
let scopedKey: string;
let openKey: string;

beforeAll(async () => {
  target = await startTarget();
  scopedKey = (await target.issue({ scopes: ['read'] })).key;
  openKey = (await target.issue({ keyspace: 'open', environment: undefined, scopes: undefined })).key;
});
afterAll(() => target?.stop());
let forwarded = 0;
afterEach(() => {
  forwarded = target.upstream.requests.length;
});

/** Targets that two servers could read in two ways; `P` is a path that is good on the face. */
const HOSTILE = [
  '//things',
  '///things',
  '/things//1',
  '/./things',
  '/things/.',
  '/things/./1',
  '/things/..',
  '/things/../things',
  '/../things',
  '/..',
  '/%2e/things',
  '/%2e%2e/things',
  '/%2E%2E/things',
  '/.%2e/things',
  '/things/..%2f',
  '/things/%2e%2e%2fthings',
  '/things%2f1',
  '/things%2F1',
  '/things%5c1',
  '/things%5C1',
  '/things\\1',
  '/things;x=1',
  '/things/1;jsessionid=a/b',
  '/things/..;/admin',
  '/things%00',
  '/things%00.json',
  '/things%0a',
  '/things%0d%0aX:%201',
  '/things%7f',
  '/things%C2%80',
  '/%74hings',
  '/%61dmin',
  '/things/%41',
  '/things/%7E',
  '/things/%2D',
  '/things/%c3%a9',
  '/things/%C0%AF',
  '/things/%C1%81',
  '/things/%E0%80%AF',
  '/things/%ED%A0%80',
  '/things/%F4%90%80%80',
  '/things/%FF',
  '/things/%C3',
  '/things/%',
  '/things/%4',
  '/things/%zz',
  '/things/%u0041',
  '/things#a',
  '/things?a#b',
  '/things/<x>',
  '/things/"x"',
  '/things/{x}',
  '/things/[x]',
  '/things/a|b',
  '/things/a^b',
  '/things/`a`',
];

interface Face {
  /** Asks about `GET` of this target. */
  ask(path: string): Promise<WireAnswer>;
}

function get(address: Address, path: string, key: string, ...lines: readonly string[]): Promise<WireAnswer> {
  const head = [`GET ${path} HTTP/1.1`, 'Host: keyhold.test', `Authorization: Bearer ${key}`, ...lines];
  return ask(address, request([...head, 'Connection: close']));
}

const authorize = '/v1/authorize/scoped';
const FACES: Record<string, Face> = {
  'the gateway, with scopes': { ask: (path) => get(target.gateways.scoped, path, scopedKey) },
  'the gateway, without scopes': { ask: (path) => get(target.gateways.open, path, openKey) },
  'forward-auth, told by nginx': {
    ask: (path) =>
      get(target.management, authorize, scopedKey, 'X-Original-Method: GET', `X-Original-URI: ${path}`),
  },
  'forward-auth, told by Caddy or Traefik': {
    ask: (path) =>
      get(
        target.authorizeSocket,
        authorize,
        scopedKey,
        'X-Forwarded-Method: GET',
        `X-Forwarded-Uri: ${path}`,
      ),
  },
  'forward-auth, told by Envoy': {
    ask: (path) => get(target.management, `${authorize}${path}`, scopedKey),
  },
};

describe.each(Object.entries(FACES))('%s', (_, face) => {
  test('lets a good path through', async () => {
    for (const path of [
      '/things',
      '/things?a=%2F..%2F',
      '/things/a%20b',
      '/things/%C3%A9',
      '/things/%25',
      '/things/%252e',
    ]) {
      expect((await face.ask(path)).status, path).toBe(200);
    }
  });

  test('answers 400 to every target with a second spelling', async () => {
    for (const path of HOSTILE) expect((await face.ask(path)).status, path).toBe(400);
    expect(target.upstream.requests).toHaveLength(forwarded);
  });
});

test('the management API, its hot paths and the self-service mount answer 400 to every spelling but one', async () => {
  const hostile = HOSTILE.map((path) => path.replaceAll('things', 'keys'));
  for (const path of [
    ...hostile,
    '/v1//keys',
    '/v1/./keys',
    '/v1/%6beys',
    '/v1/keys%2F',
    '/v1/verify/../keys',
    '/V1/keys;a',
  ]) {
    expect((await get(target.management, path, target.token)).status, path).toBe(400);
  }
  const portalToken = await target.portalToken('scoped', 'acme');
  expect((await get(target.gateways.scoped, '/keys', portalToken)).status).toBe(200);
  for (const path of hostile) {
    expect((await get(target.gateways.scoped, path, portalToken)).status, path).toBe(400);
  }
  // Canonical, and another path: neither of them is the mount.
  for (const path of ['/Keys', '/keys/', '/keyss', '/%25keys']) {
    expect([401, 404], path).toContain((await get(target.gateways.scoped, path, portalToken)).status);
  }
});

test('what reaches the upstream is the target as it was matched, byte for byte', async () => {
  for (const path of [
    '/things/a%20b?q=%zz&r=..%2f',
    '/things/%F0%9F%94%91',
    '/things/%252e%252e',
    '/things?',
    '/things??a',
  ]) {
    const answer = await get(target.gateways.scoped, path, scopedKey);
    expect(answer.status, path).toBe(200);
    expect((JSON.parse(answer.body) as ToldBack).target).toBe(path.replace(/\?$/, ''));
  }
});

test('a path opens by exactly one spelling of case and of its last slash, and what no rule names is closed', async () => {
  for (const path of [
    '/things/',
    '/Things',
    '/THINGS',
    '/things/1/',
    '/things/1/2',
    '/thing',
    '/thingss',
    '/',
    '/admin',
  ]) {
    expect((await get(target.gateways.scoped, path, scopedKey)).status, path).toBe(403);
    expect((await get(target.management, `${authorize}${path}`, scopedKey)).status, path).toBe(403);
  }
  expect(target.upstream.requests).toHaveLength(forwarded);
});

test('HEAD needs the scope of GET, OPTIONS its own, and no other method opens for either', async () => {
  const send = (method: string, lines: readonly string[] = []) =>
    ask(
      target.gateways.scoped,
      request([
        `${method} /things HTTP/1.1`,
        'Host: a',
        `Authorization: Bearer ${scopedKey}`,
        'Content-Length: 0',
        ...lines,
        'Connection: close',
      ]),
    );
  const preflight = ['Origin: https://app.example', 'Access-Control-Request-Method: POST'];
  expect((await send('GET')).status).toBe(200);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'PURGE', 'M-SEARCH']) {
    expect((await send(method)).status, method).toBe(403);
  }
  expect((await send('OPTIONS')).status).toBe(403);
  expect((await send('OPTIONS', preflight)).status).toBe(403);
  for (const method of ['TRACE', 'CONNECT']) {
    const answer = await send(method);
    expect(answer.status, method).toBe(405);
    expect(answer.header('allow')).toContain('GET');
  }
  for (const method of ['get', 'Get', 'FETCH', 'GETT', 'G', 'A'.repeat(5_000)]) {
    expect((await send(method)).status, method).toBe(501);
  }
});

test('a method told on the side is not believed and goes no further', async () => {
  const before = target.upstream.requests.length;
  for (const line of [
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: DELETE',
    'x_http_method_override: DELETE',
    '_method: DELETE',
  ]) {
    const answer = await get(target.gateways.scoped, '/things?_method=DELETE&a=1', scopedKey, line);
    const told = JSON.parse(answer.body) as ToldBack;
    expect(told).toMatchObject({ method: 'GET', target: '/things?a=1' });
    expect(Object.keys(told.headers).join()).not.toMatch(/method/);
  }
  expect(target.upstream.requests).toHaveLength(before + 5);
});

test('an absolute target has to name the listener itself, and nothing else is one', async () => {
  const { port } = target.gateways.scoped;
  const own = await get(target.gateways.scoped, `http://127.0.0.1:${port}/things`, scopedKey);
  expect((JSON.parse(own.body) as ToldBack).target).toBe('/things');
  for (const [path, status] of [
    ['http://evil.example/things', 421],
    [`http://evil.example:${port}/things`, 421],
    ['https://keyhold.test/things', 421],
    [`http://127.0.0.1:${port}@evil.example/things`, 400],
    [`http://127.0.0.1:${port}`, 400],
    [`http://127.0.0.1:${port}/things/../x`, 400],
    [`ftp://127.0.0.1:${port}/things`, 400],
    ['//evil.example/things', 400],
    ['http:/things', 400],
    ['things', 400],
    ['\\things', 400],
    ['*', 400],
  ] as const) {
    expect((await get(target.gateways.scoped, path, scopedKey)).status, path).toBe(status);
  }
  expect((await get(target.management, 'http://keyhold.test/v1/keys', target.token)).status).toBe(400);
  expect((await get(target.management, 'http://keyhold.test/v1/verify', target.token)).status).toBe(400);
});
