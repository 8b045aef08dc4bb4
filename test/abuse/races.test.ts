import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedKey } from '../_harness.ts';
import { type Answer, call } from '../_http.ts';
import { startTarget, type Target } from './_target.ts';

// What clients do at the same time, over HTTP against the whole server.

let target: Target;
let organizations = 0;

beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target?.stop());

async function newKey(fields: object = {}): Promise<IssuedKey> {
  const organization = `org-${++organizations}`;
  await target.createOrganization(organization);
  return target.issue({ organization, ...fields });
}

function url(address: Target['management']): string {
  if (!('port' in address)) throw new Error('There is no URL for a socket.');
  return `http://127.0.0.1:${address.port}`;
}

type Face = (presentedKey: string) => Promise<boolean>;

const isAccepted = async (answering: Promise<Answer>) => {
  const { status, text } = await answering;
  expect([200, 401, 403], text).toContain(status);
  return status === 200;
};

/** Whether each face accepts a key for `GET /things`. */
const FACES: Record<string, Face> = {
  'the gateway': (key) => isAccepted(call('GET', `${url(target.gateways.scoped)}/things`, { key })),
  'forward-auth': (key) =>
    isAccepted(call('GET', `${url(target.management)}/v1/authorize/scoped/things`, { key })),
  async verify(key) {
    const body = { key, operation: 'GET /things', client_ip: '127.0.0.1' };
    return ((await target.operator('POST', '/v1/verify', body)).body as { valid: boolean }).valid;
  },
  async introspect(key) {
    const answer = await call('POST', `${url(target.management)}/v1/introspect`, {
      key: target.token,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${key}`,
    });
    const { active, scope } = answer.body as { active: boolean; scope?: string };
    return active && scope === 'read';
  },
};

const onKey = (verb: string, body?: object) => (key: IssuedKey) =>
  target.operator('POST', `/v1/keys/${key.id}/${verb}`, body);
const patch = (fields: object) => (key: IssuedKey) => target.operator('PATCH', `/v1/keys/${key.id}`, fields);

const TIGHTENINGS: Record<string, (key: IssuedKey) => Promise<Answer>> = {
  'revoking the key': onKey('revoke'),
  'recycling the key': onKey('recycle'),
  'disabling the key': onKey('disable'),
  'taking a scope from the key': patch({ scopes: ['write'] }),
  'limiting the key to other addresses': patch({ allowed_cidrs: ['192.0.2.0/24'] }),
  'suspending the organization': ({ organization }) =>
    target.operator('PATCH', `/v1/organizations/${organization}`, { suspended: true }),
  'revoking all keys of the organization': ({ organization }) =>
    target.operator('POST', `/v1/organizations/${organization}/revoke-keys`),
  async 'bringing the expiry forward'(key) {
    const expires_at = new Date(target.clock.nowMs() + 1_000).toISOString();
    const answer = await patch({ expires_at })(key);
    target.clock.advance(1_000);
    return answer;
  },
};

describe.each(Object.entries(TIGHTENINGS))('%s', (_, tighten) => {
  test('leaves no face that accepts it in a request begun after the call returned', async () => {
    const key = await newKey();
    const outcomes = Object.keys(FACES).map((face) => ({ face, accepted: 0, refusedAfter: 0 }));
    const late: string[] = [];
    let isReturned = false;
    const clients = Object.values(FACES).map(async (accepts, i) => {
      const outcome = outcomes[i] as (typeof outcomes)[number];
      while (outcome.refusedAfter < 3) {
        const isBegunAfter = isReturned;
        const accepted = await accepts(key.key);
        if (accepted && isBegunAfter) late.push(outcome.face);
        if (accepted) outcome.accepted++;
        if (isBegunAfter) outcome.refusedAfter++;
      }
    });
    // Under way on every face before it is tightened.
    while (outcomes.some(({ accepted }) => accepted < 3)) await target.operator('GET', '/healthz');
    const answer = await tighten(key);
    isReturned = true;
    expect(answer.status, answer.text).toBe(200);
    await Promise.all(clients);
    expect(late).toEqual([]);
  });
});

test('a key is accepted by every face in the first request begun after its issue returned', async () => {
  for (let round = 0; round < 20; round++) {
    const { key } = await newKey();
    const accepted = await Promise.all(Object.values(FACES).map((accepts) => accepts(key)));
    expect(accepted).toEqual(Object.keys(FACES).map(() => true));
  }
});

test('however recycling, patching, enabling and revoking race, a revoked key ends revoked and none of its secrets works', async () => {
  for (let round = 0; round < 10; round++) {
    const key = await newKey();
    const calls = [
      onKey('recycle'),
      onKey('revoke'),
      onKey('recycle'),
      onKey('disable'),
      onKey('enable'),
      patch({ expires_at: '2030-01-01T00:00:00Z' }),
      onKey('revoke'),
    ];
    // Another order of arrival each round.
    const order = calls.map((_, i) => calls[(i * 3 + round) % calls.length] as (typeof calls)[number]);
    const answers = await Promise.all(order.map((send) => send(key)));
    for (const { status, text } of answers) expect([200, 409], text).toContain(status);
    const secrets = answers.flatMap(({ body }) => {
      const shown = (body as { key?: string | null }).key;
      return typeof shown === 'string' ? [shown] : [];
    });
    const { body } = await target.operator('GET', `/v1/keys/${key.id}`);
    expect(body).toMatchObject({ state: 'revoked' });
    for (const secret of [key.key, ...secrets]) {
      for (const [face, accepts] of Object.entries(FACES)) expect(await accepts(secret), face).toBe(false);
    }
  }
});

test('of many recycles at once each returned secret but the last has stopped, and never do two work', async () => {
  for (let round = 0; round < 5; round++) {
    const key = await newKey();
    const answers = await Promise.all(Array.from({ length: 8 }, () => onKey('recycle')(key)));
    const won = answers.filter(({ status }) => status === 200);
    for (const { status, text } of answers) expect([200, 409], text).toContain(status);
    expect(won.length).toBeGreaterThan(0);
    const secrets = [key.key, ...won.map(({ body }) => (body as { key: string }).key)];
    const working = await Promise.all(secrets.map((secret) => (FACES['verify'] as Face)(secret)));
    expect(working.filter(Boolean)).toHaveLength(1);
  }
});

test('of 50 creates that race through both faces for one organization with room for 10, exactly 10 succeed', async () => {
  const organization = `org-${++organizations}`;
  await target.createOrganization(organization);
  const session = await target.portalToken('open', organization);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0
        ? target.operator('POST', '/v1/keys', { keyspace: 'open', organization, name: `key ${i}` })
        : call('POST', `${url(target.gateways.open)}/keys`, { key: session, body: { name: `key ${i}` } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(40);
  const listed = await target.operator('GET', `/v1/keys?organization=${organization}&state=active`);
  expect((listed.body as { data: unknown[] }).data).toHaveLength(10);
});

test('revoking 5,000 keys is one change, none of them works when it returns, and others are verified meanwhile', async () => {
  const organization = `org-${++organizations}`;
  await target.createOrganization(organization);
  const secrets: string[] = [];
  const rows = (batch: number) =>
    Array.from({ length: 1_000 }, (_, i) => {
      const random = createHash('sha256').update(`${batch} ${i}`).digest('base64url').slice(0, 32);
      secrets.push(random);
      return { organization, name: `key ${batch} ${i}`, key: random };
    });
  for (let batch = 0; batch < 5; batch++) {
    const answer = await target.operator('POST', '/v1/keys/import', { keyspace: 'bare', keys: rows(batch) });
    expect(answer.status, answer.text).toBe(200);
  }
  const other = await newKey();
  const before = (await newKey()) as IssuedKey & { seq: number };

  const accepts = FACES['verify'] as Face;
  let isReturned = false;
  let verified = 0;
  const client = (async () => {
    while (!isReturned) {
      expect(await accepts(other.key)).toBe(true);
      verified++;
    }
  })();
  const answer = await target.operator('POST', `/v1/organizations/${organization}/revoke-keys`);
  isReturned = true;
  await client;
  expect(answer.body).toMatchObject({ revoked_count: 5_000, seq: before.seq + 1 });
  expect(verified).toBeGreaterThan(0);
  for (let i = 0; i < secrets.length; i += 101) {
    const { body } = await target.operator('POST', '/v1/verify', { key: secrets[i] });
    expect(body).toEqual({ valid: false, reason: 'revoked' });
  }
});
