import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import { type Answer, type CallOptions, call } from '../_http.ts';
import { type Recorder, startRecorder, type ToldBack } from '../_recorder.ts';

// A system that none of the three resembles, made of configuration alone.
const ENVIRONMENTS = ['sandbox', 'staging', 'production'] as const;
const UNAUTHORIZED = '{"ok":false,"problem":{"kind":"key","text":"This key opens nothing."}}';
const FORBIDDEN = '{"ok":false,"problem":{"kind":"reach","text":"This key does not reach that far."}}';

let upstreams: Record<(typeof ENVIRONMENTS)[number], Recorder>;
let keyhold: Keyhold;
let apiUrl: string;

beforeAll(async () => {
  upstreams = {
    sandbox: await startRecorder(),
    staging: await startRecorder(),
    production: await startRecorder(),
  };
  keyhold = await startKeyhold(`
keyspaces:
  tidewatch:
    title: Tidewatch
    realm: tides
    credential: { header: X-API-Key, scheme: null }
    key:
      format: "tw.{environment}.{random:base58:28}{checksum}"
      masked: "tw.{environment}.…{last:3}"
    environments: [${ENVIRONMENTS.join(', ')}]
    limits: { active_keys_per_organization: 3 }
    scopes:
      read:
        - "GET /coasts/{coast}/stations"
        - "GET /coasts/{coast}/stations/{station}/gauges/{gauge}/readings"
      calibrate:
        - "PUT /coasts/{coast}/stations/{station}/gauges/{gauge}"
        - "POST /coasts/{coast}/stations/{station}/gauges/{gauge}/calibrations"
    errors:
      unauthorized: ${UNAUTHORIZED}
      forbidden: ${FORBIDDEN}
    gateway:
      listen: "127.0.0.1:0"
      upstream:
        sandbox: "${upstreams.sandbox.url}"
        staging: "${upstreams.staging.url}/staging/v2"
        production: "${upstreams.production.url}"
`);
  apiUrl = keyhold.gateway('tidewatch');
});
afterAll(async () => {
  await keyhold?.stop();
  for (const upstream of Object.values(upstreams ?? {})) await upstream.close();
});

let organizations = 0;
async function newOrganization(): Promise<string> {
  const organization = `harbour-${++organizations}`;
  await keyhold.createOrganization(organization);
  return organization;
}

async function issue(
  options: { environment?: string; scopes?: string[]; organization?: string } = {},
): Promise<IssuedKey> {
  const organization = options.organization ?? (await newOrganization());
  return keyhold.issue({
    keyspace: 'tidewatch',
    name: 'Buoy',
    environment: 'production',
    scopes: ['read', 'calibrate'],
    ...options,
    organization,
  });
}

function api(method: string, path: string, key: string | null, options: CallOptions = {}): Promise<Answer> {
  const credential: Record<string, string> = key === null ? {} : { 'x-api-key': key };
  return call(method, `${apiUrl}${path}`, { ...options, headers: { ...credential, ...options.headers } });
}

test('a key has the format of the configuration, checksum included, and its mask shows what was configured', async () => {
  for (const environment of ENVIRONMENTS) {
    const { key, masked_key } = await issue({ environment });
    expect(key).toMatch(new RegExp(`^tw\\.${environment}\\.[1-9A-HJ-NP-Za-km-z]{28}[0-9A-Za-z]{6}$`));
    expect(key.slice(-6)).toBe(base62(crc32(key.slice(0, -6))).padStart(6, '0'));
    expect(masked_key).toBe(`tw.${environment}.…${key.slice(-3)}`);
  }
});

test('a key with one character changed is refused by its checksum, unread', async () => {
  const { key } = await issue();
  const changed = `${key.slice(0, 20)}${key[20] === '2' ? '3' : '2'}${key.slice(21)}`;
  expect((await api('GET', '/coasts/west/stations', changed)).text).toBe(UNAUTHORIZED);
  const { body } = await keyhold.operator('POST', '/v1/verify', { key: changed, keyspace: 'tidewatch' });
  expect(body).toEqual({ valid: false, reason: 'malformed' });
});

test('the key stands in X-API-Key without a scheme, and nowhere else', async () => {
  const { key } = await issue();
  expect((await api('GET', '/coasts/west/stations', key)).status).toBe(200);
  const elsewhere: CallOptions[] = [
    {},
    { key },
    { headers: { 'x-api-key': `Bearer ${key}` } },
    { headers: { 'x-api-key': '' } },
    { headers: { 'x-key': key } },
  ];
  for (const options of elsewhere) {
    const answer = await api('GET', '/coasts/west/stations', null, options);
    expect([answer.status, answer.text], JSON.stringify(options)).toEqual([401, UNAUTHORIZED]);
  }
  expect((await api('GET', `/coasts/west/stations?x-api-key=${key}`, null)).status).toBe(401);
});

test('each environment has an upstream of its own, and the path of an upstream comes before the request’s', async () => {
  const paths = { sandbox: '', staging: '/staging/v2', production: '' };
  for (const environment of ENVIRONMENTS) {
    const before = Object.values(upstreams).map(({ requests }) => requests.length);
    const { key } = await issue({ environment });
    const answer = await api('GET', '/coasts/west/stations?open=1', key);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      target: `${paths[environment]}/coasts/west/stations?open=1`,
      headers: { 'keyhold-environment': environment },
    });
    const reached = Object.values(upstreams).map(
      ({ requests }, index) => requests.length - (before[index] ?? 0),
    );
    expect(reached).toEqual(ENVIRONMENTS.map((name) => (name === environment ? 1 : 0)));
  }
});

test('nested patterns match whole segments, and what no pattern of the key’s scopes matches is 403', async () => {
  const reader = (await issue({ scopes: ['read'] })).key;
  const both = (await issue()).key;
  const gauge = '/coasts/west/stations/dover/gauges/7';
  const open = [
    ['GET', '/coasts/west/stations'],
    ['GET', '/coasts/a%20b/stations'],
    ['GET', `${gauge}/readings`],
    ['HEAD', `${gauge}/readings`],
  ] as const;
  for (const [method, path] of open) {
    expect((await api(method, path, reader)).status, `${method} ${path}`).toBe(200);
  }
  for (const [method, path] of [
    ['PUT', gauge],
    ['POST', `${gauge}/calibrations`],
  ] as const) {
    expect((await api(method, path, both)).status, `${method} ${path}`).toBe(200);
    const refused = await api(method, path, reader);
    expect([refused.status, refused.text], `${method} ${path}`).toEqual([403, FORBIDDEN]);
  }
  const closed = [
    ['GET', '/coasts/stations'],
    ['GET', '/coasts/west/stations/'],
    ['GET', '/coasts/west/east/stations'],
    ['GET', '/coasts/west/stations/dover'],
    ['GET', `${gauge}/readings/1`],
    ['GET', '/Coasts/west/stations'],
    ['DELETE', gauge],
    ['GET', '/'],
  ] as const;
  for (const [method, path] of closed) {
    expect((await api(method, path, both)).status, `${method} ${path}`).toBe(403);
  }
});

test('the upstream learns who calls from the gateway alone, and never sees the key', async () => {
  const organization = await newOrganization();
  const { key, id } = await issue({ organization, scopes: ['read'] });
  const answer = await api('GET', '/coasts/west/stations', key, {
    headers: {
      'keyhold-organization': 'somebody-else',
      'Keyhold-Scopes': 'calibrate',
      keyhold_key_id: 'key_forged',
      authorization: 'Bearer the-upstreams-own-business',
    },
  });
  const { headers } = answer.body as ToldBack;
  expect(
    Object.fromEntries(
      Object.entries(headers).filter(([name]) => /^keyhold[-_]/.test(name) && name !== 'keyhold-request-id'),
    ),
  ).toEqual({
    'keyhold-key-id': id,
    'keyhold-organization': organization,
    'keyhold-environment': 'production',
    'keyhold-scopes': 'read',
  });
  expect(headers['authorization']).toBe('Bearer the-upstreams-own-business');
  expect(JSON.stringify(answer.body)).not.toContain(key);
});

test('an organization has at most three active keys', async () => {
  const organization = await newOrganization();
  const keys = await Promise.all([issue({ organization }), issue({ organization }), issue({ organization })]);
  const fourth = {
    keyspace: 'tidewatch',
    organization,
    name: 'Buoy',
    environment: 'sandbox',
    scopes: ['read'],
  };
  const refused = await keyhold.operator('POST', '/v1/keys', fourth);
  expect([refused.status, refused.body]).toMatchObject([409, { code: 'active_key_limit_reached' }]);
  await keyhold.operator('POST', `/v1/keys/${keys[0].id}/revoke`, {});
  await issue({ organization });
});

test('a revoked key gets the configured 401 from the next request on', async () => {
  const { key, id } = await issue();
  expect((await api('GET', '/coasts/west/stations', key)).status).toBe(200);
  await keyhold.operator('POST', `/v1/keys/${id}/revoke`, {});
  const answer = await api('GET', '/coasts/west/stations', key);
  expect([answer.status, answer.text]).toEqual([401, UNAUTHORIZED]);
});

function base62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return value < 62 ? (digits[value] ?? '') : base62(Math.floor(value / 62)) + digits[value % 62];
}
