import { createSeededRandom } from '@keyhold/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSeal, sealKey } from '../src/claims/claim-seal.ts';
import { ESMS_KEY, issueKey, LEADS_KEY, type Reply, startTestApi, type TestApi } from './_api.ts';
import { expectProblem } from './_protected-route.ts';

const DAY_MS = 86_400_000;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  for (const id of ['acme', 'globex', 'capped']) {
    await api.send('/v1/organizations', { json: { id, name: id, features: ['partner-api'] } });
  }
});
afterAll(() => api.close());

interface Sent {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
}

/** Issues a key that is handed over by a link, and follows the link as far as its `#`. */
async function sendLink(fields: object = {}): Promise<Sent> {
  const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, deliver: 'claim_link', ...fields } });
  expect(reply.status, reply.text).toBe(201);
  return follow(reply);
}

function follow({ body }: Reply): Sent {
  expect(body.key).toBeNull();
  const { origin, pathname, hash } = new URL(body.claim_url);
  expect(origin).toBe(`http://127.0.0.1:${api.port}`);
  return { id: body.id, path: pathname, secret: hash.slice(1) };
}

function claim({ path, secret }: Sent, fields: object = {}): Promise<Reply> {
  return api.send(path, { token: null, json: { secret, ...fields } });
}

function look({ path, secret }: Sent): Promise<Reply> {
  return api.send(`${path}/look`, { token: null, json: { secret } });
}

async function verify(key: string) {
  return (await api.send('/v1/verify', { json: { key } })).body;
}

async function readLinks(id: string) {
  return (await api.send(`/v1/keys/${id}/claim-links`)).body.data;
}

describe('a key handed over by a link', () => {
  test('is told to whoever claims it, once, and opens something from then on', async () => {
    const sent = await sendLink();
    const waiting = (await api.send(`/v1/keys/${sent.id}`)).body;
    expect(Date.parse(waiting.claim_until) - Date.parse(waiting.created_at)).toBe(3 * DAY_MS);
    expect((await look(sent)).body).toEqual({
      title: 'esms-africa',
      name: 'Production server',
      organization: 'acme',
      environment: 'live',
      scopes: ['send', 'query'],
      expires_at: waiting.claim_until,
      has_passphrase: false,
    });
    const claimed = await claim(sent);
    expect(claimed.body).toEqual({
      key: expect.stringMatching(/^esms_live_[a-z0-9]{32}$/),
      variable: 'ESMS_AFRICA_API_KEY',
      guide_url: `http://127.0.0.1:${api.port}/guides/esms-africa`,
    });
    expect(claimed.headers['cache-control']).toBe('no-store');
    expect(await verify(claimed.body.key)).toMatchObject({ valid: true, key_id: sent.id });
    expect((await api.send(`/v1/keys/${sent.id}`)).body).toMatchObject({
      claim_until: null,
      state: 'active',
    });
    expect(await readLinks(sent.id)).toMatchObject([{ state: 'claimed', claimed_from: '127.0.0.1' }]);
  });

  test('is claimed by no reader of links: whatever looks at one without a POST burns nothing', async () => {
    const sent = await sendLink();
    const other = await sendLink();
    const page = await api.send(sent.path, { token: null });
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'sha256-[^']+'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect((await api.send(other.path, { token: null })).text).toBe(page.text);
    for (const method of ['HEAD', 'GET', 'OPTIONS', 'PUT'])
      await api.send(sent.path, { token: null, method });
    for (let i = 0; i < 3; i++) await look(sent);
    expect(await readLinks(sent.id)).toMatchObject([{ state: 'waiting', claimed_at: null }]);
    expect((await claim(sent)).status).toBe(200);
  });

  test('goes to one of many who claim it at once, and the others are told', async () => {
    const sent = await sendLink();
    const replies = await Promise.all(Array.from({ length: 20 }, () => claim(sent)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 200))
      expectProblem(reply, 410, 'claim_link_used');
  });

  test('is told to nobody twice: a second attempt is refused, and the operator is offered to recycle', async () => {
    const sent = await sendLink();
    await claim(sent);
    expectProblem(await claim(sent), 410, 'claim_link_used');
    expectProblem(await look(sent), 410, 'claim_link_used');
    const events = await api.send(`/v1/audit-events?subject=${sent.id}&action=key.claim_refused`);
    expect(events.body.data[0].details).toMatchObject({ cause: 'already_claimed', offer: 'recycle' });
  });

  test('needs the whole link: another secret, id or MAC is not there, and garbage costs no I/O', async () => {
    const sent = await sendLink();
    const other = await sendLink();
    const wrong = await claim({ ...sent, secret: other.secret });
    expectProblem(wrong, 404, 'claim_link_not_found');
    const before = api.store.calls();
    const [id = '', mac = ''] = sent.path.split(/\/claim\/|_/).slice(1);
    for (const token of [`${id}_${mac.replace(/^./, '~')}`, `${id}_${'A'.repeat(43)}`, 'garbage', id]) {
      const reply = await claim({ ...sent, path: `/claim/${token}` });
      expect(reply.status, token).toBe(404);
    }
    expect(api.store.calls()).toBe(before);
    expect((await claim(sent)).status).toBe(200);
  });

  test('counts for the cap until its link expires; then it is revoked and the link tells nothing', async () => {
    const fields = { ...LEADS_KEY, organization: 'capped', claim_link: { expires_in: '1h' } };
    const sent = [await sendLink(fields), await sendLink(fields), await sendLink(fields)];
    const oneMore = { json: { ...ESMS_KEY, ...LEADS_KEY, organization: 'capped' } };
    expectProblem(await api.send('/v1/keys', oneMore), 409, 'active_key_limit_reached');
    api.clock.advance(3_600_000);
    for (const each of sent) {
      expectProblem(await claim(each), 410, 'claim_link_ended');
      await expect
        .poll(async () => {
          api.clock.advance(1_000);
          return (await api.send(`/v1/keys/${each.id}`)).body.state;
        })
        .toBe('revoked');
      expect(await readLinks(each.id)).toMatchObject([{ state: 'ended' }]);
    }
    expect((await api.send('/v1/keys', oneMore)).status).toBe(201);
  });

  test('is told for its passphrase alone, and the tenth wrong one ends it', async () => {
    const passphrase = 'correct horse battery';
    const good = await sendLink({ claim_link: { passphrase } });
    expect((await look(good)).body.has_passphrase).toBe(true);
    expectProblem(await claim(good), 403, 'claim_passphrase_wrong');
    expectProblem(await claim(good, { passphrase: `${passphrase}s` }), 403, 'claim_passphrase_wrong');
    expect(await verify((await claim(good, { passphrase })).body.key)).toMatchObject({ valid: true });

    const guessed = await sendLink({ claim_link: { passphrase } });
    for (let i = 0; i < 10; i++)
      expectProblem(await claim(guessed, { passphrase: 'guess' }), 403, 'claim_passphrase_wrong');
    expectProblem(await claim(guessed, { passphrase }), 410, 'claim_link_ended');
    expect((await api.send(`/v1/keys/${guessed.id}`)).body.state).toBe('revoked');
  });

  test('is cancelled by revoking the key, and replaced by recycling it once more', async () => {
    const cancelled = await sendLink();
    await api.send(`/v1/keys/${cancelled.id}/revoke`, { json: {} });
    expectProblem(await claim(cancelled), 410, 'claim_link_ended');

    const lost = await sendLink();
    const replaced = await api.send(`/v1/keys/${lost.id}/recycle`, { json: { deliver: 'claim_link' } });
    expectProblem(await claim(lost), 410, 'claim_link_ended');
    expect((await claim(follow(replaced))).status).toBe(200);
  });

  test('by recycling: the old secret stops at once, whether or not the new one is claimed', async () => {
    const issued = await issueKey(api);
    const recycled = await api.send(`/v1/keys/${issued.id}/recycle`, { json: { deliver: 'claim_link' } });
    expect(await verify(issued.key)).toMatchObject({ valid: false });
    const { body } = await claim(follow(recycled));
    expect(await verify(body.key)).toMatchObject({ valid: true, key_id: issued.id });
    const withGrace = { json: { deliver: 'claim_link', grace: '15m' } };
    expectProblem(await api.send(`/v1/keys/${issued.id}/recycle`, withGrace), 422, 'validation_failed');
  });

  test('is not shown again by a repeat with the same Idempotency-Key', async () => {
    const call = {
      json: { ...ESMS_KEY, deliver: 'claim_link' },
      headers: { 'idempotency-key': 'hand-over' },
    };
    const first = await api.send('/v1/keys', call);
    const second = await api.send('/v1/keys', call);
    expect(second.body).toMatchObject({ id: first.body.id, key: null });
    expect(second.body.claim_url).toBeUndefined();
  });

  test.each([
    [{ claim_link: {} }, '/claim_link'],
    [{ deliver: 'claim_link', claim_link: { expires_in: 'soon' } }, '/claim_link/expires_in'],
    [{ deliver: 'claim_link', claim_link: { expires_in: '31d' } }, '/claim_link/expires_in'],
    [{ deliver: 'claim_link', claim_link: { passphrase: 'short' } }, '/claim_link/passphrase'],
    [{ deliver: 'mail' }, '/deliver'],
  ])('with %j is refused at %s', async (fields, pointer) => {
    const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, ...fields } });
    expectProblem(reply, 422, 'validation_failed');
    expect(reply.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
  });
});

test('a sealed key opens with its own secret and passphrase, and with nothing else', async () => {
  const random = createSeededRandom(5);
  const plain = await sealKey('key text', null, random);
  const guarded = await sealKey('key text', 'passphrase', random);
  expect(await openSeal(plain, null)).toBe('key text');
  expect(await openSeal(guarded, 'passphrase')).toBe('key text');
  expect(Buffer.from(plain.sealed, 'base64url').includes('key text')).toBe(false);
  for (const [seal, passphrase] of [
    [guarded, null],
    [guarded, 'Passphrase'],
    [plain, 'passphrase'],
    [{ ...plain, secret: guarded.secret }, null],
    [{ ...plain, sealed: guarded.sealed }, null],
  ] as const) {
    expect(await openSeal(seal, passphrase)).toBeNull();
  }
});
