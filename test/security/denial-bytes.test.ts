import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../_http.ts';
import { type Address, EXCHANGES, type Exchange, transcribe, UPGRADE } from './_connection.ts';
import {
  createDeniedKeys,
  createUnknownKeys,
  type DeniedCredential,
  mintUnknown,
  mintUnknownOperatorToken,
} from './_denied-credentials.ts';
import { type KeyspaceId, type SecurityServer, startSecurityServer, UNAUTHORIZED } from './_server.ts';

// What a 401 must not tell: everything that comes back on the connection is the same, byte for byte, whatever was wrong.

const LIVE: readonly KeyspaceId[] = ['standard', 'configured', 'bare'];

let server: SecurityServer;
/** By keyspace that they are presented to: the first is `unknown`, which all others are compared with. */
const denied = new Map<KeyspaceId, readonly DeniedCredential[]>();
/** Keys that were good until their keyspace was retired. */
const retiredKeys: DeniedCredential[] = [];
const deadSessions: DeniedCredential[] = [];
const deadOperatorTokens: DeniedCredential[] = [];

beforeAll(async () => {
  server = await startSecurityServer();
  const { operator } = server;
  const issueGood = async (keyspace: KeyspaceId) => {
    const organization = `good-${keyspace}`;
    await operator('POST', '/v1/organizations', {
      id: organization,
      name: organization,
      features: ['partner'],
    });
    const request = { keyspace, organization, name: 'key', environment: 'live' };
    return (await operator('POST', '/v1/keys', request))['key']!;
  };
  const good = {
    standard: await issueGood('standard'),
    configured: await issueGood('configured'),
    bare: await issueGood('bare'),
    retired: await issueGood('retired'),
  };

  const openSession = async (keyspace: KeyspaceId, organization: string, expires_in = '8h') =>
    (await operator('POST', '/v1/portal-sessions', { keyspace, organization, expires_in }))['token']!;
  const sessionOfSuspended = await openSession('standard', 'good-configured');
  const expiredSession = await openSession('standard', 'good-standard', '30s');

  const makeOperator = (fields: object = {}) =>
    operator('POST', '/v1/operators', { name: 'somebody', scopes: ['keys:read'], ...fields });
  const revokedOperator = await makeOperator();
  await operator('POST', `/v1/operators/${revokedOperator['id']}/revoke`, {});
  const expires_at = new Date(server.clock.nowMs() + 30_000).toISOString();
  const expiredOperator = await makeOperator({ expires_at });

  for (const keyspace of LIVE) {
    const other = keyspace === 'standard' ? 'configured' : 'standard';
    denied.set(keyspace, [
      ...createUnknownKeys(),
      ...(await createDeniedKeys(server, keyspace)),
      { cause: 'of another keyspace', reason: 'wrong_keyspace', presented: good[other] },
      { cause: 'of a retired keyspace', reason: 'wrong_keyspace', presented: good.retired },
      { cause: 'an operator token that is good', reason: 'malformed', presented: server.operatorToken },
    ]);
  }
  retiredKeys.push(...createUnknownKeys(), {
    cause: 'of this keyspace, now retired',
    reason: 'disabled',
    presented: good.retired,
  });
  deadSessions.push(
    { cause: 'expired', reason: 'malformed', presented: expiredSession },
    { cause: 'of a suspended organization', reason: 'malformed', presented: sessionOfSuspended },
    {
      cause: 'of another keyspace',
      reason: 'malformed',
      presented: await openSession('configured', 'good-standard'),
    },
  );
  await operator('PATCH', '/v1/organizations/good-configured', { suspended: true });
  const unknownToken = mintUnknownOperatorToken();
  const operatorTokens: readonly (readonly [string, string])[] = [
    ['unknown', unknownToken],
    [
      'with a checksum that does not fit',
      `${unknownToken.slice(0, -1)}${unknownToken.endsWith('0') ? 1 : 0}`,
    ],
    ['of no shape at all', 'x'],
    ['revoked', revokedOperator['token']!],
    ['expired', expiredOperator['token']!],
    ['a key of the data plane that is good', good.standard],
    ['a key of the data plane that nobody has', mintUnknown()],
    ['a portal session that is good', await openSession('standard', 'good-standard')],
  ];
  deadOperatorTokens.push(
    ...operatorTokens.map(([cause, presented]) => ({ cause, presented, reason: 'malformed' as const })),
  );
  await server.retire();
});
afterAll(() => server?.stop());

function toHead(requestLine: string, keyspace: KeyspaceId, presented: string): string {
  const credential = keyspace === 'bare' ? `X-API-Key: ${presented}` : `Authorization: Bearer ${presented}`;
  return `${requestLine} HTTP/1.1\r\nHost: api.example\r\n${credential}`;
}

/** @returns what all of them have in common. */
async function expectEqualBytes(
  credentials: readonly DeniedCredential[],
  address: Address,
  toRequestHead: (presented: string) => string,
  exchange: Exchange,
): Promise<string> {
  const [first, ...others] = credentials;
  const expected = await transcribe(address, toRequestHead(first!.presented), exchange);
  for (const { cause, presented } of others) {
    expect(await transcribe(address, toRequestHead(presented), exchange), cause).toBe(expected);
  }
  return expected;
}

/** The answers in a transcript, which may begin with an interim one. */
function statusesIn(transcript: string): readonly string[] {
  return [...transcript.matchAll(/(?:^|\r\n\r\n|\})HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]!);
}

test.each(LIVE)('every credential is bad for the reason it stands for: %s', async (keyspace) => {
  for (const { cause, presented, reason } of denied.get(keyspace)!) {
    if (presented.length > 512) continue;
    const { body } = await call('POST', `http://127.0.0.1:${portOf(server.management)}/v1/verify`, {
      key: server.operatorToken,
      body: { key: presented, keyspace, client_ip: '127.0.0.1' },
    });
    expect(body, cause).toEqual({ valid: false, reason });
  }
});

test('a key of a retired keyspace is denied as such', async () => {
  const { presented } = retiredKeys.at(-1)!;
  const body = await server.operator('POST', '/v1/verify', { key: presented, keyspace: 'retired' });
  expect(body).toEqual({ valid: false, reason: 'disabled' });
});

const FACES: readonly {
  readonly name: string;
  readonly address: (keyspace: KeyspaceId) => Address;
  readonly requestLine: (keyspace: KeyspaceId) => string;
  readonly exchanges: readonly Exchange[];
}[] = [
  {
    name: 'the gateway',
    address: (keyspace) => server.gateway(keyspace),
    requestLine: () => 'GET /messages',
    exchanges: [...EXCHANGES, UPGRADE],
  },
  {
    name: 'self-service',
    address: (keyspace) => server.gateway(keyspace),
    requestLine: () => 'POST /keys',
    exchanges: EXCHANGES,
  },
  {
    name: 'forward-auth',
    address: () => server.management,
    requestLine: (keyspace) => `GET /v1/authorize/${keyspace}/messages`,
    exchanges: EXCHANGES,
  },
  {
    name: 'forward-auth over a Unix socket',
    address: () => server.authorizeSocket,
    requestLine: (keyspace) => `GET /v1/authorize/${keyspace}/messages`,
    exchanges: EXCHANGES,
  },
];

describe.each(FACES)('$name', ({ address, requestLine, exchanges }) => {
  describe.each(exchanges)('a request $name', (exchange) => {
    test.each(LIVE)('is answered in the same bytes for every cause: %s', async (keyspace) => {
      const transcript = await expectEqualBytes(
        denied.get(keyspace)!,
        address(keyspace),
        (presented) => toHead(requestLine(keyspace), keyspace, presented),
        exchange,
      );
      expect(statusesIn(transcript)).toContain('401');
      if (keyspace === 'configured' && exchange.withoutBody !== true) {
        expect(transcript).toContain(`\r\n\r\n${JSON.stringify(UNAUTHORIZED)}`);
      }
    });
  });

  test('a keyspace that is retired answers for its own keys as for unknown ones', async () => {
    for (const exchange of exchanges) {
      await expectEqualBytes(
        retiredKeys,
        address('retired'),
        (presented) => toHead(requestLine('retired'), 'retired', presented),
        exchange,
      );
    }
  });

  test('a denial leaves the connection open for the next request', async () => {
    const head = toHead(requestLine('standard'), 'standard', mintUnknown());
    for (const exchange of exchanges.slice(0, 2)) {
      const transcript = await transcribe(address('standard'), head, exchange);
      expect(statusesIn(transcript), exchange.name).toEqual(['401', '401']);
    }
  });
});

describe.each(EXCHANGES)('a self-service request $name', (exchange) => {
  test('with a portal session that ended is answered in the bytes of a bad key', async () => {
    const transcript = await expectEqualBytes(
      [...denied.get('standard')!.slice(0, 1), ...deadSessions],
      server.gateway('standard'),
      (presented) => toHead('GET /keys', 'standard', presented),
      exchange,
    );
    expect(statusesIn(transcript)).toContain('401');
  });
});

const MANAGEMENT = [
  'GET /v1/keys',
  'POST /v1/keys',
  'POST /v1/organizations/good-standard/revoke-keys',
  'GET /v1/audit-events',
  'POST /v1/operators',
  'POST /v1/verify',
  'POST /v1/introspect',
];

describe.each(MANAGEMENT)('%s', (requestLine) => {
  test.each(EXCHANGES)(
    'answers every bad operator token in the same bytes: a request $name',
    async (exchange) => {
      const transcript = await expectEqualBytes(
        deadOperatorTokens,
        server.management,
        (presented) => toHead(requestLine, 'standard', presented),
        exchange,
      );
      if (exchange.withoutBody !== true) expect(statusesIn(transcript)).toContain('401');
    },
  );
});

test('an operator token revoked while its call is under way is answered like any other bad one', async () => {
  const { operator } = server;
  const acting = await operator('POST', '/v1/operators', { name: 'acting', scopes: ['keys:write'] });
  const body = JSON.stringify({
    keyspace: 'standard',
    organization: 'good-standard',
    name: 'key',
    environment: 'live',
  });
  const issue: Exchange = {
    name: 'that issues',
    begin: (head) =>
      `${head}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  };
  const toIssueHead = (presented: string) => toHead('POST /v1/keys', 'standard', presented);
  server.beforeNextIssue = () => operator('POST', `/v1/operators/${acting['id']}/revoke`, {});
  const overtaken = await transcribe(server.management, toIssueHead(acting['token']!), issue);
  expect(server.beforeNextIssue).toBeNull();
  expect(overtaken).toBe(await transcribe(server.management, toIssueHead(mintUnknownOperatorToken()), issue));
});

test('introspection says of every bad key that it is not active, and nothing else', async () => {
  const head = `POST /v1/introspect HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer ${server.operatorToken}`;
  const introspect = (presented: string) =>
    transcribe(server.management, head, {
      name: 'with a form',
      begin: (request) => {
        const form = `token=${encodeURIComponent(presented)}`;
        return `${request}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
      },
    });
  const expected = await introspect(mintUnknown());
  expect(expected).toContain('\r\n\r\n{"active":false}');
  for (const keyspace of LIVE) {
    for (const { cause, presented, reason } of denied.get(keyspace)!) {
      // It asks about no keyspace, so a good key of another one is good.
      if (reason === 'wrong_keyspace' && cause !== 'of a retired keyspace') continue;
      expect(await introspect(presented), cause).toBe(expected);
    }
  }
});

function portOf(address: Address): number {
  return 'port' in address ? address.port : 0;
}
