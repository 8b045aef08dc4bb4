import { expect, test } from 'vitest';
import { addVerdicts, MOST_SHOWN, NOTHING, toRate } from './use-verdicts.ts';

const verdict = (outcome: 'accepted' | 'denied', operation: string) => ({
  at: '2026-11-21T14:00:00Z',
  node: 'keyhold-1',
  face: 'gateway',
  keyspace: 'localleads',
  organization: 'acme',
  key_id: null,
  outcome,
  reason: null,
  operation,
  address: null,
});
const answer = (...data: ReturnType<typeof verdict>[]) => ({ data, next_after: 'x', sampled: false });

test('the newest verdict is first, each has an id of its own, and no more are kept than are shown', () => {
  let watched = addVerdicts(NOTHING, answer(verdict('accepted', 'a'), verdict('denied', 'b')), {
    isFirst: true,
    nowMs: 0,
  });
  expect(watched.verdicts.map((one) => one.verdict.operation)).toEqual(['b', 'a']);
  const many = Array.from({ length: MOST_SHOWN }, (_, index) => verdict('accepted', String(index)));
  watched = addVerdicts(watched, answer(...many), { isFirst: false, nowMs: 1_000 });
  expect(watched.verdicts).toHaveLength(MOST_SHOWN);
  expect(watched.verdicts[0]?.verdict.operation).toBe(String(MOST_SHOWN - 1));
  expect(new Set(watched.verdicts.map(({ id }) => id)).size).toBe(MOST_SHOWN);
});

test('the rate is that of the last answers; what came before anybody asked is none', () => {
  const many = Array.from({ length: 50 }, () => verdict('accepted', 'before'));
  let watched = addVerdicts(NOTHING, answer(...many), { isFirst: true, nowMs: 5_000 });
  expect(toRate(watched)).toBeNull();
  const two = answer(verdict('accepted', 'a'), verdict('accepted', 'b'), verdict('denied', 'c'));
  watched = addVerdicts(watched, two, { isFirst: false, nowMs: 6_000 });
  watched = addVerdicts(watched, answer(), { isFirst: false, nowMs: 7_000 });
  expect(toRate(watched)).toEqual({ accepted: 1, denied: 0.5 });
});

test('after a pause the last minute is shown anew, and nothing of it twice', () => {
  let watched = addVerdicts(NOTHING, answer(verdict('accepted', 'a')), { isFirst: true, nowMs: 0 });
  watched = addVerdicts(watched, answer(verdict('accepted', 'a')), { isFirst: true, nowMs: 9_000 });
  expect(watched.verdicts.map((one) => one.verdict.operation)).toEqual(['a']);
});
