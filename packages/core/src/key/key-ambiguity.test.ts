import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { environmentLists, keyTemplates } from '../../test/_arbitraries.ts';
import { createSeededRandom } from '../testing.ts';
import { findAmbiguity } from './key-ambiguity.ts';
import { compileKeyFormat } from './key-format.ts';

function ambiguity(templates: readonly string[], environments: readonly string[]): string | null {
  return findAmbiguity(templates.map((template) => compileKeyFormat(template, environments)));
}

test('a format on its own is never ambiguous: equal lengths mean different names in the same place', () => {
  fc.assert(
    fc.property(keyTemplates, environmentLists, (template, environments) => {
      expect(ambiguity([template], environments)).toBeNull();
    }),
  );
});

test('formats that were found unambiguous never read a minted key in two ways', () => {
  fc.assert(
    fc.property(
      keyTemplates,
      keyTemplates,
      environmentLists,
      fc.integer(),
      (one, other, environments, seed) => {
        const formats = [one, other].map((template) => compileKeyFormat(template, environments));
        fc.pre(findAmbiguity(formats) === null);
        for (const format of formats) {
          for (const environment of environments) {
            const key = format.mint(environment, createSeededRandom(seed));
            const readings = formats.flatMap((reader) => reader.recognise(key) ?? []);
            expect(new Set(readings.map((reading) => reading.environment)).size).toBe(1);
          }
        }
      },
    ),
  );
});

test('the text that an ambiguity names is indeed read in two ways', () => {
  const formats = ['{environment}{random:base36:40}', '{random:base36:40}{environment}'].map((template) =>
    compileKeyFormat(template, ['live', 'test']),
  );
  const [, text = ''] = /text like "([^"]+)"/.exec(findAmbiguity(formats) ?? '') ?? [];
  const [one, other] = formats.map((format) => format.recognise(text)?.environment);
  expect(one).toBeDefined();
  expect(other).toBeDefined();
  expect(one).not.toBe(other);
});

test('two formats may overlap as long as they agree on the environment', () => {
  expect(ambiguity(['k_{random:hex:40}', 'k_{random:base62:40}'], ['live', 'test'])).toBeNull();
  expect(
    ambiguity(['{environment}_{random:hex:40}', '{environment}_{random:base62:40}'], ['live', 'test']),
  ).toBeNull();
});

test('a text that names an environment in one format and none in the other is ambiguous', () => {
  expect(ambiguity(['{random:base64url:37}', '{environment}_{random:hex:32}'], ['live'])).toMatch(
    /base64url:37\}" \(no environment\) and .*hex:32\}" \(live\) both fit/,
  );
  expect(ambiguity(['{random:base64url:36}', '{environment}_{random:hex:32}'], ['live'])).toBeNull();
  expect(ambiguity(['{random:base62:37}', '{environment}_{random:hex:32}'], ['live'])).toBeNull();
});

test('the first digit of a checksum goes up to 4 only, and a literal 5 in its place tells formats apart', () => {
  const templates = (digit: string) => [
    '{environment}{random:base62:32}{checksum}',
    `{random:base62:36}${digit}{random:base62:5}`,
  ];
  expect(ambiguity(templates('4'), ['live'])).not.toBeNull();
  expect(ambiguity(templates('5'), ['live'])).toBeNull();
});
