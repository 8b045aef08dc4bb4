import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Verifier } from '@keyhold/coherence';
import { compileKeyFormat, KeyholdError } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import type { RequestKey } from '@keyhold/sdk';
import { toKeyholdVerifier } from '@keyhold/sdk';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  afterThisTest,
  connect,
  exchangeRaw,
  gatewayDefinition,
  keyspaceDefinition,
  moment,
  startGateway,
  startUpstream,
} from '../../gateway/test/_util.ts';
import { FIRST, LATE, portOf, type Subject } from './_subjects.ts';

const randomBytes = createSeededRandom(11);
const UNAUTHORIZED = { statusCode: 401, error: 'Unauthorized', message: 'Invalid or expired token' };

const DEFAULT = keyspaceDefinition({
  acceptsEnvironments: ['live'],
  requiresFeature: 'api',
  scopes: { send: ['POST /send'], query: ['GET /', 'GET /x', 'GET /wait', 'GET /stream', 'GET /scoped'] },
  errors: { unauthorized: UNAUTHORIZED },
});
const KEYSPACES = [DEFAULT, keyspaceDefinition({ id: 'other' })];

/** The gateway and a middleware over the same keys. */
async function startBoth(subject: Subject) {
  const upstream = await startUpstream((_, response) => response.end('upstream'));
  const gateway = await startGateway([gatewayDefinition(upstream.url)], {
    keyspaces: KEYSPACES,
    createRequestId: randomUUID,
  });
  await gateway.keyring.changeOrganization({ features: ['api'] });
  let live = true;
  const { verifier, clock } = { verifier: gateway.keyring.verifier, clock: gateway.clock };
  const underLease: Verifier = {
    keyspace: (id) => verifier.keyspace(id),
    mayAnswer: () => live,
    verify(presentedKey, question) {
      const verdict = verifier.verify(presentedKey, question);
      if (!live) throw new KeyholdError('lease_lost', 'lost');
      return verdict;
    },
    admit: (admitted, flight) => verifier.admit(admitted, flight),
  };
  const release = moment();
  const arrival = moment<RequestKey>();
  const arrivals = new EventEmitter<{ arrived: [] }>();
  let arrived = 0;
  const scene = {
    arrived(key: RequestKey) {
      arrival.reach(key);
      arrived++;
      arrivals.emit('arrived');
    },
    release: release.reached,
  };
  const requests = { verifier: underLease, clock };
  const running = await subject.start(
    { verifier: toKeyholdVerifier(requests, () => Number.POSITIVE_INFINITY), keyspace: 'default' },
    scene,
  );
  afterThisTest(async () => {
    release.reach();
    await running.stop();
  });
  const issue = async (overrides = {}) => gateway.keyring.issue({ scopes: ['query'], ...overrides });
  return {
    keyring: gateway.keyring,
    clock,
    gatewayPort: gateway.port,
    port: portOf(running.server),
    issue,
    /** A key as they are, which was never issued. */
    mint: () => compileKeyFormat(DEFAULT.key.format, DEFAULT.environments).mint('live', randomBytes),
    arrived: arrival.reached,
    /** Resolves when this many requests have reached their routes. */
    async allArrived(count: number) {
      while (arrived < count) await once(arrivals, 'arrived');
    },
    release: release.reach,
    loseLease: () => {
      live = false;
    },
    regainLease: () => {
      live = true;
    },
  };
}

type Both = Awaited<ReturnType<typeof startBoth>>;

/** One request to each, byte by byte but for what differs by design; expects the same answer and returns it. */
async function askBoth(subject: Subject, both: Both, lines: readonly string[]): Promise<string> {
  const request = [...lines, 'Connection: close', '', ''];
  const [expected, answer] = await Promise.all([
    exchangeRaw(both.gatewayPort, ...request),
    exchangeRaw(both.port, ...request),
  ]);
  const read = subject.exact ? withoutTheWay : normalised;
  expect(read(answer), lines.join('\n')).toEqual(read(expected));
  return withoutTheWay(answer);
}

function ask(both: Both, ...lines: readonly string[]): Promise<string> {
  return exchangeRaw(both.port, ...lines, 'Connection: close', '', '');
}

function get(path: string, key: string): readonly string[] {
  return [`GET ${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`];
}

function withoutTheWay(text: string): string {
  return text
    .replace(/^(Keyhold-Request-Id): .*\r\n/im, '$1\r\n')
    .replace(/"request_id":"[^"]*"/, '"request_id":""')
    .replaceAll(/^(?:Date|Connection|Keep-Alive): .*\r\n/gim, '');
}

/** For runtimes that write fields in an order and case of their own. */
function normalised(text: string): unknown {
  const [head = '', body] = withoutTheWay(text).split(/\r\n\r\n(.*)/s);
  const [status, ...fields] = head.split('\r\n');
  const named = fields.map((field) => field.replace(/^[^:]*/, (name) => name.toLowerCase()));
  return { status, fields: named.toSorted(), body };
}

/**
 * What every middleware holds to, by the answers of the gateway.
 *
 * @param missing why it is left out; null: it is not.
 */
export function testMiddleware(subject: Subject, missing: string | null): void {
  describe(subject.name, () => {
    beforeEach((context) => {
      if (missing !== null) context.skip(missing);
    });

    test('a good key reaches the route, which learns who called', async () => {
      const both = await startBoth(subject);
      const { id, presentedKey } = await both.issue({ name: 'Production server' });
      const answer = await ask(both, ...get('/x', presentedKey));
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
        keyId: id,
        keyspace: 'default',
        organization: 'org-1',
        environment: 'live',
        scopes: ['query'],
        name: 'Production server',
        expiresAt: null,
        ended: false,
      });
      for (const value of [`bearer ${presentedKey}`, `BEARER   ${presentedKey}  `]) {
        const other = await ask(both, 'GET /x HTTP/1.1', 'Host: x', `Authorization: ${value}`);
        expect(other).toMatch(/^HTTP\/1\.1 200 /);
      }
      const beside = await ask(both, ...get('/x', presentedKey), 'X-API-Key: of the application');
      expect(beside).toMatch(/^HTTP\/1\.1 200 /);
    });

    test("every denial has the gateway's bytes, and no cause of a 401 can be told from another", async () => {
      const both = await startBoth(subject);
      const { clock } = both;
      const good = (await both.issue()).presentedKey;
      const keys = {
        'well-formed, and nobody has it': both.mint(),
        'a wrong checksum': `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`,
        'another case': good.toLowerCase(),
        'a character too many': `${good}0`,
        unknown: `${good.slice(0, -6)}000000`,
        short: 'kh_live_short',
        revoked: (await both.issue({ revoked: true })).presentedKey,
        disabled: (await both.issue({ disabled: true })).presentedKey,
        expired: (await both.issue({ expiresAtMs: clock.nowMs() })).presentedKey,
        environment: (await both.issue({ environment: 'test' })).presentedKey,
        keyspace: (await both.issue({ keyspace: 'other', scopes: [] })).presentedKey,
        address: (await both.issue({ allowedCidrs: ['203.0.113.0/24'] })).presentedKey,
        quoted: `"${good}"`,
        escaped: good.replace('k', '%6b'),
        empty: '',
        long: 'x'.repeat(4_000),
        'not ASCII': 'k\xe9y',
      };
      const denials = new Set<string>();
      for (const key of Object.values(keys)) denials.add(await askBoth(subject, both, get('/x', key)));
      await both.keyring.changeOrganization({ features: [] });
      denials.add(await askBoth(subject, both, get('/x', good)));
      await both.keyring.changeOrganization({ features: ['api'], suspended: true });
      denials.add(await askBoth(subject, both, get('/x', good)));
      expect([...denials]).toHaveLength(1);
      expect([...denials][0]).toContain(JSON.stringify(UNAUTHORIZED));
      const bare = await askBoth(subject, both, ['GET /x HTTP/1.1', 'Host: x']);
      expect(bare).toMatch(/www-authenticate: Bearer realm="default"\r\n/i);
      for (const target of [`/x?api_key=${good}`, '/x']) {
        const lines = [
          `GET ${target} HTTP/1.1`,
          'Host: x',
          'Authorization: Basic dTpw',
          `X-API-Key: ${good}`,
        ];
        expect(await askBoth(subject, both, lines)).toBe(bare);
      }
    });

    test('two credentials, a tab or a list are 400', async () => {
      const both = await startBoth(subject);
      const { presentedKey: key } = await both.issue();
      for (const lines of [
        [`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`],
        [`Authorization: Bearer\t${key}`],
        [`Authorization: Bearer ${key}, Bearer ${key}`],
      ]) {
        const answer = await askBoth(subject, both, ['GET /x HTTP/1.1', 'Host: x', ...lines]);
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      }
    });

    test('an operation that the key has no scope for is 403, and so is one that no scope lists', async () => {
      const both = await startBoth(subject);
      const { presentedKey: key } = await both.issue();
      const named = await askBoth(subject, both, [
        'POST /send HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${key}`,
        'X-HTTP-Method-Override: GET',
        'Content-Length: 0',
      ]);
      expect(named).toContain('error="insufficient_scope", scope="send"');
      const asForm = ['POST /send?_method=GET HTTP/1.1', 'Host: x', `Authorization: Bearer ${key}`];
      const body = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 11'];
      const overridden = [...asForm, ...body, 'Connection: close', '', '_method=GET'];
      expect(await exchangeRaw(both.port, ...overridden)).toMatch(/^HTTP\/1\.1 403 /);
      for (const path of ['/y', '/x/', '/X']) {
        expect(await askBoth(subject, both, get(path, key))).toMatch(/^HTTP\/1\.1 403 /);
      }
      for (const method of ['HEAD', 'OPTIONS', 'PROPFIND']) {
        const head = [`${method} /send HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`];
        expect(await askBoth(subject, both, head)).toMatch(/^HTTP\/1\.1 403 /);
      }
    });

    // Where the runtime hands out a Request, it has resolved the path already, and what is checked is what is routed.
    if (subject.exact)
      test('a path, a frame or a method that has two readings is refused', async () => {
        const both = await startBoth(subject);
        const { presentedKey: key } = await both.issue();
        const targets = [
          '//x',
          '/a//x',
          '/./x',
          '/%2e%2e/x',
          '/..%2fx',
          '/x;y=1',
          '/%78',
          '/x%252e',
          '/a%2Fb',
          '/%00',
        ];
        for (const target of targets) await askBoth(subject, both, get(target, key));
        const authorization = `Authorization: Bearer ${key}`;
        for (const lines of [
          ['TRACE /x HTTP/1.1', 'Host: x', authorization],
          ['GET http://evil/x HTTP/1.1', 'Host: x', authorization],
          ['GET http://evil/x HTTP/1.1', 'Host: evil, x', authorization],
          ['GET /x#y HTTP/1.1', 'Host: x', authorization],
          ['GET /x HTTP/1.1', 'Host: x', 'Host: y', authorization],
          [
            'GET /x HTTP/1.1',
            'Host: x',
            ...Array.from({ length: 101 }, (_, i) => `X-${i}: 1`),
            authorization,
          ],
        ]) {
          expect(await askBoth(subject, both, lines)).toMatch(/^HTTP\/1\.1 4/);
        }
        // A server may refuse it by itself.
        expect(await ask(both, ...get('/\\x', key))).toMatch(/^HTTP\/1\.1 400 /);
        expect(await ask(both, 'GET http://x/x HTTP/1.1', 'Host: x', authorization)).toMatch(
          /^HTTP\/1\.1 200 /,
        );
      });

    test('what is no HTTP, or too much of it, ends the connection before any route', async () => {
      const both = await startBoth(subject);
      const { presentedKey: key } = await both.issue();
      const head = ['GET /x HTTP/1.1', 'Host: x'];
      for (const lines of [
        [...head, `Authorization: Bearer ${key}\0`],
        [...head, `Authorization: Bearer \r${key}`],
        [...head, `Authorization : Bearer ${key}`],
        ['GET /x HTTP/1.1', `Authorization: Bearer ${key}`],
        [...head, `Authorization: Bearer ${'x'.repeat(17_000)}`],
        [...head, `Authorization: Bearer ${key}`, 'Content-Length: 1', 'Transfer-Encoding: chunked'],
      ]) {
        const request = [...lines, '', ''];
        const statuses = [both.gatewayPort, both.port].map(async (port) =>
          (await exchangeRaw(port, ...request)).slice(0, 12),
        );
        const [expected, status] = await Promise.all(statuses);
        expect(status, lines.join('\n')).toMatch(/^HTTP\/1\.1 4/);
        expect(status, lines.join('\n')).toBe(expected);
      }
    });

    test('a key works at once from its issue, and an old secret ends with its recycling, whatever comes after', async () => {
      const both = await startBoth(subject);
      const { id, presentedKey: first } = await both.issue();
      expect(await ask(both, ...get('/x', first))).toMatch(/^HTTP\/1\.1 200 /);
      const { presentedKey: second } = await both.keyring.recycle(id, both.clock.nowMs());
      expect(await askBoth(subject, both, get('/x', first))).toMatch(/^HTTP\/1\.1 401 /);
      expect(await ask(both, ...get('/x', second))).toMatch(/^HTTP\/1\.1 200 /);
      await both.keyring.change(id, { revoked: true });
      for (const key of [first, second])
        expect(await askBoth(subject, both, get('/x', key))).toMatch(/^HTTP\/1\.1 401 /);
    });

    test('a key that expires is refused from that moment on', async () => {
      const both = await startBoth(subject);
      const { presentedKey } = await both.issue({ expiresAtMs: both.clock.nowMs() + 1_000 });
      both.clock.advance(999);
      expect(await ask(both, ...get('/x', presentedKey))).toMatch(/^HTTP\/1\.1 200 /);
      both.clock.advance(1);
      expect(await askBoth(subject, both, get('/x', presentedKey))).toMatch(/^HTTP\/1\.1 401 /);
    });

    test.each([
      'revoked',
      'disabled',
      'expired earlier',
      'other networks',
      'recycled',
      'organization suspended',
      'feature taken',
      'all revoked',
    ] as const)('whatever is under way ends when its key stops being accepted: %s', async (how) => {
      const both = await startBoth(subject);
      const { keyring, clock } = both;
      const { id, presentedKey } = await both.issue();
      const waiting = Array.from({ length: 5 }, () => ask(both, ...get('/wait', presentedKey)));
      await both.allArrived(5);
      const narrow = {
        revoked: () => keyring.change(id, { revoked: true }),
        disabled: () => keyring.change(id, { disabled: true }),
        'expired earlier': () => keyring.change(id, { expiresAtMs: clock.nowMs() }),
        'other networks': () => keyring.change(id, { allowedCidrs: ['203.0.113.0/24'] }),
        recycled: async () => void (await keyring.recycle(id, clock.nowMs())),
        'organization suspended': () => keyring.changeOrganization({ features: ['api'], suspended: true }),
        'feature taken': () => keyring.changeOrganization({ features: [] }),
        'all revoked': () => keyring.changeOrganization({ revokedThrough: { default: 1_000 } }),
      };
      await narrow[how]();
      both.release();
      for (const answer of await Promise.all(waiting)) {
        expect(answer).toMatch(/^HTTP\/1\.1 401 /);
        expect(answer).not.toContain(LATE);
      }
      expect(await askBoth(subject, both, get('/x', presentedKey))).toMatch(/^HTTP\/1\.1 401 /);
    });

    test('a route may demand scopes of its own', async () => {
      const both = await startBoth(subject);
      const query = await both.issue();
      const denied = await ask(both, ...get('/scoped', query.presentedKey));
      expect(denied).toMatch(/^HTTP\/1\.1 403 /);
      expect(denied).toContain('error="insufficient_scope", scope="send"');
      const { presentedKey } = await both.issue({ scopes: ['query', 'send'] });
      expect(await ask(both, ...get('/scoped', presentedKey))).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('a request that is under way when its key is revoked gets the denial, and its route the signal', async () => {
      const both = await startBoth(subject);
      const { id, presentedKey } = await both.issue();
      const answer = ask(both, ...get('/wait', presentedKey));
      const { signal } = await both.arrived;
      expect(signal.aborted).toBe(false);
      await both.keyring.change(id, { revoked: true });
      expect(signal.aborted).toBe(true);
      both.release();
      const denied = await answer;
      const asked = await exchangeRaw(
        both.gatewayPort,
        ...get('/wait', presentedKey),
        'Connection: close',
        '',
        '',
      );
      const read = subject.exact ? withoutTheWay : normalised;
      expect(read(denied)).toEqual(read(asked));
      const { presentedKey: other } = await both.issue();
      expect(await ask(both, ...get('/x', other))).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('a request that is under way when its key loses the scope gets 403', async () => {
      const both = await startBoth(subject);
      const { id, presentedKey } = await both.issue();
      const shrunk = ask(both, ...get('/wait', presentedKey));
      await both.arrived;
      await both.keyring.change(id, { scopes: ['send'] });
      expect(await shrunk).toMatch(/^HTTP\/1\.1 403 /);
    });

    test('a stream ends when its key expires, and nothing of it looks complete', async () => {
      const both = await startBoth(subject);
      const { presentedKey } = await both.issue({ expiresAtMs: both.clock.nowMs() + 60_000 });
      const client = await connect(both.port);
      client.write(...get('/stream', presentedKey), '', '');
      await client.until(FIRST);
      both.clock.advance(60_000);
      both.release();
      await client.closed;
      expect(client.text).not.toContain('second');
      expect(client.text).not.toMatch(/\r\n0\r\n\r\n$/);
    });

    test('without a lease nobody gets in, and what is under way waits for it', async () => {
      const both = await startBoth(subject);
      const { presentedKey } = await both.issue();
      const waiting = (await connect(both.port)).write(
        ...get('/wait', presentedKey),
        'Connection: close',
        '',
        '',
      );
      await both.arrived;
      both.loseLease();
      const refused = await ask(both, ...get('/x', presentedKey));
      expect(refused).toMatch(/^HTTP\/1\.1 503 /);
      expect(refused).toMatch(/^retry-after: 1\r$/im);
      both.release();
      // A round trip to the server, so that the answer is there and held.
      await ask(both, ...get('/x', presentedKey));
      expect(waiting.text).toBe('');
      both.regainLease();
      both.clock.advance(100);
      await waiting.closed;
      expect(waiting.text).toMatch(/^HTTP\/1\.1 200 .*late/s);
    });

    test('what waits for a lease in vain is 503', async () => {
      const both = await startBoth(subject);
      const { presentedKey } = await both.issue();
      const waiting = ask(both, ...get('/wait', presentedKey));
      const { signal } = await both.arrived;
      both.loseLease();
      both.release();
      const ended = once(signal, 'abort');
      await ask(both, ...get('/x', presentedKey));
      both.clock.advance(10_100);
      await ended;
      expect(await waiting).toMatch(/^HTTP\/1\.1 503 /);
    });
  });
}
