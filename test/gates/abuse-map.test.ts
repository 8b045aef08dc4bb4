import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isNamed, isRunOf, mappedTests, readAbuseMap } from './_abuse-map.ts';
import { type DeclaredTest, readDeclaredTests } from './_test-names.ts';

const root = resolve(import.meta.dirname, '../..');
const map = readAbuseMap();

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
/** Those that touch what is built. */
const HELD = [...range(1, 59), ...range(61, 66), '69', ...range(70, 73), '75', '79'];
const ROWS = [
  ...range(1, 6).map((n) => `E${n}`),
  ...range(1, 7).map((n) => `S${n}`),
  ...range(1, 8).map((n) => `L${n}`),
];

const declared = new Map<string, readonly DeclaredTest[]>();
function declaredIn(file: string): readonly DeclaredTest[] {
  let tests = declared.get(file);
  if (tests === undefined) {
    const path = join(root, file);
    tests = existsSync(path) ? readDeclaredTests(path) : [];
    declared.set(file, tests);
  }
  return tests;
}

describe('docs/abuse-cases.json', () => {
  test('has every case and every row once, and nothing else', () => {
    expect(Object.keys(map.cases)).toEqual(range(1, 79));
    expect(Object.keys(map.rows).toSorted()).toEqual(ROWS.toSorted());
  });

  test('names a test for every case that touches what is built, and a reason for every other', () => {
    const without = Object.entries({ ...map.cases, ...map.rows }).filter(
      ([id, { tests = {}, later = '' }]) =>
        Object.values(tests).flat().length === 0 && (later === '' || HELD.includes(id) || ROWS.includes(id)),
    );
    expect(without).toEqual([]);
  });

  test('names only tests that are there and are always run', () => {
    const wrong = mappedTests(map).flatMap(({ id, file, name }) => {
      const found = declaredIn(file).filter(({ path }) => isNamed(path, name));
      if (found.length === 0) return [`${id}: ${file} has no test "${name}"`];
      return found.some(({ isLeftOut }) => isLeftOut) ? [`${id}: "${name}" in ${file} is left out`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

test('a test that was run is known by its file and its name, whatever was filled in', () => {
  const mapped = { file: 'a.test.ts', name: 'is %s and $name' };
  expect(isRunOf(mapped, 'a.test.ts', 'suite > is 1 and "two"')).toBe(true);
  expect(isRunOf(mapped, 'b.test.ts', 'suite > is 1 and "two"')).toBe(false);
  expect(isRunOf(mapped, 'a.test.ts', 'suite > this is 1 and "two"')).toBe(false);
  expect(isRunOf({ ...mapped, file: 'contract/a.ts' }, 'b.test.ts', 'is 1 and 2')).toBe(true);
});

describe('the reader of test names', () => {
  test('finds what is declared here, and what is not always run', () => {
    const names = readDeclaredTests(import.meta.filename).map(({ path }) => path.join(' > '));
    expect(names).toContain(
      'the reader of test names > finds what is declared here, and what is not always run',
    );
    const examples = readDeclaredTests(join(import.meta.dirname, 'left-out-examples.txt'));
    expect(examples.map(({ path, isLeftOut }) => [path.join(' > '), isLeftOut])).toEqual([
      ['runs', false],
      ['runs for %s', false],
      ['runs in a template', false],
      ['is skipped', true],
      ['is skipped at times for $each', true],
      ['is to do', true],
      ['skipped suite > inner suite > is in it', true],
    ]);
  });
});
