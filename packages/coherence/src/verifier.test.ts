import {
  createOperatorId,
  OPERATOR_KEYSPACE_DEFINITION,
  parseClientAddress,
  REASONS,
  type Reason,
} from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, test } from 'vitest';
import {
  configuration,
  createBench,
  keys,
  keyspace,
  keyWith,
  MESSAGES,
  mint,
  organization,
  outcome,
  START_MS,
  secretOf,
} from '../test/_util.ts';
import type { ReplicatedKey } from './change.ts';
import type { Lease } from './lease.ts';
import { createVerifier } from './verifier.ts';

describe('each reason', () => {
  const messagesKey = { keyspace: 'messages', environment: 'live', scopes: ['send'] };
  const cases: Partial<Record<Reason, Partial<ReplicatedKey>>> = {
    revoked: { revoked: true },
    expired: { expiresAtMs: START_MS },
    disabled: { disabled: true },
    environment_not_accepted: { environment: 'test' },
    address_not_allowed: { allowedCidrs: ['192.0.2.0/24'] },
    organization_suspended: { organization: 'suspended' },
    feature_off: { organization: 'without-features' },
    insufficient_scope: { scopes: ['query'] },
    wrong_keyspace: { keyspace: 'default', scopes: [] },
  };
  test.each(Object.entries(cases))('%s is told of a key that it holds for', (reason, change) => {
    const { apply, questionFor, verifier } = createBench();
    void apply({
      kind: 'organization',
      organization: organization({ id: 'suspended', suspended: true, features: ['messaging'] }),
    });
    void apply({ kind: 'organization', organization: organization({ id: 'without-features' }) });
    const text = mint(MESSAGES);
    const key = keyWith(text, { ...messagesKey, ...change });
    void apply(keys(key));
    const question = questionFor('messages', { operation: { method: 'POST', path: '/messages' } });
    expect(verifier.verify(text, question)).toMatchObject({ accepted: false, reason, key: { id: key.id } });
  });

  test('missing, malformed and unknown are told without a key', () => {
    const { question, verifier } = createBench();
    for (const [text, reason] of [
      [null, 'missing'],
      ['kh_live_', 'malformed'],
      [mint(), 'unknown'],
    ] as const) {
      expect(verifier.verify(text, question())).toEqual({
        accepted: false,
        reason,
        key: null,
        openingScopes: [],
      });
    }
  });

  test('the cases above are all the reasons there are', () => {
    const told = new Set([...Object.keys(cases), 'missing', 'malformed', 'unknown']);
    expect(REASONS.filter((reason) => !told.has(reason))).toEqual([]);
  });
});

describe('what is accepted', () => {
  test('an accepted verdict tells the key as it was replicated', () => {
    const { apply, questionFor, verifier } = createBench();
    const text = mint(MESSAGES);
    const key = keyWith(text, {
      keyspace: 'messages',
      scopes: ['send', 'query'],
      name: 'Ключ 🔑',
      expiresAtMs: START_MS + 1,
      secrets: [secretOf(mint(MESSAGES), { notAfterMs: START_MS - 1 }), secretOf(text, { generation: 2 })],
    });
    void apply(keys(key));
    const verdict = verifier.verify(text, questionFor('messages'));
    if (!verdict.accepted) throw new Error(verdict.reason);
    expect(verdict.key).toMatchObject({
      id: key.id,
      number: key.number,
      keyspace: verifier.keyspace('messages'),
      organization: 'acme',
      environment: 'live',
      scopes: ['send', 'query'],
      name: 'Ключ 🔑',
      expiresAtMs: START_MS + 1,
      generation: 2,
      operator: null,
    });
  });

  test('an operator token is a key of the built-in keyspace, with the keyspaces it may touch', () => {
    const { apply, questionFor, verifier } = createBench();
    const text = mint(OPERATOR_KEYSPACE_DEFINITION);
    const key = keyWith(text, {
      keyspace: 'keyhold',
      organization: 'keyhold',
      environment: null,
      scopes: ['keys:read'],
    });
    const operator = {
      id: createOperatorId(createSeededRandom(1), START_MS),
      keyId: key.id,
      keyspaces: ['default'],
    };
    void apply({ kind: 'operator', operator, key });
    expect(verifier.verify(text, questionFor('keyhold', { scopes: ['keys:read'] }))).toMatchObject({
      accepted: true,
      key: { operator: { id: operator.id, keyspaces: ['default'] } },
    });
    expect(outcome(verifier, text, questionFor('keyhold', { scopes: ['keys:read', 'keys:write'] }))).toBe(
      'insufficient_scope',
    );
    expect(outcome(verifier, text, questionFor('default'))).toBe('malformed');
  });

  test('a question about any keyspace finds the key wherever it is, and judges by its own keyspace', () => {
    const { apply, question, verifier } = createBench();
    const text = mint(MESSAGES);
    void apply(keys(keyWith(text, { keyspace: 'messages', scopes: ['send'] })));
    const any = question({ keyspace: null });
    expect(outcome(verifier, text, any)).toBe('accepted');
    expect(outcome(verifier, text, { ...any, operation: { method: 'POST', path: '/messages' } })).toBe(
      'accepted',
    );
    expect(outcome(verifier, text, { ...any, operation: { method: 'GET', path: '/messages' } })).toBe(
      'insufficient_scope',
    );
    expect(outcome(verifier, mint(MESSAGES), any)).toBe('unknown');
    expect(outcome(verifier, 'neither', any)).toBe('malformed');
  });

  test('an address inside the ranges is accepted, one outside and an unknown one are not', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text, { allowedCidrs: ['192.0.2.0/24', '2001:db8::/32'] })));
    const from = (address: string) =>
      outcome(verifier, text, question({ address: parseClientAddress(address) }));
    expect(from('192.0.2.7')).toBe('accepted');
    expect(from('2001:db8::1')).toBe('accepted');
    expect(from('192.0.3.7')).toBe('address_not_allowed');
    expect(outcome(verifier, text, question())).toBe('address_not_allowed');
  });

  test('a key is accepted until the last millisecond before its expiry, and not at it', () => {
    const { apply, clock, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text, { expiresAtMs: START_MS + 1_000 })));
    clock.setWall(START_MS + 999);
    expect(outcome(verifier, text, question())).toBe('accepted');
    clock.setWall(START_MS + 1_000);
    expect(outcome(verifier, text, question())).toBe('expired');
  });

  test('a recycled secret is accepted to the end of its grace, the new one from the start', () => {
    const { apply, clock, question, verifier } = createBench();
    const [old, next] = [mint(), mint()];
    void apply(
      keys(
        keyWith(old, {
          secrets: [secretOf(old, { notAfterMs: START_MS + 10 }), secretOf(next, { generation: 2 })],
        }),
      ),
    );
    clock.setWall(START_MS + 9);
    expect([old, next].map((text) => outcome(verifier, text, question()))).toEqual(['accepted', 'accepted']);
    clock.setWall(START_MS + 10);
    expect([old, next].map((text) => outcome(verifier, text, question()))).toEqual(['revoked', 'accepted']);
  });

  test('a bulk revocation covers the keys up to its number, in its keyspace only', () => {
    const { apply, question, questionFor, verifier } = createBench();
    const texts = [mint(), mint(), mint(MESSAGES)] as const;
    void apply(
      keys(
        keyWith(texts[0], { number: 5 }),
        keyWith(texts[1], { number: 6 }),
        keyWith(texts[2], { number: 5, keyspace: 'messages' }),
      ),
    );
    void apply({
      kind: 'organization',
      organization: organization({ features: ['messaging'], revokedThrough: { default: 5 } }),
    });
    expect(outcome(verifier, texts[0], question())).toBe('revoked');
    expect(outcome(verifier, texts[1], question())).toBe('accepted');
    expect(outcome(verifier, texts[2], questionFor('messages'))).toBe('accepted');
  });
});

test('a bulk revocation covers keys of a keyspace that nothing has named before', () => {
  const { apply, questionFor, verifier } = createBench();
  const later = { ...MESSAGES, id: 'later' };
  void apply({
    kind: 'organization',
    organization: organization({ features: ['messaging'], revokedThrough: { later: 5 } }),
  });
  void apply(configuration(later));
  const texts = [mint(later), mint(later)] as const;
  void apply(
    keys(
      keyWith(texts[0], { keyspace: 'later', number: 5 }),
      keyWith(texts[1], { keyspace: 'later', number: 6 }),
    ),
  );
  expect(texts.map((text) => outcome(verifier, text, questionFor('later')))).toEqual(['revoked', 'accepted']);
});

test('a key of a keyspace that was never configured is unknown', () => {
  const { apply, question, verifier } = createBench();
  const text = mint();
  void apply(keys(keyWith(text, { keyspace: 'ghost' })));
  expect(outcome(verifier, text, question({ keyspace: null }))).toBe('unknown');
});

describe('scopes', () => {
  function createScoped(...scopes: readonly string[]) {
    const bench = createBench();
    const text = mint(MESSAGES);
    void bench.apply(keys(keyWith(text, { keyspace: 'messages', scopes })));
    return {
      ...bench,
      on: (method: string, path: string) =>
        bench.verifier.verify(text, bench.questionFor('messages', { operation: { method, path } })),
      holding: (...wanted: readonly string[]) =>
        bench.verifier.verify(text, bench.questionFor('messages', { scopes: wanted })),
      text,
    };
  }

  test('a denial names the scopes that open the operation', () => {
    const { on } = createScoped('send');
    expect(on('GET', '/messages')).toMatchObject({
      reason: 'insufficient_scope',
      openingScopes: ['query', 'admin'],
    });
  });

  test('an operation that no scope lists is open to nobody', () => {
    const { on } = createScoped('send', 'query', 'admin');
    expect(on('PATCH', '/messages')).toMatchObject({ reason: 'insufficient_scope', openingScopes: [] });
  });

  test('scopes asked for by name must be held, all of them', () => {
    const { holding } = createScoped('send', 'query');
    expect(holding('query', 'send').accepted).toBe(true);
    expect(holding().accepted).toBe(true);
    expect(holding('send', 'admin')).toMatchObject({
      reason: 'insufficient_scope',
      openingScopes: ['send', 'admin'],
    });
  });

  test('an operation that is open leaves the scopes asked for by name to tell of', () => {
    const { questionFor, text, verifier } = createScoped('query');
    const asked = { operation: { method: 'GET', path: '/messages' }, scopes: ['query', 'send'] };
    expect(verifier.verify(text, questionFor('messages', asked))).toMatchObject({
      reason: 'insufficient_scope',
      openingScopes: ['query', 'send'],
    });
  });

  test('a scope that the keyspace does not know is held by nobody', () => {
    const { holding } = createScoped('send', 'query', 'admin');
    expect(holding('send', 'unheard-of')).toMatchObject({ reason: 'insufficient_scope' });
  });

  test('a keyspace without scopes opens every operation, and its keys hold no scope', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text)));
    expect(outcome(verifier, text, question({ operation: { method: 'PATCH', path: '/anything' } }))).toBe(
      'accepted',
    );
    expect(outcome(verifier, text, question({ scopes: ['send'] }))).toBe('insufficient_scope');
    const both = question({ operation: { method: 'PATCH', path: '/anything' }, scopes: ['send'] });
    expect(verifier.verify(text, both)).toMatchObject({
      reason: 'insufficient_scope',
      openingScopes: ['send'],
    });
  });

  test('a scope that the configuration dropped opens nothing and is not told', () => {
    const { apply, on, questionFor, text, verifier } = createScoped('send', 'query');
    const { query: _, ...scopes } = MESSAGES.scopes!;
    void apply(configuration({ ...MESSAGES, scopes }));
    expect(on('POST', '/messages').accepted).toBe(true);
    expect(on('GET', '/messages/1')).toMatchObject({ reason: 'insufficient_scope' });
    expect(verifier.verify(text, questionFor('messages'))).toMatchObject({ key: { scopes: ['send'] } });
  });
});

describe('configuration', () => {
  test('keys of a retired keyspace are denied', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text)));
    void apply(configuration(keyspace({ retired: true })));
    expect(outcome(verifier, text, question())).toBe('disabled');
  });

  test('keys of a keyspace that is gone are unknown, and known again when it is back', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text)));
    void apply(configuration(keyspace({ id: 'other' })));
    expect(verifier.keyspace('default')).toBeUndefined();
    expect(verifier.verify(text, question({ keyspace: null }))).toMatchObject({
      reason: 'unknown',
      key: null,
    });
    void apply(configuration(keyspace()));
    expect(outcome(verifier, text, question())).toBe('accepted');
  });

  test('a key of a former format stays recognised', () => {
    const { apply, question, verifier } = createBench();
    const former = 'old_{random:hex:64}';
    const text = mint(keyspace({ key: { format: former, masked: '…', alsoAccepted: [] } }));
    void apply(keys(keyWith(text)));
    expect(outcome(verifier, text, question())).toBe('malformed');
    const formerFormats = [{ template: former, environments: [] }];
    void apply({ kind: 'configuration', keyspaces: [{ definition: keyspace(), formerFormats }] });
    expect(outcome(verifier, text, question())).toBe('accepted');
  });

  test('a key of an environment that was removed is one of an environment not accepted', () => {
    const { apply, question, verifier } = createBench();
    const { format } = keyspace().key;
    const text = mint(keyspace());
    void apply(keys(keyWith(text)));
    const definition = keyspace({ environments: ['test'], acceptsEnvironments: ['test'] });
    const formerFormats = [{ template: format, environments: ['live', 'test'] }];
    void apply({ kind: 'configuration', keyspaces: [{ definition, formerFormats }] });
    expect(outcome(verifier, text, question())).toBe('environment_not_accepted');
  });

  test('a question put under the configuration before is answered under the present one', () => {
    const { apply, questionFor, verifier } = createBench();
    const text = mint(MESSAGES);
    void apply(keys(keyWith(text, { keyspace: 'messages', scopes: ['query'] })));
    const earlier = questionFor('messages', { operation: { method: 'GET', path: '/messages' } });
    expect(outcome(verifier, text, earlier)).toBe('accepted');
    void apply(
      configuration({ ...MESSAGES, scopes: { send: ['GET /messages'], query: ['POST /messages'] } }),
    );
    expect(outcome(verifier, text, earlier)).toBe('insufficient_scope');
  });

  test('keyspaces with different numbers of scopes do not confuse each other’s keys', () => {
    const { apply, questionFor, verifier } = createBench();
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`s${i}`, [`GET /s${i}`]]));
    const wide = { ...MESSAGES, id: 'wide', scopes: many };
    void apply(configuration(MESSAGES, wide));
    const text = mint(wide);
    void apply(keys(keyWith(text, { keyspace: 'wide', scopes: ['s0', 's69'] })));
    const get = (path: string) => ({ operation: { method: 'GET', path } });
    expect(outcome(verifier, text, questionFor('wide', get('/s69')))).toBe('accepted');
    expect(outcome(verifier, text, questionFor('wide', get('/s68')))).toBe('insufficient_scope');
    expect(outcome(verifier, text, questionFor('messages', get('/messages')))).toBe('wrong_keyspace');
    expect(outcome(verifier, text, questionFor('messages', { scopes: ['send'] }))).toBe('wrong_keyspace');
  });
});

describe('the lease', () => {
  test('without a live lease nothing is answered, a denial neither', () => {
    let live = true;
    const { apply, question, verifier } = createBench({ isLive: () => live });
    const text = mint();
    void apply(keys(keyWith(text)));
    expect(outcome(verifier, text, question())).toBe('accepted');
    live = false;
    for (const presented of [text, mint(), 'malformed', null]) {
      expect(() => verifier.verify(presented, question())).toThrow(
        expect.objectContaining({
          code: 'lease_lost',
          message: 'This process may not answer at the moment; repeat the request.',
        }),
      );
    }
  });

  test('the lease is read after the verdict was reached', () => {
    const { apply, clock, question, replica } = createBench();
    const text = mint();
    void apply(keys(keyWith(text)));
    const order: string[] = [];
    clock.nowMs = () => {
      order.push('verdict');
      return START_MS;
    };
    const lease: Lease = {
      isLive() {
        order.push('lease');
        return true;
      },
    };
    createVerifier({ replica, lease }).verify(text, question());
    expect(order).toEqual(['verdict', 'lease']);
  });

  test('a replica that is being loaded again answers nothing, and still tells its keyspaces', () => {
    const { question, replica, verifier } = createBench();
    const before = verifier.keyspace('default');
    replica.drop();
    expect(verifier.keyspace('default')).toBe(before);
    expect(() => verifier.verify(mint(), question())).toThrow(
      expect.objectContaining({ code: 'lease_lost' }),
    );
  });
});

test('a key of 512 characters is read', () => {
  const { apply, question, verifier } = createBench();
  const longest = keyspace({ key: { format: '{random:hex:512}', masked: '…', alsoAccepted: [] } });
  void apply(configuration(longest));
  const text = mint(longest);
  void apply(keys(keyWith(text)));
  expect(outcome(verifier, text, question())).toBe('accepted');
});

test('a key text of more than 512 characters is malformed unread', () => {
  const { question, verifier } = createBench();
  expect(outcome(verifier, 'a'.repeat(513), question())).toBe('malformed');
});
