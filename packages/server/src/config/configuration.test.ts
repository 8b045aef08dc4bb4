import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { FIELDS_NOT_BUILT } from './fields-not-built.ts';
import { formatProblem } from './problem.ts';
import { MAX_CONFIGURATION_BYTES } from './yaml-tree.ts';

function problemsOf(text: string): readonly string[] {
  const result = readConfiguration('keyhold.yaml', text);
  return result.ok ? [] : result.problems.map(formatProblem);
}

function read(text: string) {
  const result = readConfiguration('/etc/keyhold/keyhold.yaml', text);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.configuration;
}

/** A keyspace `a` with these further lines, each indented by four. */
function keyspace(...lines: readonly string[]): string {
  return [
    'keyspaces:',
    '  a:',
    '    key: { format: "a_{random:hex:64}" }',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

const UPSTREAM = 'upstream: "http://127.0.0.1:1"';

describe('what is right', () => {
  test.each(['esms-africa', 'local-esim', 'localleads'])('the configuration of %s parses', (name) => {
    const file = new URL(`../../../../examples/${name}/keyhold.yaml`, import.meta.url);
    const { keyspaces, gateways } = read(readFileSync(file, 'utf8'));
    expect(keyspaces.map(({ id }) => id)).toEqual([name]);
    expect(gateways.map(({ keyspace }) => keyspace)).toEqual([name]);
  });

  test('no keyspaces at all is the default keyspace', () => {
    for (const text of ['', '# nothing yet\n', '{}', 'settings: { port: 9000 }']) {
      const { keyspaces, gateways } = read(text);
      expect(keyspaces).toMatchObject([
        { id: 'default', key: { format: 'kh_{environment}_{random:base62:43}{checksum}' } },
      ]);
      expect(gateways).toEqual([]);
    }
  });

  test('a keyspace of one line gets every default', () => {
    expect(read(keyspace()).keyspaces).toEqual([
      {
        id: 'a',
        title: null,
        realm: 'a',
        credential: { header: 'authorization', scheme: 'Bearer' },
        key: { format: 'a_{random:hex:64}', masked: 'a_****{last:4}', alsoAccepted: [] },
        environments: [],
        acceptsEnvironments: [],
        scopes: null,
        requiresFeature: null,
        recycle: { maxGraceMs: 0 },
        limits: { activeKeysPerOrganization: null, maxLifetimeMs: null },
        retired: false,
        errors: {},
      },
    ]);
  });

  test('a system with everything in it parses, each field to its place', () => {
    const { keyspaces, gateways, settings } = read(`
settings: { port: 9000, trusted_proxies: [10.0.0.0/8] }
keyspaces:
  freight_4:
    title: Freight API
    realm: freight
    credential: { header: X-API-Key }
    key:
      format: "fr.{environment}.{random:base58:30}{checksum}"
      masked: "fr.{environment}.{first:9}…"
      also_accepts: ["legacy-{random:hex:40}"]
    environments: [live, staging, sandbox]
    accepts_environments: [live, sandbox]
    scopes:
      tracking: ["GET /v2/shipments/{id}/legs/{leg}/events", "GET /v2/shipments/{id}"]
      booking: [POST /v2/shipments]
    requires_feature: freight
    recycle: { max_grace: P2D }
    limits: { active_keys_per_organization: 3, max_lifetime: 90d }
    errors:
      unauthorized: { 7: [1, null], ok: false, why: key }
      invalid_request: {}
    gateway:
      hosts: [API.Freight.Example, freight.test]
      upstream: { live: "https://live.internal:8443/base", sandbox: "http://[::1]:81" }
      self_service: /v2/keys
      page: { path: /account/keys, frame_ancestors: ["https://app.freight.example"] }
      public_url: https://api.freight.example
      public: [GET /health]
      websocket: [GET /v2/stream]
      cors_preflight: true
      timeouts: { connect: 2s, answer: 3m, idle: 0 }
      trusted_proxies: ["2001:db8::/32"]
      forward_credential: true
`);
    expect(keyspaces).toEqual([
      {
        id: 'freight_4',
        title: 'Freight API',
        realm: 'freight',
        credential: { header: 'x-api-key', scheme: null },
        key: {
          format: 'fr.{environment}.{random:base58:30}{checksum}',
          masked: 'fr.{environment}.{first:9}…',
          alsoAccepted: ['legacy-{random:hex:40}'],
        },
        environments: ['live', 'staging', 'sandbox'],
        acceptsEnvironments: ['live', 'sandbox'],
        scopes: {
          tracking: ['GET /v2/shipments/{id}/legs/{leg}/events', 'GET /v2/shipments/{id}'],
          booking: ['POST /v2/shipments'],
        },
        requiresFeature: 'freight',
        recycle: { maxGraceMs: 172_800_000 },
        limits: { activeKeysPerOrganization: 3, maxLifetimeMs: 7_776_000_000 },
        retired: false,
        errors: { unauthorized: { 7: [1, null], ok: false, why: 'key' }, invalidRequest: {} },
        gateway: {
          publicOperations: ['GET /health'],
          websocketOperations: ['GET /v2/stream'],
          corsPreflight: true,
          selfService: { path: '/v2/keys', keysMayManage: false },
          page: { path: '/account/keys', frameAncestors: ['https://app.freight.example'] },
          trustedProxies: ['2001:db8::/32'],
          forwardCredential: true,
        },
      },
    ]);
    expect(gateways).toEqual([
      {
        keyspace: 'freight_4',
        listen: { kind: 'hosts', hosts: ['api.freight.example', 'freight.test'] },
        upstream: {
          byEnvironment: new Map([
            ['live', new URL('https://live.internal:8443/base')],
            ['sandbox', new URL('http://[::1]:81')],
          ]),
        },
        selfService: { path: '/v2/keys', keysMayManage: false },
        page: { path: '/account/keys', frameAncestors: ['https://app.freight.example'] },
        publicUrl: new URL('https://api.freight.example'),
        tls: null,
        publicOperations: ['GET /health'],
        corsPreflight: true,
        websocketOperations: ['GET /v2/stream'],
        timeouts: { connectMs: 2_000, answerMs: 180_000, idleMs: 0 },
        trustedProxies: ['2001:db8::/32'],
        forwardCredential: true,
      },
    ]);
    expect(settings).toEqual({ port: 9000, trusted_proxies: ['10.0.0.0/8'] });
  });

  test('certificates are looked for beside the file', () => {
    const { gateways } = read(
      keyspace(
        'gateway:',
        `  ${UPSTREAM}`,
        '  listen: 127.0.0.1:9102',
        '  tls: { cert: tls/a.pem, key: /run/a.key }',
      ),
    );
    expect(gateways[0]?.tls).toEqual({ certPath: '/etc/keyhold/tls/a.pem', keyPath: '/run/a.key' });
  });

  test('an error body keeps the order it is written in', () => {
    const text = keyspace('errors: { unauthorized: { z: 1, a: { y: 2, b: 3 } } }');
    expect(JSON.stringify(read(text).keyspaces[0]?.errors.unauthorized)).toBe('{"z":1,"a":{"y":2,"b":3}}');
  });
});

test('a guide gets what the file says and what follows from the keyspace; each keyspace has one', () => {
  const { guides } = read(`
keyspaces:
  a:
    title: Freight
    key: { format: "a_{random:hex:64}" }
    environments: [live, test]
    scopes: { all: ["POST /v2/shipments/{id}"] }
    guide:
      public: true
      title: Freight API
      variable: FREIGHT_KEY
      example: POST /v2/shipments/7
      example_body: { weight: 1 }
      keys_page: Settings → Keys
      environments: { test: trying things out }
  b:
    key: { format: "b_{random:hex:64}" }
`);
  expect(guides).toEqual([
    {
      keyspace: 'a',
      isPublic: true,
      title: 'Freight API',
      variable: 'FREIGHT_KEY',
      example: { method: 'POST', path: '/v2/shipments/7', body: { weight: 1 } },
      keysPage: 'Settings → Keys',
      environments: { test: 'trying things out' },
    },
    {
      keyspace: 'b',
      isPublic: false,
      title: 'b',
      variable: 'B_API_KEY',
      example: { method: 'GET', path: '/', body: null },
      keysPage: null,
      environments: {},
    },
  ]);
});

describe('what is wrong is told with file, line, column and field', () => {
  test.each<[string, string, string]>([
    [
      'an unknown field, with the one that was meant',
      keyspace('enviroments: [live]'),
      'keyhold.yaml:4:5 keyspaces.a.enviroments: no such field; did you mean "environments"?',
    ],
    [
      'an unknown field that resembles nothing',
      keyspace('limits: { zzzzzz: 1 }'),
      'keyhold.yaml:4:15 keyspaces.a.limits.zzzzzz: no such field; the fields here are active_keys_per_organization, max_lifetime',
    ],
    [
      'an unknown section',
      'keyspace: {}',
      'keyhold.yaml:1:1 keyspace: no such field; did you mean "keyspaces"?',
    ],
    [
      'a wrong type',
      keyspace('retired: "no"'),
      'keyhold.yaml:4:14 keyspaces.a.retired: must be true or false, not text',
    ],
    [
      'a wrong type in a list',
      keyspace('environments: [live, 3]'),
      'keyhold.yaml:4:26 keyspaces.a.environments[1]: must be text, not the number 3',
    ],
    [
      'text where a section stands',
      keyspace('limits: none'),
      'keyhold.yaml:4:13 keyspaces.a.limits: must be a map of fields, not text',
    ],
    [
      'an environment of the guide that is not declared',
      keyspace('environments: [live]', 'guide: { environments: { test: none } }'),
      'keyhold.yaml:5:36 keyspaces.a.guide.environments.test: is not one of "environments"',
    ],
    [
      'an example of the guide that no scope opens',
      keyspace('scopes: { all: [GET /a] }', 'guide: { example: GET /b }'),
      'keyhold.yaml:5:23 keyspaces.a.guide.example: is opened by no scope: "GET /b" would be 403; take an operation of "scopes"',
    ],
    [
      'an example of the guide that cannot be called as it stands',
      keyspace('guide: { example: "GET /a/{id}" }'),
      'keyhold.yaml:4:23 keyspaces.a.guide.example: "GET /a/{id}" has a {parameter}; write a path that works as it stands',
    ],
    [
      'a body of the guide for a call that sends none',
      keyspace('guide: { example: GET /a, example_body: { b: 1 } }'),
      'keyhold.yaml:4:45 keyspaces.a.guide.example_body: is for an "example" whose method takes a body; name one, or leave it out',
    ],
    [
      'a variable of the guide that no shell takes',
      keyspace('guide: { variable: api-key }'),
      'keyhold.yaml:4:24 keyspaces.a.guide.variable: "api-key" is no environment variable; use up to 100 letters, digits and _, beginning with no digit',
    ],
    [
      'an empty section',
      keyspace('limits:'),
      'keyhold.yaml:4:12 keyspaces.a.limits: is empty; give it fields or leave it out',
    ],
    [
      'an empty field',
      keyspace('title:'),
      'keyhold.yaml:4:11 keyspaces.a.title: is empty; write text or leave the line out',
    ],
    [
      'a keyspace without a key',
      'keyspaces: { a: {} }',
      'keyhold.yaml:1:17 keyspaces.a.key: is missing; add it with a format, for example key: { format: "x_{random:base62:43}" }',
    ],
    [
      'no keyspace',
      'keyspaces: {}',
      'keyhold.yaml:1:12 keyspaces: names 0 keyspaces; name 1 to 1000, or leave it out for the default one',
    ],
    [
      'the reserved name',
      'keyspaces:\n  keyhold: { key: { format: "{random:hex:64}" } }',
      'keyhold.yaml:2:3 keyspaces.keyhold: "keyhold" is the keyspace of operator tokens; take another name',
    ],
    [
      'a name that no URL could hold',
      'keyspaces:\n  A b: { key: { format: "{random:hex:64}" } }',
      'keyhold.yaml:2:3 keyspaces."A b": "A b" is no name for a keyspace; use up to 64 of a–z, 0–9, _ and -',
    ],
    [
      'a name given twice',
      'keyspaces:\n  a: { key: { format: "{random:hex:64}", format: "{random:hex:64}" } }',
      'keyhold.yaml:2:42 keyspaces.a.key.format: "format" is given twice, first on line 2; keep one',
    ],
    [
      'an environment given twice',
      keyspace('environments: [live, live]'),
      'keyhold.yaml:4:19 keyspaces.a.environments: names an environment twice; keep one',
    ],
    [
      'an accepted environment that is none',
      keyspace('environments: [live]', 'accepts_environments: [liv]'),
      'keyhold.yaml:5:28 keyspaces.a.accepts_environments[0]: "liv" is not one of "environments"; did you mean "live"?',
    ],
    [
      'an operation',
      keyspace('scopes: { q: [GET /a, get /b] }'),
      'keyhold.yaml:4:27 keyspaces.a.scopes.q[1]: "get /b" is no operation; write a method in upper case, one space and a path: GET /messages/{id}',
    ],
    [
      'a scope of two words',
      keyspace('scopes: { "q r": [] }'),
      'keyhold.yaml:4:15 keyspaces.a.scopes."q r": "q r" is no scope; use up to 64 letters, digits and : . _ / -',
    ],
    [
      'scopes without one',
      keyspace('scopes: {}'),
      'keyhold.yaml:4:13 keyspaces.a.scopes: names no scope; add one, or leave it out to open every path',
    ],
    [
      'a duration',
      keyspace('recycle: { max_grace: 3 days }'),
      'keyhold.yaml:4:27 keyspaces.a.recycle.max_grace: "3 days" is no duration; write it as 90d, 15m, 30s or P90D',
    ],
    [
      'a duration in the wrong unit',
      keyspace('limits: { max_lifetime: 90000d }'),
      'keyhold.yaml:4:29 keyspaces.a.limits.max_lifetime: "90000d" is more than ten years; check the unit',
    ],
    [
      'a cap of nothing',
      keyspace('limits: { active_keys_per_organization: 0 }'),
      'keyhold.yaml:4:45 keyspaces.a.limits.active_keys_per_organization: must be at least 1',
    ],
    [
      'half a key',
      keyspace('limits: { active_keys_per_organization: 1.5 }'),
      'keyhold.yaml:4:45 keyspaces.a.limits.active_keys_per_organization: must be a whole number, not the number 1.5',
    ],
    [
      'a header of HTTP itself',
      keyspace('credential: { header: Host }'),
      'keyhold.yaml:4:27 keyspaces.a.credential.header: the header "Host" has a meaning of its own; take another',
    ],
    [
      'an error body that is no object',
      keyspace('errors: { unauthorized: [] }'),
      'keyhold.yaml:4:29 keyspaces.a.errors.unauthorized: must be a map of fields: the JSON object to send',
    ],
    [
      'an error body that would be sent in another order',
      keyspace('errors: { unauthorized: { a: 1, 2: 3 } }'),
      'keyhold.yaml:4:37 keyspaces.a.errors.unauthorized.2: is a whole number and would be sent first; write such names first, in rising order',
    ],
    [
      'an error body beyond 4 kB',
      keyspace(`errors: { unauthorized: { a: ${'x'.repeat(4096)} } }`),
      'keyhold.yaml:4:29 keyspaces.a.errors.unauthorized: is longer than 4096 bytes; shorten it',
    ],
    [
      'a gateway without a listener',
      keyspace('gateway:', `  ${UPSTREAM}`),
      'keyhold.yaml:5:7 keyspaces.a.gateway.listen: is missing; add it, or "hosts" on the shared port',
    ],
    [
      'a gateway with two listeners',
      keyspace('gateway:', `  ${UPSTREAM}`, '  listen: 127.0.0.1:1', '  hosts: [a.example]'),
      'keyhold.yaml:6:15 keyspaces.a.gateway.listen: excludes "hosts"; keep one of them',
    ],
    [
      'an address without a port',
      keyspace('gateway:', `  ${UPSTREAM}`, '  listen: 127.0.0.1'),
      'keyhold.yaml:6:15 keyspaces.a.gateway.listen: "127.0.0.1" is no address; write it as 127.0.0.1:9102',
    ],
    [
      'a host with a port',
      keyspace('gateway:', `  ${UPSTREAM}`, '  hosts: ["a.example:80"]'),
      'keyhold.yaml:6:15 keyspaces.a.gateway.hosts[0]: "a.example:80" is no host name; write it as api.example.com, without a port',
    ],
    [
      'a gateway without an upstream',
      keyspace('gateway: { listen: "127.0.0.1:1" }'),
      'keyhold.yaml:4:14 keyspaces.a.gateway.upstream: is missing; add the address of your API, for example "http://127.0.0.1:9201"',
    ],
    [
      'an upstream of another protocol',
      keyspace('gateway: { listen: "127.0.0.1:1", upstream: "ftp://x" }'),
      'keyhold.yaml:4:49 keyspaces.a.gateway.upstream: "ftp://x" is no URL; write it as http://127.0.0.1:9201',
    ],
    [
      'an upstream with a query',
      keyspace('gateway: { listen: "127.0.0.1:1", upstream: "http://x/?a" }'),
      'keyhold.yaml:4:49 keyspaces.a.gateway.upstream: "http://x/?a" has a query or a fragment; leave them out',
    ],
    [
      'an upstream by environments that are not there',
      keyspace('gateway: { listen: "127.0.0.1:1", upstream: { live: "http://x" } }'),
      'keyhold.yaml:4:49 keyspaces.a.gateway.upstream: names environments, and the keyspace has none; write one URL, or add "environments"',
    ],
    [
      'an environment without an upstream',
      keyspace(
        'environments: [live, test]',
        'gateway: { listen: "127.0.0.1:1", upstream: { live: "http://x" } }',
      ),
      'keyhold.yaml:5:49 keyspaces.a.gateway.upstream: lacks test; add a URL for each accepted environment',
    ],
    [
      'keys that manage keys under scopes',
      keyspace(
        'scopes: { q: [GET /a] }',
        'gateway: { listen: "127.0.0.1:1", upstream: "http://x", self_service: { path: /k, keys_may_manage: true } }',
      ),
      'keyhold.yaml:5:104 keyspaces.a.gateway.self_service.keys_may_manage: is only for a keyspace without "scopes": a key could issue one that may do more; remove it',
    ],
    [
      'a mount that hides an operation',
      keyspace(
        'scopes: { q: ["GET /k/{id}"] }',
        'gateway: { listen: "127.0.0.1:1", upstream: "http://x", self_service: /k }',
      ),
      'keyhold.yaml:5:75 keyspaces.a.gateway.self_service.path: hides the operation "GET /k/{id}" from your API; take another path',
    ],
    [
      'a mount at the root',
      keyspace('gateway: { listen: "127.0.0.1:1", upstream: "http://x", self_service: / }'),
      'keyhold.yaml:4:75 keyspaces.a.gateway.self_service.path: "/" is no path for a mount; write it as /api/api-keys',
    ],
    [
      'a mount that is not canonical',
      keyspace('gateway: { listen: "127.0.0.1:1", upstream: "http://x", self_service: { path: /a//b } }'),
      'keyhold.yaml:4:83 keyspaces.a.gateway.self_service.path: "/a//b" is no path for a mount; write it as /api/api-keys',
    ],
    [
      'an address range',
      keyspace('gateway: { hosts: [a.example], upstream: "http://x", trusted_proxies: [10.0.0.0/99] }'),
      'keyhold.yaml:4:76 keyspaces.a.gateway.trusted_proxies[0]: "10.0.0.0/99" is no address range; write it as 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      'an unknown setting',
      'settings: { prot: 1 }',
      'keyhold.yaml:1:13 settings.prot: no such field; did you mean "port"?',
    ],
    [
      'an alias',
      'keyspaces:\n  a: &a { key: { format: "{random:hex:64}" } }\n  b: *a',
      'keyhold.yaml:3:6 keyspaces.b: the alias *a is not followed; write the value out',
    ],
    ['two documents', '{}\n---\n{}', 'keyhold.yaml:2:1 a second document begins; keep one in a file'],
    ['an unknown tag', 'settings: !x {}', 'keyhold.yaml:1:11 not valid YAML: Unresolved tag: !x'],
    [
      'an older YAML',
      '%YAML 1.1\n---\n{}',
      'keyhold.yaml:1:1 the file asks for an older YAML; remove its %YAML line, this is read as YAML 1.2',
    ],
    ['a list for a file', '[]', 'keyhold.yaml:1:1 must be a map of fields, not a list'],
  ])('%s', (_, text, line) => {
    expect(problemsOf(text)).toEqual([line]);
  });

  test.each<[string, string, string]>([
    ['too little randomness', 'a_{random:hex:31}', 'has 124 bits of randomness'],
    ['no randomness', 'secret', 'has 0 bits of randomness'],
    ['an unknown alphabet', '{random:base63:40}', 'has "{random:base63:40}"'],
    [
      'an environment where there is none',
      '{environment}_{random:hex:64}',
      'has {environment}, and the keyspace has no environments',
    ],
    ['a character that no header carries', 'a b{random:hex:64}', 'cannot stand in a header unquoted'],
  ])('a format with %s', (_, format, part) => {
    expect(problemsOf(`keyspaces:\n  a:\n    key:\n      format: "${format}"`)).toEqual([
      expect.stringMatching(/^keyhold\.yaml:4:15 keyspaces\.a\.key\.format: /),
    ]);
    expect(problemsOf(`keyspaces:\n  a:\n    key:\n      format: "${format}"`)[0]).toContain(part);
  });

  test('a mask that shows too much', () => {
    const [line] = problemsOf(
      'keyspaces:\n  a:\n    key: { format: "{random:hex:40}", masked: "{first:30}" }',
    );
    expect(line).toMatch(/^keyhold\.yaml:3:47 keyspaces\.a\.key\.masked: .*must stay hidden/);
  });

  test('formats that one text could be read by as two environments', () => {
    const [line] = problemsOf(`keyspaces:
  a:
    key: { format: "{environment}_{random:base36:40}", also_accepts: ["live_{random:base36:40}"] }
    environments: [live, test]`);
    expect(line).toMatch(/^keyhold\.yaml:3:20 keyspaces\.a\.key\.format: .*both fit a text like/);
  });

  test.each(FIELDS_NOT_BUILT.filter(({ section }) => section !== 'settings'))(
    '$name of $section is refused as not built yet',
    ({ section, name, what }) => {
      const gateway = section.endsWith('.gateway');
      const text = keyspace(
        gateway ? `gateway: { hosts: [a.example], upstream: "http://x", ${name}: {} }` : `${name}: {}`,
      );
      expect(problemsOf(text)).toEqual([
        expect.stringMatching(`${what} is not built yet; leave the field out$`),
      ]);
    },
  );

  test.each<[string, string, string]>([
    ['the same address', '127.0.0.1:9000', '127.0.0.1:9000'],
    ['an address and every address', '0.0.0.0:9000', '10.0.0.1:9000'],
    ['every address and an address', 'localhost:9000', '[::]:9000'],
  ])('two keyspaces that listen on %s', (_, first, second) => {
    const gateway = (listen: string) =>
      `{ key: { format: "{random:hex:64}" }, gateway: { ${UPSTREAM}, listen: "${listen}" } }`;
    expect(problemsOf(`keyspaces:\n  a: ${gateway(first)}\n  b: ${gateway(second)}`)).toEqual([
      expect.stringMatching(
        /^keyhold\.yaml:3:\d+ keyspaces\.b\.gateway\.listen: the address is already that of keyspace "a"/,
      ),
    ]);
  });

  test('two keyspaces may both take a free port, or the same port of different addresses', () => {
    const gateway = (listen: string) =>
      `{ key: { format: "{random:hex:64}" }, gateway: { ${UPSTREAM}, listen: "${listen}" } }`;
    expect(problemsOf(`keyspaces:\n  a: ${gateway('127.0.0.1:0')}\n  b: ${gateway('127.0.0.1:0')}`)).toEqual(
      [],
    );
    expect(
      problemsOf(`keyspaces:\n  a: ${gateway('127.0.0.1:81')}\n  b: ${gateway('127.0.0.2:81')}`),
    ).toEqual([]);
  });

  test('two keyspaces that share a port, one with TLS', () => {
    const gateway = (more: string) =>
      `{ key: { format: "{random:hex:64}" }, gateway: { ${UPSTREAM}, hosts: [${more} } }`;
    const [first, second] = [gateway('a.example], tls: { cert: c, key: k }'), gateway('b.example]')];
    expect(problemsOf(`keyspaces:\n  a: ${first}\n  b: ${second}`)).toEqual([
      expect.stringMatching(
        /keyspaces\.b\.gateway\.tls: keyspace "a" on the same port has "tls"; give it to all or to none$/,
      ),
    ]);
  });

  test('two keyspaces with one host', () => {
    const gateway = (host: string) =>
      `{ key: { format: "{random:hex:64}" }, gateway: { ${UPSTREAM}, hosts: [x.example, ${host}] } }`;
    expect(problemsOf(`keyspaces:\n  a: ${gateway('a.example')}\n  b: ${gateway('b.example')}`)).toEqual([
      expect.stringMatching(
        /^keyhold\.yaml:3:\d+ keyspaces\.b\.gateway\.hosts\[0\]: the host is already that of keyspace "a"/,
      ),
    ]);
  });

  test('all of it at once, in the order of the lines, one mistake hiding no other', () => {
    const lines = problemsOf(`keyspaces:
  a:
    titel: x
    key: { format: "a_{random:hex:3}", masked: 7 }
    environments: [live]
    accepts_environments: [test]
    scopes: { q: [GET] }
    gateway: { listen: "127.0.0.1:1", upstream: { prod: "http://x" } }
  b:
    key: { format: "b_{random:hex:64}" }
    gateway: { listen: "127.0.0.1:1", upstream: 5 }
settings: { port: http }
`);
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'keyhold.yaml:3:5 keyspaces.a.titel',
      'keyhold.yaml:4:20 keyspaces.a.key.format',
      'keyhold.yaml:4:48 keyspaces.a.key.masked',
      'keyhold.yaml:6:28 keyspaces.a.accepts_environments[0]',
      'keyhold.yaml:7:19 keyspaces.a.scopes.q[0]',
      'keyhold.yaml:8:49 keyspaces.a.gateway.upstream',
      'keyhold.yaml:8:57 keyspaces.a.gateway.upstream.prod',
      'keyhold.yaml:11:24 keyspaces.b.gateway.listen',
      'keyhold.yaml:11:49 keyspaces.b.gateway.upstream',
      'keyhold.yaml:12:19 settings.port',
    ]);
  });
});

describe('hostile files', () => {
  test.each<[string, string]>([
    ['a million brackets', '['.repeat(MAX_CONFIGURATION_BYTES)],
    ['maps in maps', '{a: '.repeat(MAX_CONFIGURATION_BYTES / 4)],
    ['lists in lists', '- '.repeat(MAX_CONFIGURATION_BYTES / 2)],
    ['closing brackets', ']'.repeat(MAX_CONFIGURATION_BYTES)],
    ['anchors', '&a '.repeat(MAX_CONFIGURATION_BYTES / 3)],
    [
      'aliases of aliases',
      `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *a, *a, *a, *a, *a, *a, *a]`).join('\n')}`,
    ],
    ['forty thousand names', Array.from({ length: 25_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['a file beyond 256 kB', `# ${'x'.repeat(MAX_CONFIGURATION_BYTES)}`],
    [
      'depth that YAML allows and a definition does not',
      keyspace(`errors: { unauthorized: ${'{a: '.repeat(40)}1${'}'.repeat(40)} }`),
    ],
    ['a prototype', keyspace('errors: { unauthorized: { __proto__: { a: 1 } } }')],
    ['numbers that JSON has not', keyspace('errors: { unauthorized: { a: .nan, b: .inf } }')],
    ['half a surrogate pair', keyspace('title: "\\ud800"')],
  ])('%s are refused', (_, text) => {
    const result = readConfiguration('keyhold.yaml', text);
    expect(result.ok).toBe(false);
    // However many there are, a person can read what is told.
    if (!result.ok) expect(result.problems.length).toBeLessThanOrEqual(201);
  });

  const word = fc.constantFrom(
    'keyspaces',
    'a',
    'key',
    'format',
    'gateway',
    'listen',
    'upstream',
    'scopes',
    'errors',
    'settings',
    'environments',
    '__proto__',
    '{environment}',
    '{random:hex:64}',
    'GET /a/{id}',
    '127.0.0.1:1',
    'http://x',
    '1d',
    'toString',
  );
  const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string());
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 7 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(word, fc.string()), tie('value'), { maxKeys: 6 }),
    ),
  }));

  test.each(['esms-africa', 'local-esim', 'localleads'])(
    'the configuration of %s with anything done to its characters is read or refused with a place, and never throws',
    (name) => {
      const file = new URL(`../../../../examples/${name}/keyhold.yaml`, import.meta.url);
      const good = readFileSync(file, 'utf8');
      const piece = fc.oneof(
        word,
        fc.constantFrom(
          ' ',
          '\n',
          '\n  ',
          '\t',
          ':',
          ': ',
          '- ',
          '{',
          '}',
          '[',
          ']',
          '"',
          '#',
          '&a ',
          '*a',
          '!!x ',
          '\u0000',
          '…',
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
      );
      const change = fc.tuple(fc.nat(), fc.nat(20), piece);
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const text = changes.reduce((before, [at, removed, put]) => {
            const start = at % (before.length + 1);
            return before.slice(0, start) + put + before.slice(start + removed);
          }, good);
          const result = readConfiguration('keyhold.yaml', text);
          if (result.ok) return;
          expect(result.problems.length).toBeGreaterThan(0);
          for (const { line, column } of result.problems) {
            expect(line).toBeGreaterThan(0);
            expect(column).toBeGreaterThan(0);
          }
        }),
        { numRuns: 200 },
      );
    },
  );

  test('whatever the file holds, the reader answers and never throws', () => {
    const token = fc.constantFrom(
      ...Array.from('[]{}:-?&*!|>%@`"\'#,\n\t \\'),
      '\n  ',
      ': ',
      '- ',
      '&a ',
      '*a',
      '!!x ',
      '---\n',
      '%YAML 1.1\n',
      'keyspaces:\n  a:\n    ',
      'key: ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((json) => JSON.stringify(json) ?? ''),
          fc.array(fc.oneof(token, word), { maxLength: 60 }).map((parts) => parts.join('')),
          fc.string({ unit: 'binary', maxLength: 200 }),
        ),
        (text) => {
          const result = readConfiguration('keyhold.yaml', text);
          if (!result.ok) {
            expect(result.problems.length).toBeGreaterThan(0);
            for (const { line, column, message } of result.problems) {
              expect(line).toBeGreaterThan(0);
              expect(column).toBeGreaterThan(0);
              expect(message).not.toBe('');
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
