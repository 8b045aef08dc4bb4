import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, call } from '../_http.ts';
import { SCOPED_KEY, startTarget, type Target } from './_target.ts';

// Values that a careless reader would bend into something, on both faces that make keys.

let target: Target;
let portalToken: string;
/** Each test has keys of its own, so that it can say that none was made. */
let organization = '';
let organizations = 0;

beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target?.stop());
beforeEach(async () => {
  organization = `org-${++organizations}`;
  await target.createOrganization(organization);
  portalToken = await target.portalToken('scoped', organization);
});

interface Face {
  /** Creates a key from good fields with these in their place. A text is put into the JSON as it stands. */
  readonly create: (fields: Readonly<Record<string, unknown>> | string) => Promise<Answer>;
}

function toJson(good: object, fields: Readonly<Record<string, unknown>> | string): string {
  if (typeof fields !== 'string') return JSON.stringify({ ...good, ...fields });
  const replaced = /^"(\w+)"/.exec(fields)?.[1] ?? '';
  const rest = JSON.stringify({ ...good, [replaced]: undefined });
  return `${rest.slice(0, -1)},${fields}}`;
}

function post(url: string, key: string, body: string): Promise<Answer> {
  return call('POST', url, { key, headers: { 'content-type': 'application/json' }, body });
}

const FACES: Record<string, Face> = {
  'the management API': {
    create: (fields) =>
      post(
        `http://127.0.0.1:${portOf(target.management)}/v1/keys`,
        target.token,
        toJson({ ...SCOPED_KEY, organization }, fields),
      ),
  },
  'self-service': {
    create: (fields) =>
      post(
        `http://127.0.0.1:${target.gateways.scoped.port}/keys`,
        portalToken,
        toJson({ name: 'key', environment: 'live', scopes: ['read'] }, fields),
      ),
  },
};

function portOf(address: Target['management']): number {
  if (!('port' in address)) throw new Error('The management API listens on a port.');
  return address.port;
}

async function listKeys(): Promise<Record<string, unknown>[]> {
  const answer = await target.operator('GET', `/v1/keys?organization=${organization}`);
  return (answer.body as { data: Record<string, unknown>[] }).data;
}

/** Refused for this field and no other, and nothing was made. */
async function expectRefused(answer: Answer, pointer: string, what: unknown): Promise<void> {
  expect(answer.status, `${inspect(what)}: ${answer.text}`).toBe(422);
  const { code, errors } = answer.body as { code: string; errors: { pointer: string }[] };
  expect({ code, pointers: errors.map((error) => error.pointer) }, inspect(what)).toEqual({
    code: 'validation_failed',
    pointers: [pointer],
  });
  expect(await listKeys()).toEqual([]);
}

describe.each(Object.entries(FACES))('%s', (name, { create }) => {
  const isManagement = name === 'the management API';

  test('takes no value of another type for the right one', async () => {
    for (const [fields, pointer] of [
      [{ name: 1 }, '/name'],
      [{ name: true }, '/name'],
      [{ name: null }, '/name'],
      [{ name: ['key'] }, '/name'],
      [{ name: { toString: 'key' } }, '/name'],
      [{ scopes: true }, '/scopes'],
      [{ scopes: null }, '/scopes'],
      [{ scopes: { 0: 'read', length: 1 } }, '/scopes'],
      [{ scopes: [['read']] }, isManagement ? '/scopes/0' : '/scopes'],
      [{ scopes: [1] }, isManagement ? '/scopes/0' : '/scopes'],
      [{ environment: ['live'] }, '/environment'],
      [{ environment: 0 }, '/environment'],
      [{ environment: null }, '/environment'],
    ] as const) {
      await expectRefused(await create(fields), pointer, fields);
    }
    if (isManagement) await expectRefused(await create({ scopes: 'read' }), '/scopes', 'text');
  });

  test('gives no scope that the keyspace lacks, none that is not chosen, and no wildcard', async () => {
    for (const scopes of [
      ['read', 'nope'],
      ['read', '*'],
      ['read', 'Read'],
      ['read', 'read '],
      ['read', ''],
    ]) {
      await expectRefused(await create({ scopes }), '/scopes/1', scopes);
    }
    for (const scope of ['*', 'read*', '__proto__', 'constructor', 'toString']) {
      await expectRefused(await create({ scopes: [scope] }), '/scopes/0', scope);
    }
    await expectRefused(await create({ scopes: [] }), '/scopes', 'none');
    await expectRefused(await create({ scopes: undefined }), '/scopes', 'left out');
  });

  test('keeps a scope once, in the order of the keyspace', async () => {
    const answer = await create({ scopes: ['write', 'read', 'write', 'read'] });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({ scopes: ['read', 'write'] });
  });

  test('takes no expiry that is not a moment to come, and rounds no date to another', async () => {
    for (const expires_at of [
      '2026-05-02T09:59:59Z',
      '2026-05-02T10:00:00Z',
      '1970-01-01T00:00:00Z',
      '2027-02-30T00:00:00Z',
      '2027-02-29T00:00:00Z',
      '2027-13-01T00:00:00Z',
      '2027-00-01T00:00:00Z',
      '2027-01-01T24:00:00Z',
      '2027-01-01T00:60:00Z',
      '2027-01-01T00:00:60Z',
      '2027-01-01T00:00:00',
      '2027-01-01T00:00:00+25:00',
      '2027-01-01T00:00:00+0100',
      '2027-01-01 00:00:00Z',
      '2027-01-01',
      '20270101T000000Z',
      '+002027-01-01T00:00:00Z',
      'Fri, 01 Jan 2027 00:00:00 GMT',
      'tomorrow',
      '1',
      '1893456000',
      '',
      ' 2027-01-01T00:00:00Z',
      '\uff12027-01-01T00:00:00Z',
    ]) {
      await expectRefused(await create({ expires_at }), '/expires_at', expires_at);
    }
    for (const number of ['1e400', '-1', '1.5', '9007199254740993', '1893456000', 'true', '[]', '{}']) {
      await expectRefused(await create(`"expires_at":${number}`), '/expires_at', number);
    }
    expect((await create('"expires_at":NaN')).status).toBe(400);
    const leapDay = await create({ expires_at: '2028-02-29T00:00:00Z' });
    expect(leapDay.status, leapDay.text).toBe(201);
    expect(leapDay.body).toMatchObject({ expires_at: '2028-02-29T00:00:00Z' });
  });

  test('takes no name that shows nothing, hides or turns what stands around it, or is too long', async () => {
    const refused = [
      '',
      ' ',
      '\u200b\u200b',
      '\u2060\ufeff',
      '\u0301',
      'a\u0000b',
      'a\nb',
      'a\u001bb',
      'a\u007fb',
      'a\u0085b',
      'a\u2028b',
      '\u202eyek',
      'a\u2066b',
      'x'.repeat(101),
      'é'.normalize('NFD').repeat(101),
      'x'.repeat(10_000),
    ];
    for (const name of refused) await expectRefused(await create({ name }), '/name', name);
    for (const half of ['\\ud800', 'a\\udc00', '\\udc00\\ud800']) {
      await expectRefused(await create(`"name":"${half}"`), '/name', half);
    }
  });

  test('keeps every other name as a person wrote it, composed', async () => {
    for (const [sent, kept] of [
      ['Produktion 🔑 生産', 'Produktion 🔑 生産'],
      ['  spaces around  ', 'spaces around'],
      ['Cafe\u0301', 'Café'],
      ['👨\u200d👩\u200d👧', '👨\u200d👩\u200d👧'],
      ['🔑'.repeat(100), '🔑'.repeat(100)],
      ['=cmd()', '=cmd()'],
      ["'; DROP TABLE key; --", "'; DROP TABLE key; --"],
      ['%s %n #{name} {{name}} <img onerror=x>', '%s %n #{name} {{name}} <img onerror=x>'],
      ['\\\\ " \' ` \\0', '\\\\ " \' ` \\0'],
    ] as const) {
      const answer = await create({ name: sent });
      expect(answer.status, answer.text).toBe(201);
      expect((answer.body as { name: string }).name).toBe(kept);
      expect((await listKeys())[0]).toMatchObject({ name: kept });
    }
  });
});

describe('the management API alone', () => {
  const create = (fields: Readonly<Record<string, unknown>> | string) =>
    (FACES['the management API'] as Face).create(fields);

  test('takes metadata of 32 names, four levels and 4 kB, and no more', async () => {
    const names = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, i]));
    for (const metadata of [
      names(33),
      { note: 'x'.repeat(4_096) },
      { a: { b: { c: { d: {} } } } },
      [],
      'a',
      null,
    ]) {
      await expectRefused(await create({ metadata }), '/metadata', metadata);
    }
    const kept = { ...names(31), "'; DROP TABLE key; --": "x' OR '1'='1" };
    const answer = await create({ metadata: kept });
    expect(answer.status, answer.text).toBe(201);
    expect((await listKeys())[0]).toMatchObject({ metadata: kept });
  });

  test('holds a keyspace to its longest lifetime, at issue and after', async () => {
    const brief = { keyspace: 'brief', environment: undefined, scopes: undefined };
    for (const expires_at of [undefined, null, '2026-06-01T10:00:01Z', '2999-01-01T00:00:00Z']) {
      await expectRefused(await create({ ...brief, expires_at }), '/expires_at', expires_at);
    }
    const answer = await create({ ...brief, expires_at: '2026-06-01T10:00:00Z' });
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body as { id: string };
    for (const expires_at of [null, '2026-06-01T10:00:01Z']) {
      expect((await target.operator('PATCH', `/v1/keys/${id}`, { expires_at })).status).toBe(422);
    }
  });

  test('takes no id, filter or cursor for anything but the text it is', async () => {
    await create({ name: 'only one' });
    for (const query of [
      `organization=${organization}'%20OR%20'1'='1`,
      `organization=${organization}%25`,
      'organization=%25',
      `organization=${organization}%00`,
    ]) {
      const { status, body } = await target.operator('GET', `/v1/keys?${query}`);
      if (status === 200) expect(body).toMatchObject({ data: [] });
      else expect(status).toBe(400);
    }
    for (const query of [
      'limit=-1',
      'limit=1e9',
      'limit=0x10',
      'limit=%31%30%30%30%30',
      'cursor=MTA',
      'cursor=../../etc/passwd',
      `cursor=${'A'.repeat(5_000)}`,
      "cursor=1'%20OR%201=1",
      'organization[]=acme',
      'organization=a&organization=b',
      '__proto__=a',
      'state=toString',
    ]) {
      expect((await target.operator('GET', `/v1/keys?${query}`)).status, query).toBe(400);
    }
    for (const id of ["'%20OR%20'1'='1", '%25', '..%00', '__proto__', 'key_%27--']) {
      const { status } = await target.operator('GET', `/v1/keys/${id}`);
      expect([400, 404], id).toContain(status);
    }
  });
});
