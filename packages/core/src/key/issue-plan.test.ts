import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileKeyspace } from '../keyspace.ts';
import { defaultKeyspaceDefinition, type KeyspaceDefinition } from '../keyspace-definition.ts';
import { MAX_INSTANT_MS } from '../time/instant.ts';
import { type IssueRequest, planIssue, planPatch } from './issue-plan.ts';

const nowMs = Date.UTC(2026, 4, 2, 10);
const dayMs = 86_400_000;

function keyspaceWith(changes: Partial<KeyspaceDefinition>) {
  return compileKeyspace({ ...defaultKeyspaceDefinition(), ...changes }, []);
}

const esms = keyspaceWith({
  id: 'esms-africa',
  scopes: { send: ['POST /send'], query: ['GET /q'], webhooks: ['GET /w'] },
});
const plain = keyspaceWith({
  key: { format: 'll_{random:hex:64}', masked: '{first:13}…', alsoAccepted: [] },
  environments: [],
  acceptsEnvironments: [],
});
const limited = keyspaceWith({ limits: { activeKeysPerOrganization: null, maxLifetimeMs: 90 * dayMs } });

const request: IssueRequest = { name: 'Production server', environment: 'live', scopes: ['send', 'query'] };

/** The pointers of what is wrong, and the message of the first. */
function faultsOf(planned: ReturnType<typeof planIssue> | ReturnType<typeof planPatch>) {
  return planned.ok
    ? { pointers: [], message: '' }
    : { pointers: planned.fields.map(({ pointer }) => pointer), message: planned.fields[0]?.message };
}

test('what is left out is filled in', () => {
  expect(planIssue(plain, { name: 'CI' }, nowMs)).toEqual({
    ok: true,
    plan: { name: 'CI', environment: null, scopes: [], expiresAtMs: null, allowedCidrs: [], metadata: {} },
  });
});

test('a plan is canonical: scopes in the keyspace’s order, ranges in one spelling, nothing twice', () => {
  const planned = planIssue(
    esms,
    {
      name: ' Cafe\u0301 ',
      environment: 'test',
      scopes: ['query', 'send', 'query'],
      expiresAtMs: nowMs + 1,
      allowedCidrs: ['2001:DB8::/32', '192.0.2.1', '192.0.2.1/32'],
      metadata: { team: 'a' },
    },
    nowMs,
  );
  expect(planned).toEqual({
    ok: true,
    plan: {
      name: 'Café',
      environment: 'test',
      scopes: ['send', 'query'],
      expiresAtMs: nowMs + 1,
      allowedCidrs: ['2001:db8::/32', '192.0.2.1/32'],
      metadata: { team: 'a' },
    },
  });
});

test('the only environment of a keyspace is implied', () => {
  const single = keyspaceWith({ environments: ['live'], acceptsEnvironments: ['live'] });
  expect(planIssue(single, { name: 'CI' }, nowMs)).toMatchObject({ ok: true, plan: { environment: 'live' } });
});

describe('a request to issue is refused, naming the field,', () => {
  const over = (changes: Partial<IssueRequest>) => ({ ...request, ...changes });
  test.each<[string, typeof esms, IssueRequest, string, RegExp]>([
    [
      'without an environment where there are several',
      esms,
      over({ environment: undefined }),
      '/environment',
      /required; send one of "live", "test"/,
    ],
    [
      'with an environment that does not exist',
      esms,
      over({ environment: 'prod' }),
      '/environment',
      /"prod" is not an environment; send one of "live", "test"/,
    ],
    [
      'with an environment in another case',
      esms,
      over({ environment: 'Live' }),
      '/environment',
      /is not an environment/,
    ],
    [
      'with an environment where there are none',
      plain,
      { name: 'CI', environment: 'live' },
      '/environment',
      /has no environments; leave it out/,
    ],
    [
      'without scopes',
      esms,
      over({ scopes: undefined }),
      '/scopes',
      /required; send some of "send", "query", "webhooks"/,
    ],
    ['with an empty list of scopes', esms, over({ scopes: [] }), '/scopes', /required/],
    [
      'with a scope that does not exist',
      esms,
      over({ scopes: ['send', 'admin'] }),
      '/scopes/1',
      /"admin" is not a scope/,
    ],
    ['with a wildcard for a scope', esms, over({ scopes: ['*'] }), '/scopes/0', /is not a scope/],
    [
      'with scopes where there are none',
      plain,
      { name: 'CI', scopes: ['send'] },
      '/scopes',
      /has no scopes; leave them out/,
    ],
    ['with an expiry at this very instant', esms, over({ expiresAtMs: nowMs }), '/expires_at', /in the past/],
    ['with an expiry in the past', esms, over({ expiresAtMs: nowMs - 1 }), '/expires_at', /in the past/],
    ['with an expiry before 1970', esms, over({ expiresAtMs: -1 }), '/expires_at', /in the past/],
    [
      'with an expiry past the year 9999',
      esms,
      over({ expiresAtMs: MAX_INSTANT_MS + 1 }),
      '/expires_at',
      /too late; send a time up to 9999-12-31T23:59:59.999Z/,
    ],
    ['with NaN for an expiry', esms, over({ expiresAtMs: Number.NaN }), '/expires_at', /not an instant/],
    [
      'with an infinite expiry',
      esms,
      over({ expiresAtMs: Number.POSITIVE_INFINITY }),
      '/expires_at',
      /not an instant/,
    ],
    [
      'with a fraction of a millisecond',
      esms,
      over({ expiresAtMs: nowMs + 0.5 }),
      '/expires_at',
      /not an instant/,
    ],
    [
      'with an expiry past the longest lifetime',
      limited,
      { name: 'CI', environment: 'live', expiresAtMs: nowMs + 90 * dayMs + 1 },
      '/expires_at',
      /up to 2026-07-31T10:00:00Z/,
    ],
    [
      'without an expiry where the lifetime is limited',
      limited,
      { name: 'CI', environment: 'live' },
      '/expires_at',
      /must expire; send a time up to 2026-07-31T10:00:00Z/,
    ],
    [
      'with something else than a range',
      esms,
      over({ allowedCidrs: ['192.0.2.0/24', 'home'] }),
      '/allowed_cidrs/1',
      /"home" is not an address range/,
    ],
    [
      'with 65 ranges',
      esms,
      over({ allowedCidrs: Array.from({ length: 65 }, (_, i) => `192.0.2.${i}/32`) }),
      '/allowed_cidrs',
      /at most 64/,
    ],
    [
      'with a name without a visible character',
      esms,
      over({ name: '\u200b' }),
      '/name',
      /no visible character/,
    ],
    [
      'with too much metadata',
      esms,
      over({ metadata: { text: 'x'.repeat(4_096) } }),
      '/metadata',
      /bytes as JSON/,
    ],
  ])('%s', (_, keyspace, refused, pointer, message) => {
    const faults = faultsOf(planIssue(keyspace, refused, nowMs));
    expect(faults.pointers).toEqual([pointer]);
    expect(faults.message).toMatch(message);
  });
});

test('every field at fault is told at once', () => {
  const bad = {
    name: '',
    environment: 'x',
    scopes: ['y', 'z'],
    expiresAtMs: 0,
    allowedCidrs: ['v'],
    metadata: { constructor: 1 },
  };
  expect(faultsOf(planIssue(esms, bad, nowMs)).pointers).toEqual([
    '/name',
    '/environment',
    '/scopes/0',
    '/scopes/1',
    '/expires_at',
    '/allowed_cidrs/0',
    '/metadata',
  ]);
});

test('the longest lifetime itself is allowed, and 64 ranges are', () => {
  const latest = { name: 'CI', environment: 'live', expiresAtMs: nowMs + 90 * dayMs };
  expect(planIssue(limited, latest, nowMs).ok).toBe(true);
  const allowedCidrs = Array.from({ length: 64 }, (_, i) => `192.0.2.${i}/32`);
  expect(planIssue(esms, { ...request, allowedCidrs }, nowMs).ok).toBe(true);
});

test('planning a plan again changes nothing', () => {
  const requests = fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    environment: fc.constantFrom('live', 'test'),
    scopes: fc.array(fc.constantFrom('send', 'query', 'webhooks'), { minLength: 1 }),
    expiresAtMs: fc.option(fc.integer({ min: nowMs + 1, max: MAX_INSTANT_MS })),
    allowedCidrs: fc.array(fc.ipV4(), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(requests, (asked) => {
      const planned = planIssue(esms, asked, nowMs);
      if (!planned.ok) return;
      expect(planIssue(esms, { ...planned.plan, environment: asked.environment }, nowMs)).toEqual(planned);
    }),
  );
});

describe('a patch', () => {
  test('plans only the fields it names', () => {
    expect(planPatch(esms, {}, nowMs)).toEqual({ ok: true, plan: {} });
    expect(planPatch(esms, { name: ' a ', scopes: undefined }, nowMs)).toEqual({
      ok: true,
      plan: { name: 'a' },
    });
    expect(planPatch(esms, { scopes: ['webhooks', 'send'] }, nowMs)).toEqual({
      ok: true,
      plan: { scopes: ['send', 'webhooks'] },
    });
  });

  test('takes an expiry away with null, but not where the lifetime is limited', () => {
    expect(planPatch(esms, { expiresAtMs: null }, nowMs)).toEqual({ ok: true, plan: { expiresAtMs: null } });
    expect(faultsOf(planPatch(limited, { expiresAtMs: null }, nowMs)).pointers).toEqual(['/expires_at']);
    expect(planPatch(limited, { name: 'a' }, nowMs).ok).toBe(true);
  });

  test('is held to the rules of issuing', () => {
    const bad = {
      name: '',
      scopes: [],
      expiresAtMs: nowMs,
      allowedCidrs: ['x'],
      metadata: { a: 'x'.repeat(5_000) },
    };
    expect(faultsOf(planPatch(esms, bad, nowMs)).pointers).toEqual([
      '/name',
      '/scopes',
      '/expires_at',
      '/allowed_cidrs/0',
      '/metadata',
    ]);
  });
});
