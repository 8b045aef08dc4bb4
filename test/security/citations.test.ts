import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

interface Citation {
  readonly file: string;
  readonly title: string;
}

/** A test stands in the page as its file in code, a colon, and its title in double quotes; further titles follow after "and". */
const CITATION = /`([\w./-]+\.ts)`: ((?:“[^”]+”(?:\s+and )?)+)/g;

function readCitations(): readonly Citation[] {
  return [...page.matchAll(CITATION)].flatMap(([, file, titles]) =>
    [...titles!.matchAll(/“([^”]+)”/g)].map(([, title]) => ({ file: file!, title: title! })),
  );
}

/** The titles of tests and groups in a file, as they are written there. */
function titlesIn(file: string): ReadonlySet<string> {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const calls = source.matchAll(/\b(?:test|it|describe)\b[^'"`\n]*?\(\s*(['"`])((?:\\.|(?!\1).)+)\1/g);
  const tables = source.matchAll(/\)\(\s*(['"`])((?:\\.|(?!\1).)+)\1/g);
  return new Set([...calls, ...tables].map(([, , title]) => title!.replaceAll(/\\(.)/g, '$1')));
}

test('every test that docs/security.md names exists, in the file it names', () => {
  const missing = readCitations().filter(
    ({ file, title }) => !existsSync(join(ROOT, file)) || !titlesIn(file).has(title),
  );
  expect(missing).toEqual([]);
});

test('docs/security.md names no test file without a title, and every title stands behind a file', () => {
  const citations = readCitations();
  const files = [...page.matchAll(/`([\w./-]*test[\w./-]*\.ts)`/g)].map(([, file]) => file!);
  const titles = [...page.matchAll(/“([^”]+)”/g)].map(([, title]) => title!);
  expect(new Set(citations.map(({ file }) => file))).toEqual(new Set(files));
  expect(citations.map(({ title }) => title)).toEqual(titles);
});

test('every requirement of the table is shown by a test, or said not to be met', () => {
  const rows = page.match(/^\| \d+\.\d+\.\d+ .*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(50);
  const unshown = rows.filter((row) => !/\.ts`: “|not met|not yet|yours/.test(row));
  expect(unshown).toEqual([]);
});
