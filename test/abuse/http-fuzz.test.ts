import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Keyhold, startKeyhold } from '../_harness.ts';
import { call } from '../_http.ts';
import { CONFIGURATION, SCOPED_KEY } from './_target.ts';
import { type Address, ask, connect, readAnswers, request } from './_wire.ts';

// Good requests with anything done to their bytes, against the command as it is run. A failure prints the seed and the
// smallest case that shows it. KEYHOLD_FUZZ_RUNS makes it longer, KEYHOLD_FUZZ_SEED repeats one.

const RUNS = Number(process.env['KEYHOLD_FUZZ_RUNS'] ?? 120);
const SEED = process.env['KEYHOLD_FUZZ_SEED'];
/** Sent at the same time, on a connection each. */
const BATCH = 16;
/** For an answer that may not come, because the bytes ask for more; what is missed then is only a chance to find fault. */
const PATIENCE_MS = 40;
/** From the client's end to the server's; this is a hang and not a slow machine. */
const HANG_MS = 60_000;
const DOCUMENTED_FAILURES: readonly number[] = [501, 502, 503, 504, 505, 507];
/** What a process may hold in the end more than after its first requests. */
const MAX_GROWTH_BYTES = 128 * 1024 * 1024;

let upstream: Server;
/** What reached the upstream and should not have. */
const intruders: string[] = [];
let keyhold: Keyhold;
/** Those of the keys that may reach the upstream. */
let keyIds: readonly string[] = [];
let token: string;
let key: string;
let bareKey: string;
let sessionToken: string;
let bases: readonly Base[];

interface Base {
  readonly address: Address;
  readonly bytes: string;
}

beforeAll(async () => {
  upstream = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    const isKnown = keyIds.includes(String(headers['keyhold-key-id']));
    // What a client copies into a header of another name is its own affair.
    const credentials = Object.entries(headers).filter(([name]) => /authorization|api[-_]key/.test(name));
    const holdsSecret = [key, bareKey].some((secret) => JSON.stringify(credentials).includes(secret));
    if (!isKnown || holdsSecret || url === '/smuggled')
      intruders.push(`${method} ${url} ${JSON.stringify(headers)}`);
    incoming.on('error', () => {}).resume();
    response.end('ok');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  keyhold = await startKeyhold(CONFIGURATION(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`));
  await keyhold.createOrganization('acme');
  const scoped = await keyhold.issue(SCOPED_KEY);
  const bare = await keyhold.issue({ keyspace: 'bare', organization: 'acme', name: 'key' });
  keyIds = [scoped.id, bare.id];
  ({ key } = scoped);
  bareKey = bare.key;
  sessionToken = await keyhold.portalToken('scoped', 'acme');
  const scopes = ['verify', 'keys:read', 'keys:write', 'organizations:read'];
  const operator = await keyhold.operator('POST', '/v1/operators', { name: 'fuzz', scopes });
  token = (operator.body as { token: string }).token;
  bases = makeBases();
});
afterAll(async () => {
  await keyhold?.stop();
  upstream.closeAllConnections();
  upstream.close();
});

function makeBases(): readonly Base[] {
  const management = addressOf(keyhold.url);
  const scoped = addressOf(keyhold.gateway('scoped'));
  const bearer = (secret: string) => `Authorization: Bearer ${secret}`;
  const make = (
    address: Address,
    line: string,
    lines: readonly string[],
    body = '',
    framing?: string,
  ): Base => {
    const length = body === '' ? [] : [framing ?? `Content-Length: ${body.length}`];
    return { address, bytes: request([`${line} HTTP/1.1`, 'Host: keyhold.test', ...lines, ...length], body) };
  };
  const json = 'Content-Type: application/json';
  const chunked = `5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`;
  return [
    make(scoped, 'GET /things?a=1', [bearer(key), 'Accept: */*']),
    make(scoped, 'GET /things/1', [bearer(key), 'Connection: close']),
    make(scoped, 'POST /things', [bearer(key), json], '{"a":1}'),
    make(scoped, 'GET /things', [bearer(key)], chunked, 'Transfer-Encoding: chunked'),
    make(scoped, 'GET /things', [bearer('sc_live_unknown'), 'X-Forwarded-For: 192.0.2.1']),
    make(scoped, 'GET /things', ['Keyhold-Key-Id: key_x', 'Keyhold-Organization: acme']),
    make(scoped, 'GET /keys', [bearer(sessionToken)]),
    make(
      scoped,
      'POST /keys',
      [bearer(sessionToken), json],
      '{"name":"a","environment":"live","scopes":"read"}',
    ),
    make(addressOf(keyhold.gateway('bare')), 'PUT /x', [`X-API-Key: ${bareKey}`], 'body'),
    make(management, 'GET /v1/keys?limit=1', [bearer(token)]),
    make(management, 'POST /v1/keys', [bearer(token), json], JSON.stringify(SCOPED_KEY)),
    make(
      management,
      'POST /v1/verify',
      [bearer(token), json],
      JSON.stringify({ key, operation: 'GET /things' }),
    ),
    make(management, 'POST /v1/verify', [json], JSON.stringify({ key })),
    make(
      management,
      'POST /v1/introspect',
      [bearer(token), 'Content-Type: application/x-www-form-urlencoded'],
      `token=${key}`,
    ),
    make(management, 'GET /v1/authorize/scoped/things', [
      bearer(key),
      'X-Original-Method: GET',
      'X-Original-URI: /things',
    ]),
    make(management, 'GET /v1/authorize/scoped', [
      bearer('unknown'),
      'X-Forwarded-Method: GET',
      'X-Forwarded-Uri: /things',
    ]),
  ];
}

function addressOf(url: string): Address {
  return { port: Number(new URL(url).port) };
}

const BYTES = ['\r\n', '\n', '\r', '\0', ' ', '\t', '\x7f', '\x80', '\xff', '\xc3\xa9'] as const;
const SIGNS = ': , ; " \\ % %00 %2e %2F .. // ? # * { } [ ="'.split(' ');
const WORDS =
  'GET HEAD DELETE OPTIONS TRACE CONNECT PRI HTTP/1.0 HTTP/2.0 HTTP/0.9 chunked identity close'.split(' ');
const VALUES = '-1 1e999 null __proto__ \\u0000 ,"a": http://evil ffffffff 99999999999999999999'.split(' ');
const ENDS = [
  '\r\n\r\n',
  '0\r\n\r\n',
  'Bearer ',
  'a'.repeat(20_000),
  'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
] as const;

/** Put in between lines. */
const LINES = [
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 7\r\n',
  'Host: evil\r\n',
  'Authorization: Bearer other\r\n',
  'Connection: close, authorization, keyhold-key-id\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
  'Upgrade: h2c\r\n',
  'Expect: 100-continue\r\n',
  'Expect: cake\r\n',
  'Keyhold-Key-Id: key_other\r\n',
  'X-HTTP-Method-Override: DELETE\r\n',
  'X: 1\r\n'.repeat(120),
  'X_API_Key: other\r\n',
  'X-Original-URI: /\r\n',
  'Idempotency-Key: a\r\n',
  ' folded\r\n',
  '\r\n',
] as const;

type Mutation =
  | { readonly kind: 'line'; readonly at: number; readonly line: string }
  | { readonly kind: 'insert'; readonly at: number; readonly piece: string }
  | { readonly kind: 'overwrite'; readonly at: number; readonly piece: string }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bits: number }
  | { readonly kind: 'copy'; readonly at: number; readonly length: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number };

const at = fc.nat(2_000);
const length = fc.integer({ min: 1, max: 80 });
const piece = fc.oneof(
  fc.constantFrom(...BYTES, ...SIGNS, ...WORDS, ...VALUES, ...ENDS),
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 4 }),
  // As good a character of a credential as the one that stands there.
  fc.constantFrom('A', 'z', '0', '7', '-', '_'),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('line' as const),
      at: fc.nat(10),
      line: fc.constantFrom(...LINES),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('insert' as const), at, piece }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), at, piece }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at, length }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), at, bits: fc.integer({ min: 1, max: 255 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy' as const), at, length, to: at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at }) },
);
const mutated = fc.record({ base: fc.nat(15), mutations: fc.array(mutation, { maxLength: 4 }) });

function mutate(bytes: string, mutations: readonly Mutation[]): string {
  return mutations.reduce<string>(mutateOnce, bytes);
}

function mutateOnce(text: string, change: Mutation): string {
  const start = change.at % (text.length + 1);
  const [before, after] = [text.slice(0, start), text.slice(start)];
  switch (change.kind) {
    case 'line': {
      const lines = text.split(/(?<=\r\n)/);
      return lines.toSpliced(change.at % (lines.length + 1), 0, change.line).join('');
    }
    case 'insert':
      return before + change.piece + after;
    case 'overwrite':
      return before + change.piece + after.slice(change.piece.length);
    case 'delete':
      return before + after.slice(change.length);
    case 'flip':
      return before + String.fromCharCode((after.charCodeAt(0) || 0) ^ change.bits) + after.slice(1);
    case 'copy': {
      const to = change.to % (text.length + 1);
      return text.slice(0, to) + after.slice(0, change.length) + text.slice(to);
    }
    case 'cut':
      return before;
  }
}

/** Sends bytes, takes what comes of them, then ends its side and waits for the server to end the other. */
async function play(address: Address, bytes: string): Promise<string> {
  const connection = await connect(address);
  connection.write(bytes);
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, PATIENCE_MS);
  await Promise.race([connection.answer().catch(() => {}), patience.promise]);
  clearTimeout(timer);
  connection.socket.end();
  const hang = setTimeout(
    () => connection.socket.destroy(new Error('The server never ends this connection.')),
    HANG_MS,
  );
  const error = await connection.closed;
  clearTimeout(hang);
  expect(['ECONNRESET', 'EPIPE', null]).toContain(error);
  return connection.received;
}

/** Whether the bytes hold, on a line of its own, a credential that opens anything. */
function hasGoodCredential(bytes: string): boolean {
  const bearer = [key, token, sessionToken].map(RegExp.escape).join('|');
  return new RegExp(
    `(?:^|[\\r\\n])(?:authorization:\\s*bearer +(?:${bearer})|x-api-key:\\s*${RegExp.escape(bareKey)})\\s`,
    'i',
  ).test(bytes);
}

async function expectSafe({ address, bytes }: Base): Promise<void> {
  const received = await play(address, bytes);
  // To HEAD the body that is announced does not come, so what follows cannot be told from it.
  if (/HEAD/.test(bytes)) return;
  for (const { status, body } of readAnswers(received).answers) {
    if (status >= 500) expect(DOCUMENTED_FAILURES).toContain(status);
    if (status < 300 && !/OPTIONS\s+\*/.test(bytes)) expect(hasGoodCredential(bytes)).toBe(true);
    if (/"(?:valid|active)":true/.test(body)) expect(bytes).toContain(key);
  }
}

async function residentBytes(): Promise<number> {
  const { text } = await call('GET', `${keyhold.url}/metrics`);
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

async function expectServing(): Promise<void> {
  for (const { address, bytes } of [bases[0], bases[9]] as Base[]) {
    const answer = await ask(address, bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect(answer.status).toBe(200);
  }
}

test('no bytes made of a good request open anything without its credential, fail the server, hang it, end it or fill it', async () => {
  await expectServing();
  let runs = 0;
  let residentBefore = Number.NaN;
  await fc.assert(
    fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: BATCH, size: 'max' }), async (cases) => {
      const requests = cases.map(({ base, mutations }) => {
        const { address, bytes } = bases[base] as Base;
        return { address, bytes: mutate(bytes, mutations) };
      });
      await Promise.all(requests.map(expectSafe));
      expect(intruders.splice(0)).toEqual([]);
      // The first requests also load code and grow pools.
      if (++runs === Math.ceil(RUNS / 4)) residentBefore = await residentBytes();
    }),
    { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
  );
  await expectServing();
  expect((await residentBytes()) - residentBefore).toBeLessThan(MAX_GROWTH_BYTES);
  for (const secret of [key, bareKey, token, sessionToken]) expect(keyhold.output()).not.toContain(secret);
});
