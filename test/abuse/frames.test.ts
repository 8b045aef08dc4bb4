import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ToldBack } from '../_recorder.ts';
import { startTarget, type Target } from './_target.ts';
import { type Address, exchange, request } from './_wire.ts';

// Requests whose end, or whose beginning, two servers could see in two places: every class of them that Http11Probe
// publishes and that concerns HTTP/1 as it is spoken here. Each carries a good credential and a further request behind it,
// so that whatever is read wrongly shows as an answer too many or a request at the upstream.

let target: Target;
let key: string;

beforeAll(async () => {
  target = await startTarget();
  key = (await target.issue({ scopes: ['read', 'write'] })).key;
});
afterAll(() => target?.stop());
let reachedBefore = 0;
beforeEach(() => {
  reachedBefore = target.upstream.requests.length;
});
const reached = () => target.upstream.requests.slice(reachedBefore);

interface Listener {
  readonly address: () => Address;
  readonly credential: () => string;
  readonly path: string;
}

const LISTENERS: Record<string, Listener> = {
  'the gateway': {
    address: () => target.gateways.scoped,
    credential: () => key,
    path: '/things',
  },
  'the management port': {
    address: () => target.management,
    credential: () => target.token,
    path: '/v1/organizations',
  },
  verify: { address: () => target.management, credential: () => target.token, path: '/v1/verify' },
  'the forward-auth socket': {
    address: () => target.authorizeSocket,
    credential: () => key,
    path: '/v1/authorize/scoped/things',
  },
};

/** What an attacker would have somebody else's connection answer. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX: ';
const CHUNKED = 'Transfer-Encoding: chunked';
const WHOLE = '2\r\n{}\r\n0\r\n\r\n';

/** A head with something wrong in it: the request line, then the other lines. */
type Broken = readonly [
  what: string,
  lines: (path: string, credential: string) => readonly string[],
  status?: number,
];

const HEADS: readonly Broken[] = [
  ['no Host', (path, credential) => [`GET ${path} HTTP/1.1`, credential]],
  ['two Hosts', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'Host: b', credential]],
  ['two equal Hosts', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', credential, 'host: a']],
  ['an empty Host', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host:', credential]],
  ['a Host with a user', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: b@a', credential]],
  ['a Host with a path', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a/b', credential]],
  ['a list of Hosts', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a, b', credential]],
  ['a blank before the colon', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host : a', credential]],
  ['a tab in a name', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X\tY: 1', credential]],
  ['a name of no characters', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', ': 1', credential]],
  ['brackets in a name', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X[]: 1', credential]],
  [
    'a name that is not ASCII',
    (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', '\u00e9: 1', credential],
  ],
  [
    'a line without a colon',
    (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'nonsense', credential],
  ],
  ['a folded line', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', credential, ' folded']],
  [
    'a blank before the first header',
    (path, credential) => [`GET ${path} HTTP/1.1`, ' X: 1', 'Host: a', credential],
  ],
  ['a NUL in a value', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X: a\u0000b', credential]],
  ['a bell in a value', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X: a\u0007b', credential]],
  ['a bare CR in a value', (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X: a\rb', credential]],
  [
    'a bare LF in a value',
    (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', 'X: a\nb: c', credential],
  ],
  ['a bare LF after the request line', (path, credential) => [`GET ${path} HTTP/1.1\nHost: a`, credential]],
  ['a bare CR after the request line', (path, credential) => [`GET ${path} HTTP/1.1\rHost: a`, credential]],
  ['no target', (_, credential) => ['GET HTTP/1.1', 'Host: a', credential]],
  ['a NUL in the target', (path, credential) => [`GET ${path}\u0000 HTTP/1.1`, 'Host: a', credential]],
  [
    'a target that is not ASCII',
    (path, credential) => [`GET ${path}/\u00e9 HTTP/1.1`, 'Host: a', credential],
  ],
  ['a tab in the request line', (path, credential) => [`GET\t${path}\tHTTP/1.1`, 'Host: a', credential]],
  ['more after the version', (path, credential) => [`GET ${path} HTTP/1.1 HTTP/1.1`, 'Host: a', credential]],
  ['a version without a minor', (path, credential) => [`GET ${path} HTTP/1`, 'Host: a', credential]],
  ['a version with a leading zero', (path, credential) => [`GET ${path} HTTP/01.1`, 'Host: a', credential]],
  ['a version with a blank', (path, credential) => [`GET ${path} HTTP/ 1.1`, 'Host: a', credential]],
  ['a version in lower case', (path, credential) => [`GET ${path} http/1.1`, 'Host: a', credential]],
  ['HTTP/1.2', (path, credential) => [`GET ${path} HTTP/1.2`, 'Host: a', credential]],
  [
    'HTTP/2.0 in the syntax of HTTP/1',
    (path, credential) => [`GET ${path} HTTP/2.0`, 'Host: a', credential],
    505,
  ],
  ['HTTP/0.9', (path) => [`GET ${path}`], 505],
  ['the preface of HTTP/2', () => ['PRI * HTTP/2.0', '', 'SM']],
  ['a hello of TLS', () => ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003']],
  ['bytes at random', () => ['\u00ff\u00fe\u0000\u0001\u0002']],
  ['a line of blanks', () => ['   ']],
  [
    '16 kB of target',
    (path, credential) => [`GET ${path}?${'a'.repeat(17_000)} HTTP/1.1`, 'Host: a', credential],
    431,
  ],
  [
    '16 kB of a name',
    (path, credential) => [`GET ${path} HTTP/1.1`, 'Host: a', `${'a'.repeat(17_000)}: 1`, credential],
    431,
  ],
  [
    '101 fields',
    (path, credential) => [
      `GET ${path} HTTP/1.1`,
      'Host: a',
      ...'X: 1\n'.repeat(99).trim().split('\n'),
      credential,
    ],
    431,
  ],
];

/** What frames a body, and the body. */
const FRAMES: readonly (readonly [what: string, lines: readonly string[], body: string])[] = [
  ['a length and a coding', ['Content-Length: 12', CHUNKED], WHOLE],
  ['a coding and a length', [CHUNKED, 'Content-Length: 12'], WHOLE],
  ['a length over a shorter coded body (CL.TE)', ['Content-Length: 60', CHUNKED], `0\r\n\r\n${SMUGGLED}`],
  ['a length that ends in a chunk (TE.CL)', ['Content-Length: 4', CHUNKED], `25\r\n${SMUGGLED}\r\n0\r\n\r\n`],
  ['two equal lengths', ['Content-Length: 2', 'Content-Length: 2'], '{}'],
  ['two lengths', ['Content-Length: 2', 'Content-Length: 40'], '{}'],
  ['a list of equal lengths', ['Content-Length: 2, 2'], '{}'],
  ['a list of lengths', ['Content-Length: 2, 40'], '{}'],
  ...['', '+2', '-2', '-0', '0x2', '0o2', '1_0', '0 2', '2.0', '2e0', 'two', '02', '00', '2,'].map(
    (length) => [`the length "${length}"`, [`Content-Length: ${length}`], '{}'] as const,
  ),
  ['a length past 64 bits', ['Content-Length: 18446744073709551618'], '{}'],
  ['a length of 100 digits', [`Content-Length: ${'9'.repeat(100)}`], '{}'],
  ['a blank before the colon of a length', ['Content-Length : 2'], '{}'],
  ['a blank before the colon of a coding', ['Transfer-Encoding : chunked'], WHOLE],
  ['a folded coding', ['Transfer-Encoding:\r\n chunked'], WHOLE],
  ...[
    '',
    'xchunked',
    'identity',
    'gzip',
    'chunked, identity',
    'identity, chunked',
    'gzip, chunked',
    'chunked, chunked',
  ].map((coding) => [`the coding "${coding}"`, [`Transfer-Encoding: ${coding}`], WHOLE] as const),
  ...[
    ',chunked',
    'chunked,',
    'chunked;a=b',
    '"chunked"',
    "'chunked'",
    'chunked\u0000',
    '\u000bchunked',
    'chunked\u000c',
  ].map(
    (coding) => [`the coding ${JSON.stringify(coding)}`, [`Transfer-Encoding: ${coding}`], WHOLE] as const,
  ),
  ['two codings', [CHUNKED, 'Transfer-Encoding: identity'], WHOLE],
  ['a coding twice', [CHUNKED, CHUNKED], WHOLE],
];

/** Bodies in chunks that are none. */
const CHUNKS: readonly (readonly [what: string, body: string, status?: number])[] = [
  ...['0x2', '-2', '+2', '1_0', ' 2', '2 ', '\t2', 'g', '', '2.0'].map(
    (size) => [`the size ${JSON.stringify(size)}`, `${size}\r\n{}\r\n0\r\n\r\n`] as const,
  ),
  ['a size past 64 bits', `10000000000000002\r\n{}\r\n0\r\n\r\n`],
  ['a size of 100 digits', `${'F'.repeat(100)}\r\n{}\r\n0\r\n\r\n`],
  ['a bare LF after a size', '2\n{}\r\n0\r\n\r\n'],
  ['a bare CR after a size', '2\r{}\r\n0\r\n\r\n'],
  ['a bare LF after data', '2\r\n{}\n0\r\n\r\n'],
  ['nothing after data', '2\r\n{}0\r\n\r\n'],
  ['more data than its size', '2\r\n{}{}\r\n0\r\n\r\n'],
  ['less data than its size', '3\r\n{}\r\n0\r\n\r\n'],
  ['bare LFs at the end', '2\r\n{}\r\n0\n\n'],
  ['an extension without a name', '2;\r\n{}\r\n0\r\n\r\n'],
  ['a NUL in an extension', '2;a=\u0000\r\n{}\r\n0\r\n\r\n'],
  ['a bare CR in an extension', '2;a\rb\r\n{}\r\n0\r\n\r\n'],
  ['a bare LF in an extension', '2;a\n{}\r\n0\r\n\r\n'],
  ['a bare LF in the extension of the last', `2\r\n{}\r\n0;a\n\r\n`],
  ['64 kB of extension', `2;a=${'b'.repeat(65_536)}\r\n{}\r\n0\r\n\r\n`, 413],
  ['a length among the trailers', '2\r\n{}\r\n0\r\nContent-Length: 60\r\n\r\n'],
  ['a coding among the trailers', '2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a trailer without a colon', '2\r\n{}\r\n0\r\nnonsense\r\n\r\n'],
  ['16 kB of trailer', `2\r\n{}\r\n0\r\nX: ${'a'.repeat(65_536)}\r\n\r\n`, 431],
];

function authorization({ credential }: Listener): string {
  return `Authorization: Bearer ${credential()}`;
}

function post(listener: Listener, frame: readonly string[], body: string): string {
  const head = [`POST ${listener.path} HTTP/1.1`, 'Host: a', authorization(listener)];
  return request([...head, 'Content-Type: application/json', ...frame], body);
}

/** One refusal, and then nothing: neither an answer to what follows nor a request at the upstream. */
async function expectRefused(
  { address }: Listener,
  bytes: string,
  statuses: readonly number[],
): Promise<void> {
  const { answers, rest } = await exchange(address(), bytes + SMUGGLED);
  expect(answers).toHaveLength(1);
  expect(rest).toBe('');
  expect(statuses).toContain(answers[0]?.status);
  expect(answers[0]?.header('connection')).toBe('close');
  expect(answers[0]?.header('keyhold-request-id')).toMatch(/./);
  expect(reached()).toEqual([]);
}

describe.each(Object.entries(LISTENERS))('%s', (_, listener) => {
  test.each(HEADS.map(([what, lines, status = 400]) => [what, lines, status] as const))(
    'answers %s with a refusal and ends the connection',
    async (_what, lines, status) => {
      await expectRefused(listener, request(lines(listener.path, authorization(listener))), [status]);
    },
  );

  test.each(FRAMES)(
    'answers %s as a frame with a refusal and ends the connection',
    async (_what, frame, body) => {
      await expectRefused(listener, post(listener, frame, body), [400]);
    },
  );
});

// Forward-auth reads no body, so it may have answered before the chunks turn out to be none.
const { 'the forward-auth socket': _, ...readers } = LISTENERS;

describe.each(Object.entries(readers))('%s', (_name, listener) => {
  test.each(CHUNKS.map(([what, body, status = 400]) => [what, body, status] as const))(
    'answers a body with %s with a refusal and ends the connection',
    async (_what, body, status) => {
      // The gateway cannot tell what its client's half of an upload broke on.
      await expectRefused(listener, post(listener, [CHUNKED], body), [400, status]);
    },
  );
});

describe.each(Object.entries(LISTENERS))('a body that %s does not read', (_name, listener) => {
  const inner = (path: string) => request([`GET ${path} HTTP/1.1`, 'Host: a', authorization(listener)]);
  const framed = (body: string): readonly (readonly [string[], string])[] => [
    [[`Content-Length: ${body.length}`], body],
    [[CHUNKED], `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ];

  test('is never a request, whatever the answer to the one it belongs to', async () => {
    const good = authorization(listener);
    for (const [method, path, credential] of [
      ['GET', listener.path, good],
      ['GET', listener.path, 'Authorization: Bearer bad'],
      ['GET', listener.path, 'X: 1'],
      ['DELETE', listener.path, good],
      ['OPTIONS', listener.path, good],
      ['POST', '/nowhere', good],
      ['POST', `${listener.path}//x`, good],
      ['TRACE', listener.path, good],
    ] as const) {
      for (const [frame, body] of framed(inner('/smuggled'))) {
        const outer = request([`${method} ${path} HTTP/1.1`, 'Host: a', credential, ...frame], body);
        const last = request(['GET /nowhere HTTP/1.1', 'Host: a', 'Connection: close']);
        const { answers, rest } = await exchange(listener.address(), outer + last);
        expect({ count: answers.length, rest }, `${method} ${path} ${frame.join()}`).toEqual({
          count: 2,
          rest: '',
        });
      }
    }
    expect(reached().filter((arrived) => arrived.target !== listener.path)).toEqual([]);
  });
});

test('an upgrade is never carried out where no route allows one, and nothing after it is of another protocol', async () => {
  for (const [name, listener] of Object.entries(LISTENERS)) {
    for (const lines of [
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'],
      [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${'A'.repeat(22)}==`,
      ],
      ['Connection: Upgrade', 'Upgrade: TLS/1.0'],
      ['Connection: Upgrade', 'Upgrade: unheard-of'],
      ['Connection: close', 'Upgrade: websocket'],
    ]) {
      const head = request([`GET ${listener.path} HTTP/1.1`, 'Host: a', authorization(listener), ...lines]);
      const { answers } = await exchange(listener.address(), `${head}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`);
      // Only what is forwarded can be taken for an upgrade by somebody else; elsewhere the header has no meaning.
      const expected = { 'the gateway': [400], verify: [405] }[name] ?? [200];
      expect(
        answers.map(({ status }) => status),
        `${name}: ${lines.join()}`,
      ).toEqual(expected);
    }
  }
  expect(reached()).toEqual([]);
});

test('a WebSocket opens on its own operation only, by GET and with the whole handshake', async () => {
  const gateway = LISTENERS['the gateway'] as Listener;
  const handshake = ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${'A'.repeat(22)}==`];
  for (const lines of [
    ['POST /things/socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'],
    ['GET /things/socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket, h2c'],
    ['GET /things/socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'],
    ['GET /things/socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 5'],
    ['GET /things/socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', CHUNKED],
    ['GET /things/Socket HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'],
    ['GET /things/socket HTTP/1.0', 'Connection: Upgrade', 'Upgrade: websocket', CHUNKED],
  ]) {
    const [start = '', ...rest] = lines;
    const bytes = request([start, 'Host: a', authorization(gateway), ...handshake, ...rest]);
    const { answers } = await exchange(gateway.address(), bytes);
    expect(
      answers.map(({ status }) => status),
      String(lines),
    ).toEqual([400]);
  }
  expect(reached()).toEqual([]);
});

test('the upstream gets one length that the gateway wrote, and no other spelling of one', async () => {
  const gateway = LISTENERS['the gateway'] as Listener;
  const { answers } = await exchange(
    gateway.address(),
    post(
      gateway,
      [
        'content-LENGTH: 2',
        'Content_Length: 90',
        'Transfer_Encoding: chunked',
        'Connection: close, content-length',
      ],
      '{}',
    ),
  );
  const told = JSON.parse(answers[0]?.body ?? '') as ToldBack;
  expect(told.body).toBe('{}');
  const [arrived] = reached();
  const names = (arrived?.message.rawHeaders ?? [])
    .filter((_text, i) => i % 2 === 0)
    .map((name) => name.toLowerCase());
  expect(names.filter((name) => /length|coding/.test(name.replace('_', '-')))).toEqual(['content-length']);
});

test('trailers go no further, whatever they are called', async () => {
  const gateway = LISTENERS['the gateway'] as Listener;
  const trailers = 'Authorization: Bearer x\r\nHost: evil\r\nKeyhold-Key-Id: key_x\r\nX: 1\r\n';
  const { answers } = await exchange(
    gateway.address(),
    post(gateway, [CHUNKED, 'Connection: close'], `2\r\n{}\r\n0\r\n${trailers}\r\n`),
  );
  expect(answers[0]?.status).toBe(200);
  const [arrived] = reached();
  expect(arrived?.message.trailers).toEqual({});
  expect(arrived?.headers.host).not.toBe('evil');
  expect(arrived?.headers['x']).toBeUndefined();
});
