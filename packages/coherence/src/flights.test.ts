import { OPERATOR_KEYSPACE_DEFINITION, parseClientAddress } from '@keyhold/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bench,
  configuration,
  createBench,
  keys,
  keyspace,
  keyWith,
  MESSAGES,
  mint,
  organization,
  START_MS,
  secretOf,
} from '../test/_util.ts';
import type { ChangePayload, ReplicatedKey } from './change.ts';
import type { AdmittedFlight, Flight, VerifyQuestion } from './verification.ts';

interface RecordedFlight extends AdmittedFlight {
  /** Why it was ended, once for each call of `end`. */
  readonly ends: readonly string[];
}

function admit(
  bench: Bench,
  text: string,
  question: VerifyQuestion = bench.question(),
  end: Flight['end'] = () => {},
): RecordedFlight {
  const verdict = bench.verifier.verify(text, question);
  if (!verdict.accepted) throw new Error(verdict.reason);
  const ends: string[] = [];
  const admitted = bench.verifier.admit(verdict.subject, {
    end(reason, openingScopes) {
      ends.push([reason, ...openingScopes].join(' '));
      return end(reason, openingScopes);
    },
  });
  return { ends, done: () => admitted.done() };
}

/** A key of the keyspace `messages` in flight on an operation that `query` and `admin` open. */
function createMessagesFlight(change: Partial<ReplicatedKey> = {}) {
  const bench = createBench();
  const text = mint(MESSAGES);
  const key = keyWith(text, { keyspace: 'messages', scopes: ['query'], ...change });
  void bench.apply(keys(key));
  const question = bench.questionFor('messages', {
    operation: { method: 'GET', path: '/messages' },
    address: parseClientAddress('192.0.2.1'),
  });
  return { ...bench, key, text, flight: admit(bench, text, question) };
}

describe('a change that denies the key', () => {
  const { scopes } = MESSAGES;
  const acme = { features: ['messaging'] };
  const cases: Record<string, [ending: string, change: (key: ReplicatedKey) => ChangePayload]> = {
    'the key is revoked': ['revoked', (key) => keys({ ...key, revoked: true })],
    'the key is disabled': ['disabled', (key) => keys({ ...key, disabled: true })],
    'the key expires at once': ['expired', (key) => keys({ ...key, expiresAtMs: START_MS })],
    'the key is recycled without a grace': [
      'revoked',
      (key) =>
        keys({
          ...key,
          secrets: [
            { ...key.secrets[0]!, notAfterMs: START_MS },
            secretOf(mint(MESSAGES), { generation: 2 }),
          ],
        }),
    ],
    'the key is revoked and its scopes shrink': [
      'revoked',
      (key) => keys({ ...key, revoked: true, scopes: ['send'] }),
    ],
    'its scopes shrink': ['insufficient_scope query admin', (key) => keys({ ...key, scopes: ['send'] })],
    'its addresses shrink': ['address_not_allowed', (key) => keys({ ...key, allowedCidrs: ['192.0.2.2'] })],
    'its organization is suspended': [
      'organization_suspended',
      () => ({ kind: 'organization', organization: organization({ ...acme, suspended: true }) }),
    ],
    'the feature is turned off': [
      'feature_off',
      () => ({ kind: 'organization', organization: organization() }),
    ],
    'all keys of the organization are revoked': [
      'revoked',
      ({ number }) => ({
        kind: 'organization',
        organization: organization({ ...acme, revokedThrough: { messages: number } }),
      }),
    ],
    'the scope no longer opens the operation': [
      'insufficient_scope admin',
      () => configuration({ ...MESSAGES, scopes: { ...scopes, query: ['GET /messages/{id}'] } }),
    ],
    'the environment is no longer accepted': [
      'environment_not_accepted',
      () => configuration({ ...MESSAGES, acceptsEnvironments: ['test'] }),
    ],
    'the keyspace is retired': ['disabled', () => configuration({ ...MESSAGES, retired: true })],
    'the keyspace is gone': ['unknown', () => configuration(keyspace())],
  };
  test.each(Object.entries(cases))('ends its requests in flight, once: %s', (_, [ending, change]) => {
    const { apply, flight, key } = createMessagesFlight();
    expect(apply(change(key))).toBeUndefined();
    expect(flight.ends).toEqual([ending]);
    void apply(keys({ ...key, revoked: true }));
    expect(flight.ends).toHaveLength(1);
  });
});

test('a change of an operator that revokes its token ends the token’s requests in flight', () => {
  const bench = createBench();
  const text = mint(OPERATOR_KEYSPACE_DEFINITION);
  const key = keyWith(text, { keyspace: 'keyhold', environment: null, scopes: ['verify'] });
  const operator = { id: 'op_1', keyId: key.id, keyspaces: null } as const;
  void bench.apply({ kind: 'operator', operator, key });
  const flight = admit(bench, text, bench.questionFor('keyhold'));
  void bench.apply({ kind: 'operator', operator, key: { ...key, revoked: true } });
  expect(flight.ends).toEqual(['revoked']);
});

describe('a change that leaves the key accepted', () => {
  test('ends nothing', () => {
    const { apply, flight, key } = createMessagesFlight();
    void apply(
      keys({ ...key, name: 'Renamed', scopes: ['query', 'admin'] }, keyWith(mint(), { revoked: true })),
    );
    void apply({ kind: 'organization', organization: organization({ id: 'other', suspended: true }) });
    void apply(configuration(MESSAGES));
    expect(flight.ends).toEqual([]);
  });

  test('recycling ends what the old secret carries and not what the new one does', () => {
    const bench = createBench();
    const [old, next] = [mint(), mint()];
    const key = keyWith(old, {
      secrets: [secretOf(old, { notAfterMs: START_MS + 1_000 }), secretOf(next, { generation: 2 })],
    });
    void bench.apply(keys(key));
    const flights = [admit(bench, old), admit(bench, next)];
    void bench.apply(keys({ ...key, secrets: [secretOf(old, { notAfterMs: START_MS }), key.secrets[1]!] }));
    expect(flights.map(({ ends }) => ends)).toEqual([['revoked'], []]);
  });
});

describe('a write waits', () => {
  test('until the slowest end is over', async () => {
    const bench = createBench();
    const [slow, text] = [Promise.withResolvers<void>(), mint()];
    const key = keyWith(text);
    void bench.apply(keys(key));
    admit(bench, text, bench.question(), () => slow.promise);
    admit(bench, text);
    let over = false;
    const applied = Promise.resolve(bench.apply(keys({ ...key, revoked: true }))).finally(() => {
      over = true;
    });
    await new Promise(setImmediate);
    expect(over).toBe(false);
    slow.resolve();
    await applied;
    expect(bench.replica.ended()).toBeUndefined();
  });

  test('for an end that an earlier change or an expiry began', async () => {
    const bench = createBench();
    const [slow, text] = [Promise.withResolvers<void>(), mint()];
    void bench.apply(keys(keyWith(text, { expiresAtMs: START_MS + 10 })));
    admit(bench, text, bench.question(), () => slow.promise);
    bench.clock.advance(10);
    const applied = bench.apply(keys(keyWith(mint())));
    expect(applied).toBeInstanceOf(Promise);
    slow.resolve();
    await applied;
  });

  test('no longer for an end that fails, which is reported', async () => {
    const bench = createBench();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    const text = mint();
    const key = keyWith(text);
    void bench.apply(keys(key));
    admit(bench, text, bench.question(), () => {
      throw thrown;
    });
    admit(bench, text, bench.question(), () => Promise.reject(rejected));
    const last = admit(bench, text);
    await bench.apply(keys({ ...key, revoked: true }));
    expect(last.ends).toEqual(['revoked']);
    expect(bench.endFailures).toHaveLength(2);
    expect(bench.endFailures).toEqual(expect.arrayContaining([thrown, rejected]));
  });
});

describe('time', () => {
  function createMortal(expiresAtMs: number) {
    const bench = createBench();
    const text = mint();
    const key = keyWith(text, { expiresAtMs });
    void bench.apply(keys(key));
    return { ...bench, key, flight: admit(bench, text) };
  }

  test('a request in flight ends at the millisecond its key expires', () => {
    const { clock, flight, pendingTimers } = createMortal(START_MS + 86_400_000);
    clock.advance(86_399_999);
    expect(flight.ends).toEqual([]);
    clock.advance(1);
    expect(flight.ends).toEqual(['expired']);
    expect(pendingTimers()).toBe(0);
  });

  test('a request in flight ends at the end of its secret’s grace', () => {
    const bench = createBench();
    const [old, next] = [mint(), mint()];
    void bench.apply(
      keys(
        keyWith(old, {
          secrets: [secretOf(old, { notAfterMs: START_MS + 5_000 }), secretOf(next, { generation: 2 })],
        }),
      ),
    );
    const flights = [admit(bench, old), admit(bench, next)];
    bench.clock.advance(4_999);
    expect(flights[0]!.ends).toEqual([]);
    bench.clock.advance(1);
    expect(flights.map(({ ends }) => ends)).toEqual([['revoked'], []]);
  });

  test('an expiry moved later ends it then, one moved earlier at the earlier moment', () => {
    const { apply, clock, flight, key } = createMortal(START_MS + 1_000);
    void apply(keys({ ...key, expiresAtMs: START_MS + 9_000 }));
    clock.advance(5_000);
    expect(flight.ends).toEqual([]);
    void apply(keys({ ...key, expiresAtMs: START_MS + 6_000 }));
    clock.advance(999);
    expect(flight.ends).toEqual([]);
    clock.advance(1);
    expect(flight.ends).toEqual(['expired']);
  });

  test('an expiry taken away leaves no timer', () => {
    const { apply, clock, flight, key, pendingTimers } = createMortal(START_MS + 1_000);
    void apply(keys({ ...key, expiresAtMs: null }));
    expect(pendingTimers()).toBe(0);
    clock.advance(10_000);
    expect(flight.ends).toEqual([]);
  });

  test('a wall clock stepped forward past the expiry ends it within a second', () => {
    const { clock, flight } = createMortal(START_MS + 3_600_000);
    clock.setWall(START_MS + 3_600_000);
    clock.advance(1_000);
    expect(flight.ends).toEqual(['expired']);
  });

  test('a wall clock stepped back lets it go on until the expiry', () => {
    const { clock, flight } = createMortal(START_MS + 500);
    clock.setWall(START_MS - 10_000);
    clock.advance(10_499);
    expect(flight.ends).toEqual([]);
    clock.advance(1);
    expect(flight.ends).toEqual(['expired']);
  });

  test('each of many ends at its own moment, whatever order they came in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }),
        (lifetimesMs) => {
          const bench = createBench();
          const ended: number[] = [];
          for (const lifetimeMs of lifetimesMs) {
            const text = mint();
            void bench.apply(keys(keyWith(text, { expiresAtMs: START_MS + lifetimeMs })));
            admit(bench, text, bench.question(), () => {
              ended.push(bench.clock.nowMs() - START_MS);
            });
          }
          bench.clock.advance(5_000);
          expect(ended).toEqual(lifetimesMs.toSorted((a, b) => a - b));
          expect(bench.pendingTimers()).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a request that is done', () => {
  test('is not ended any more, and leaves no timer', () => {
    const { apply, flight, key, pendingTimers } = createMessagesFlight({ expiresAtMs: START_MS + 1_000 });
    expect(pendingTimers()).toBe(1);
    flight.done();
    flight.done();
    expect(pendingTimers()).toBe(0);
    void apply(keys({ ...key, revoked: true }));
    expect(flight.ends).toEqual([]);
  });

  test('and said so again does not take a later one of its key with it', () => {
    const bench = createBench();
    const text = mint();
    const key = keyWith(text);
    void bench.apply(keys(key));
    const first = admit(bench, text);
    first.done();
    const second = admit(bench, text);
    first.done();
    void bench.apply(keys({ ...key, revoked: true }));
    expect([first.ends, second.ends]).toEqual([[], ['revoked']]);
  });

  test('leaves the others of its key alone, whichever of them is done', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (areDone, order) => {
          const bench = createBench();
          const text = mint();
          const key = keyWith(text);
          void bench.apply(keys(key));
          const flights = areDone.map((isDone) => ({
            isDone,
            flight: admit(bench, text),
            rank: order.next().value ?? 0,
          }));
          for (const { isDone, flight } of flights.toSorted((a, b) => a.rank - b.rank))
            if (isDone) flight.done();
          void bench.apply(keys({ ...key, revoked: true }));
          expect(flights.map(({ flight }) => flight.ends.length === 0)).toEqual(areDone);
        },
      ),
    );
  });

  test('may be done by the end of another', () => {
    const bench = createBench();
    const text = mint();
    const key = keyWith(text);
    void bench.apply(keys(key));
    const first = admit(bench, text);
    admit(bench, text, bench.question(), () => first.done());
    void bench.apply(keys({ ...key, revoked: true }));
    expect(first.ends).toEqual([]);
  });
});

test('a request admitted after a change it missed is ended, once its caller has it in hand', async () => {
  const bench = createBench();
  const text = mint();
  const key = keyWith(text);
  void bench.apply(keys(key));
  const verdict = bench.verifier.verify(text, bench.question());
  if (!verdict.accepted) throw new Error(verdict.reason);
  void bench.apply(keys({ ...key, revoked: true }));
  const ends: string[] = [];
  bench.verifier.admit(verdict.subject, { end: (reason) => void ends.push(reason) });
  expect(ends).toEqual([]);
  await bench.replica.ended();
  expect(ends).toEqual(['revoked']);
});

describe('a replica that is loaded again', () => {
  test('keeps what is still accepted in flight and ends the rest', () => {
    const bench = createBench();
    const texts = [mint(), mint(), mint(), mint()] as const;
    const kept = keyWith(texts[0]);
    const revoked = keyWith(texts[1]);
    const gone = keyWith(texts[2]);
    const done = keyWith(texts[3]);
    void bench.apply(keys(gone, kept, revoked, done));
    const flights = texts.map((text) => admit(bench, text));
    bench.replica.drop();
    flights[3]!.done();
    bench.replica.load({ kind: 'configuration', keyspaces: [{ definition: keyspace(), formerFormats: [] }] });
    bench.replica.load({ kind: 'keys', keys: [{ ...revoked, revoked: true }, kept, done] });
    expect(flights.flatMap(({ ends }) => ends)).toEqual([]);
    bench.replica.seal(9);
    expect(flights.map(({ ends }) => ends)).toEqual([[], ['revoked'], ['unknown'], []]);
    void bench.apply(keys({ ...kept, disabled: true }, { ...done, revoked: true }));
    expect(flights.map(({ ends }) => ends)).toEqual([['disabled'], ['revoked'], ['unknown'], []]);
  });

  test('ends what expired meanwhile, and arms the timer for what has not', () => {
    const bench = createBench();
    const texts = [mint(), mint()] as const;
    const both = texts.map((text, i) => keyWith(text, { expiresAtMs: START_MS + 100 * (i + 1) }));
    void bench.apply(keys(...both));
    const flights = texts.map((text) => admit(bench, text));
    bench.replica.drop();
    expect(bench.pendingTimers()).toBe(0);
    bench.clock.advance(150);
    bench.replica.load({ kind: 'configuration', keyspaces: [{ definition: keyspace(), formerFormats: [] }] });
    bench.replica.load({ kind: 'keys', keys: both });
    bench.replica.seal(9);
    expect(flights.map(({ ends }) => ends)).toEqual([['expired'], []]);
    bench.clock.advance(50);
    expect(flights[1]!.ends).toEqual(['expired']);
  });
});
