import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toConfigTree } from './object-tree.ts';
import { createProblemCollector, formatProblem } from './problem.ts';
import { parseYamlTree, toPlain } from './yaml-tree.ts';

function read(value: unknown) {
  const problems = createProblemCollector('config');
  const tree = toConfigTree(value, problems);
  return { plain: toPlain(tree), problems: problems.list().map(formatProblem) };
}

test('whatever JSON can say comes through as it is', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      // Names that no map may have.
      fc.pre(!/"(?:__proto__)?":/.test(text));
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

test.each(['__proto__', '', '\ud800'])('a name that no file may give a field is refused: %j', (name) => {
  const { problems } = read({
    keyspaces: Object.fromEntries([
      ['a', 1],
      [name, { a: 1 }],
    ]),
  });
  const file = createProblemCollector('keyhold.yaml');
  parseYamlTree(`keyspaces:\n  "": { a: 1 }`, file);
  expect(problems).toEqual([expect.stringMatching(/^config keyspaces: /)]);
  expect(problems).toEqual(file.list().map(({ field, message }) => `config ${field}: ${message}`));
});

test('an object that contains itself is refused where it does, in whatever number of ways', () => {
  const loop: Record<string, unknown> = {};
  for (const name of ['a', 'b', 'c', 'd']) loop[name] = { list: [loop] };
  const message = 'contains itself; write the value out';
  expect(read({ keyspaces: loop }).problems).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => `config keyspaces.${name}.list[0]: ${message}`),
  );
});

test('an object that stands in several places is read in each', () => {
  const shared = { list: ['x'] };
  expect(read({ a: shared, b: [shared, shared] })).toEqual({
    plain: { a: { list: ['x'] }, b: [{ list: ['x'] }, { list: ['x'] }] },
    problems: [],
  });
});

test('what unfolds into more than a file can hold is refused, whole', () => {
  let value: unknown = 'x';
  for (let level = 0; level < 15; level++) value = Array.from({ length: 10 }, () => value);
  expect(read({ keyspaces: value }).problems).toEqual([
    'config holds more than 131072 values; split the keyspaces over several servers',
  ]);
});

test('a list of holes is not read to its end', () => {
  const holes: unknown[] = [];
  holes.length = 2 ** 32 - 1;
  expect(read(holes).problems).toContainEqual(expect.stringContaining('more problems'));
});

test('what is nested too deeply is refused', () => {
  let value: unknown = 'x';
  for (let level = 0; level < 17; level++) value = { a: value };
  expect(read(value).problems).toEqual([expect.stringContaining('is nested deeper than 16 levels')]);
});
