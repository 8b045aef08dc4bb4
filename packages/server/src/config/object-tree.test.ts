import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toConfigTree } from './object-tree.ts';
import { createProblemCollector, formatProblem } from './problem.ts';
import { toPlain } from './yaml-tree.ts';

function read(value: unknown) {
  const problems = createProblemCollector('config');
  const tree = toConfigTree(value, problems);
  return { plain: toPlain(tree), problems: problems.list().map(formatProblem) };
}

test('whatever JSON can say comes through as it is', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      const value: unknown = JSON.parse(text);
      expect(read(value)).toEqual({ plain: value, problems: [] });
    }),
  );
});

test('a field that is undefined is left out', () => {
  expect(read({ a: undefined, b: { c: undefined } })).toEqual({ plain: { b: {} }, problems: [] });
});

test.each([
  [new Date(0)],
  [new Map()],
  [() => 1],
  [1n],
  [Number.NaN],
  [Symbol('a')],
  ['\ud800'],
  [[undefined]],
])('what JSON cannot say is refused by name: %s', (value) => {
  const { problems } = read({ keyspaces: { a: value } });
  expect(problems).toEqual([
    expect.stringMatching(/^config keyspaces\.a(\[0\])?: is no value that JSON can say; /),
  ]);
});

test('an object that holds itself is refused', () => {
  const loop: Record<string, unknown> = {};
  loop['keyspaces'] = loop;
  expect(read(loop).problems).toEqual([expect.stringContaining('is nested deeper than 16 levels')]);
});
