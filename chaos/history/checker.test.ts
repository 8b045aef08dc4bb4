import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Change, Observation, Outcome } from './history.ts';

const SUBJECT = 7;

function change(to: Change['to'], invokedNs: number, completedNs: number): Change {
  return { subject: SUBJECT, to, invokedNs, completedNs };
}

function seen(outcome: Outcome, invokedNs: number, answeredNs: number): Observation {
  return { subject: SUBJECT, node: 0, face: 'verify', outcome, invokedNs, answeredNs };
}

const LIFE = [change('open', 10, 20), change('closed', 30, 40)];

describe('an accept', () => {
  test('asked after the revocation completed is stale, and how long after is told', () => {
    const found = check(LIFE, [seen('accepted', 41, 45), seen('accepted', 63, 64)]);
    expect(found).toMatchObject({ staleAccepts: 2, wrongfulRefusals: 0, longestStaleNs: 23 });
    expect(found.examples.map(({ against }) => against)).toEqual([LIFE[1], LIFE[1]]);
  });

  test.each([
    ['asked before the revocation returned, however late its answer', 40, 1_000],
    ['between creation and revocation', 21, 29],
    ['while the creation runs', 12, 15],
  ])('%s is right', (_, invokedNs, answeredNs) => {
    expect(check(LIFE, [seen('accepted', invokedNs, answeredNs)]).staleAccepts).toBe(0);
  });

  test('that a later opening overlaps is right, and one that ends before it is not', () => {
    const reopened = [...LIFE, change('open', 50, 60)];
    expect(check(reopened, [seen('accepted', 45, 50)]).staleAccepts).toBe(0);
    expect(check(reopened, [seen('accepted', 45, 49)]).staleAccepts).toBe(1);
  });

  test('after a revocation that nobody was told of is right', () => {
    const untold = [change('open', 10, 20), change('closed', 30, Number.POSITIVE_INFINITY)];
    expect(check(untold, [seen('accepted', 100, 110)]).staleAccepts).toBe(0);
  });
});

describe('a refusal', () => {
  test('asked after the creation completed and answered before any revocation was invoked is wrongful', () => {
    expect(check(LIFE, [seen('refused', 21, 29)])).toMatchObject({ staleAccepts: 0, wrongfulRefusals: 1 });
  });

  test.each([
    ['asked before the creation returned', 20, 25],
    ['answered when the revocation had been invoked', 25, 30],
    ['after the revocation', 41, 42],
  ])('%s is right', (_, invokedNs, answeredNs) => {
    expect(check(LIFE, [seen('refused', invokedNs, answeredNs)]).wrongfulRefusals).toBe(0);
  });
});

test('no answer, a 503 and a subject without changes say nothing', () => {
  const silent = [
    seen('unavailable', 21, 29),
    seen('broken', 41, 42),
    { ...seen('accepted', 41, 42), subject: 8 },
  ];
  expect(check(LIFE, silent)).toEqual({
    staleAccepts: 0,
    wrongfulRefusals: 0,
    longestStaleNs: 0,
    examples: [],
  });
});

/** A life of one subject: changes one after another, each with its own effect somewhere within the call. */
const lives = fc
  .array(fc.record({ gap: fc.nat(20), untilEffect: fc.nat(20), afterEffect: fc.nat(20) }), { minLength: 1 })
  .map((steps) => {
    let nowNs = 0;
    return steps.map(({ gap, untilEffect, afterEffect }, i) => {
      const invokedNs = nowNs + gap + 1;
      const effectNs = invokedNs + untilEffect;
      nowNs = effectNs + afterEffect;
      return { ...change(i % 2 === 0 ? 'open' : 'closed', invokedNs, nowNs), effectNs };
    });
  });

const questions = fc.array(
  fc.record({ invokedNs: fc.nat(400), untilRead: fc.nat(30), afterRead: fc.nat(30) }),
);

test('a store that gives every answer as of one moment of the call is never found at fault', () => {
  fc.assert(
    fc.property(lives, questions, (life, asked) => {
      const observations = asked.map(({ invokedNs, untilRead, afterRead }) => {
        const readNs = invokedNs + untilRead;
        const state = life.findLast(({ effectNs }) => effectNs <= readNs)?.to ?? 'closed';
        return seen(state === 'open' ? 'accepted' : 'refused', invokedNs, readNs + afterRead);
      });
      expect(check(life, observations)).toMatchObject({ staleAccepts: 0, wrongfulRefusals: 0 });
    }),
  );
});

test('one answer turned round between two changes is found among any number of right ones', () => {
  fc.assert(
    fc.property(lives, fc.nat(), (life, choice) => {
      const index = choice % life.length;
      const turned = life[index];
      const nextNs = life[index + 1]?.invokedNs ?? Number.POSITIVE_INFINITY;
      if (turned === undefined || turned.completedNs + 1 >= nextNs) return;
      const outcome = turned.to === 'open' ? 'refused' : 'accepted';
      const found = check(life, [seen(outcome, turned.completedNs + 1, turned.completedNs + 1)]);
      expect(found.staleAccepts + found.wrongfulRefusals).toBe(1);
      expect(found.examples[0]?.against).toEqual(turned);
    }),
  );
});

test('the order in which changes were recorded does not matter', () => {
  const asked = [seen('accepted', 41, 42), seen('refused', 22, 23)];
  expect(check(LIFE.toReversed(), asked)).toEqual(check(LIFE, asked));
});
