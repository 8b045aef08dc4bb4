import { isKeyholdError, type KeyspaceDefinition, OPERATOR_KEYSPACE_DEFINITION } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  configuration,
  createBench,
  keys,
  keyspace,
  keyWith,
  mint,
  organization,
  outcome,
  START_MS,
  secretOf,
} from '../test/_util.ts';
import type { ChangePayload, ReplicatedKey, ReplicatedOrganization, SnapshotPage } from './change.ts';
import { createReplica } from './replica.ts';

describe('against a naive model', () => {
  const ORGANIZATIONS = ['acme', 'globex', 'initech'];
  const SCOPES = { read: ['GET /things'], write: ['POST /things'], all: ['GET /things', 'POST /things'] };
  const CONFIGURATIONS: readonly KeyspaceDefinition[] = [
    {},
    { acceptsEnvironments: ['live'] },
    { requiresFeature: 'api' },
    { retired: true },
    { scopes: { write: ['POST /things', 'GET /things'] } },
  ].map((change) =>
    keyspace({
      key: { format: 'm_{random:hex:32}', masked: '{first:4}…', alsoAccepted: [] },
      scopes: SCOPES,
      ...change,
    }),
  );

  /** The state that the changes describe, kept as plainly as can be. */
  interface Model {
    definition: KeyspaceDefinition;
    readonly keys: { key: ReplicatedKey; readonly texts: string[] }[];
    readonly organizations: Map<string, ReplicatedOrganization>;
    nowMs: number;
  }

  function expected(
    { definition, organizations, nowMs }: Model,
    key: ReplicatedKey,
    generation: number,
  ): string {
    const owner = organizations.get(key.organization) ?? organization({ id: key.organization });
    const { notAfterMs } = key.secrets.find((secret) => secret.generation === generation)!;
    if (key.revoked || key.number <= (owner.revokedThrough['default'] ?? 0)) return 'revoked';
    if (notAfterMs !== null && nowMs >= notAfterMs) return 'revoked';
    if (key.expiresAtMs !== null && nowMs >= key.expiresAtMs) return 'expired';
    if (key.disabled || definition.retired) return 'disabled';
    if (owner.suspended) return 'organization_suspended';
    if (definition.requiresFeature !== null && !owner.features.includes(definition.requiresFeature))
      return 'feature_off';
    if (!definition.acceptsEnvironments.includes(key.environment!)) return 'environment_not_accepted';
    if (key.allowedCidrs.length > 0) return 'address_not_allowed';
    const opens = key.scopes.some((scope) => definition.scopes?.[scope]?.includes('GET /things'));
    return opens ? 'accepted' : 'insufficient_scope';
  }

  let texts = 0;
  const nextText = () => `m_${(++texts).toString(16).padStart(32, '0')}`;

  const which = fc.nat();
  const change = fc.record(
    {
      name: fc.string({ unit: 'grapheme', maxLength: 30 }),
      environment: fc.constantFrom('live', 'test'),
      scopes: fc.subarray(Object.keys(SCOPES)),
      allowedCidrs: fc.constantFrom([], [], ['192.0.2.0/24'], ['2001:db8::/32', '192.0.2.1']),
      expiresAtMs: fc.option(fc.integer({ min: START_MS, max: START_MS + 2_000 })),
      revoked: fc.constantFrom(false, false, false, true),
      disabled: fc.constantFrom(false, false, true),
    },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('issue' as const),
      count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.constant(1_500)),
      organization: fc.constantFrom(...ORGANIZATIONS),
      change,
    }),
    fc.record({ kind: fc.constant('change' as const), which, change }),
    fc.record({ kind: fc.constant('recycle' as const), which, graceMs: fc.integer({ min: 0, max: 1_000 }) }),
    fc.record({ kind: fc.constant('repeat' as const), which }),
    fc.record({
      kind: fc.constant('organization' as const),
      organization: fc.record({
        id: fc.constantFrom(...ORGANIZATIONS),
        suspended: fc.boolean(),
        features: fc.subarray(['api', 'beta']),
        revokedThrough: fc.option(fc.nat({ max: 30 }), { nil: 0 }).map((through) => ({ default: through })),
      }),
    }),
    fc.record({ kind: fc.constant('configure' as const), definition: fc.constantFrom(...CONFIGURATIONS) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 700 }) }),
  );

  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Takes one step in the model. @returns the change that says so. */
  function take(model: Model, taken: Step): ChangePayload | null {
    switch (taken.kind) {
      case 'issue': {
        const issued = Array.from({ length: taken.count }, () => {
          const text = nextText();
          const number = model.keys.length + 1;
          const key = {
            ...keyWith(text),
            scopes: ['read'],
            organization: taken.organization,
            ...taken.change,
            number,
          };
          model.keys.push({ key, texts: [text] });
          return key;
        });
        return keys(...issued);
      }
      case 'change':
      case 'recycle':
      case 'repeat': {
        const entry = model.keys[taken.which % model.keys.length];
        if (entry === undefined) return null;
        if (taken.kind === 'change') entry.key = { ...entry.key, ...taken.change };
        if (taken.kind === 'recycle') {
          const text = nextText();
          entry.texts.push(text);
          const superseded = entry.key.secrets.map((secret) => ({
            ...secret,
            notAfterMs: Math.min(secret.notAfterMs ?? Number.POSITIVE_INFINITY, model.nowMs + taken.graceMs),
          }));
          entry.key = {
            ...entry.key,
            secrets: [...superseded, secretOf(text, { generation: entry.texts.length })],
          };
        }
        return keys(entry.key);
      }
      case 'organization':
        model.organizations.set(taken.organization.id, taken.organization);
        return { kind: 'organization', organization: taken.organization };
      case 'configure':
        model.definition = taken.definition;
        return configuration(taken.definition);
      case 'wait':
        model.nowMs += taken.ms;
        return null;
      default:
        throw new Error(`There is no step ${JSON.stringify(taken satisfies never)}.`);
    }
  }

  test('every secret ever made gets the verdict that the changes say, and no other one is known', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { apply, clock, question, replica, verifier } = createBench();
        const model: Model = {
          definition: CONFIGURATIONS[0]!,
          keys: [],
          organizations: new Map(),
          nowMs: START_MS,
        };
        void apply(configuration(model.definition));
        for (const taken of steps) {
          const payload = take(model, taken);
          if (payload !== null) void apply(payload);
        }
        clock.setWall(model.nowMs);
        const asked = question({ operation: { method: 'GET', path: '/things' } });
        for (const { key, texts } of model.keys) {
          for (const [i, text] of texts.entries()) {
            const verdict = verifier.verify(text, asked);
            expect(verdict.accepted ? 'accepted' : verdict.reason).toBe(expected(model, key, i + 1));
            if (verdict.key === null) throw new Error('A known secret has a key.');
            expect(verdict.key.id).toBe(key.id);
            expect(verdict.key.name).toBe(key.name);
            expect(verdict.key.number).toBe(key.number);
            expect(verdict.key.organization).toBe(key.organization);
            expect(verdict.key.generation).toBe(i + 1);
            expect(verdict.key.expiresAtMs).toBe(key.expiresAtMs);
          }
        }
        expect(replica.keyCount).toBe(model.keys.length);
        for (let i = 0; i < 20; i++) expect(outcome(verifier, nextText(), asked)).toBe('unknown');
      }),
      { numRuns: 60 },
    );
  });
});

describe('the order of changes', () => {
  const hole = expect.objectContaining({ code: 'lease_lost' });

  /** The messages of a change's refusal and of its cause. */
  function refusalOf(apply: () => unknown): readonly string[] {
    try {
      apply();
    } catch (error) {
      if (error instanceof Error && error.cause instanceof Error) return [error.message, error.cause.message];
      throw error;
    }
    return expect.unreachable();
  }

  test('what is wrong with a change is told', () => {
    const { replica } = createBench();
    const refused = (seq: number) =>
      `Change ${seq} could not be applied; the key table has to be loaded again.`;
    expect(refusalOf(() => replica.apply({ seq: 9, payload: keys() }))).toEqual([
      refused(9),
      'Change 9 follows change 2.',
    ]);
    expect(refusalOf(() => replica.apply({ seq: 1, payload: keys() }))).toEqual([
      refused(1),
      'The replica is not loaded.',
    ]);
  });

  test.each([
    ['a change that skips one', 2],
    ['a change that was applied already', 0],
  ])('%s makes the replica refuse everything until it is loaded again', (_, step) => {
    const { apply, question, replica, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text)));
    const seq = replica.appliedSeq;
    expect(() => replica.apply({ seq: seq + step, payload: keys() })).toThrow(hole);
    expect(replica).toMatchObject({ ready: false, appliedSeq: 0, keyCount: 0 });
    expect(() => verifier.verify(text, question())).toThrow(hole);
    expect(() => replica.apply({ seq: seq + 1, payload: keys() })).toThrow(hole);
    expect(() => replica.apply({ seq: 1, payload: keys() })).toThrow(hole);
  });

  test('a change of a kind it does not know makes it refuse everything: it is never skipped', () => {
    const { replica } = createBench();
    // @ts-expect-error A newer version may write a kind that this one does not have.
    const payload: ChangePayload = { kind: 'quota' };
    expect(refusalOf(() => replica.apply({ seq: 3, payload }))[1]).toBe(
      'This version does not know the kind "quota".',
    );
    expect(replica.ready).toBe(false);
    // @ts-expect-error Likewise.
    const page: SnapshotPage = { kind: 'quota' };
    expect(() => replica.load(page)).toThrow(/does not know the kind "quota"/);
  });

  test('a change that gives one digest to two keys is not believed', () => {
    const { apply } = createBench();
    const [text, shared] = [mint(), mint()];
    void apply(keys(keyWith(shared)));
    try {
      void apply(keys(keyWith(text, { secrets: [secretOf(text), secretOf(shared, { generation: 2 })] })));
      expect.unreachable();
    } catch (error) {
      expect(isKeyholdError(error) && error.cause).toMatchObject({ code: 'store_corrupt' });
    }
  });
});

describe('applying a state', () => {
  test('twice, or a later one first and last again, ends the same', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    const issued = keyWith(text, { name: 'One' });
    const revoked = { ...issued, name: 'Another, longer name', revoked: true };
    for (const state of [issued, revoked, issued, revoked, revoked]) void apply(keys(state));
    expect(verifier.verify(text, question())).toMatchObject({
      reason: 'revoked',
      key: { name: revoked.name },
    });
  });

  test('of an organization without a bulk revocation takes an earlier one back', () => {
    const { apply, question, verifier } = createBench();
    const text = mint();
    void apply(keys(keyWith(text, { number: 1 })));
    void apply({
      kind: 'organization',
      organization: organization({ revokedThrough: { default: 1, elsewhere: 4 } }),
    });
    expect(outcome(verifier, text, question())).toBe('revoked');
    void apply({ kind: 'organization', organization: organization() });
    expect(outcome(verifier, text, question())).toBe('accepted');
  });
});

test('an empty replica is not ready', () => {
  expect(createReplica({ clock: createManualClock() })).toMatchObject({
    ready: false,
    appliedSeq: 0,
    keyCount: 0,
  });
});

test('a snapshot of an operator token loads what the operator may touch', () => {
  const { questionFor, replica, verifier } = createBench();
  const text = mint(OPERATOR_KEYSPACE_DEFINITION);
  const key = keyWith(text, { keyspace: 'keyhold', environment: null, scopes: ['verify'] });
  const operator = { id: 'op_1', keyId: key.id, keyspaces: ['default'] } as const;
  replica.drop();
  replica.load({ kind: 'operators', operators: [operator] });
  replica.load({ kind: 'keys', keys: [key] });
  replica.seal(3);
  expect(verifier.verify(text, questionFor('keyhold'))).toMatchObject({
    accepted: true,
    key: { operator: { id: 'op_1', keyspaces: ['default'] } },
  });
});

test('a snapshot loads what the changes before it said', () => {
  const { question, replica, verifier } = createBench();
  const text = mint();
  replica.drop();
  replica.load({ kind: 'configuration', keyspaces: [{ definition: keyspace(), formerFormats: [] }] });
  replica.load({ kind: 'organizations', organizations: [organization({ suspended: true })] });
  replica.load({ kind: 'keys', keys: [keyWith(text)] });
  expect(() => verifier.verify(text, question())).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  replica.seal(12);
  expect(replica).toMatchObject({ ready: true, appliedSeq: 12, keyCount: 1 });
  expect(outcome(verifier, text, question())).toBe('organization_suspended');
});
