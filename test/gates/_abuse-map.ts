import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** What holds one case: the tests by file, what is left for a later version, or both. */
export interface MappedCase {
  readonly what: string;
  readonly tests?: { readonly [file: string]: readonly string[] };
  /** Why there is no test yet, or what of the case is still to come. */
  readonly later?: string;
  /** Where the answer is another one than the case suggests, and by which rule. */
  readonly note?: string;
}

/** `docs/abuse-cases.json`: every hostile case and every row of the three systems, with the tests that hold it. */
export interface AbuseMap {
  readonly about: string;
  readonly cases: { readonly [number: string]: MappedCase };
  readonly rows: { readonly [id: string]: MappedCase };
}

export function readAbuseMap(): AbuseMap {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its gate checks the shape
  return JSON.parse(readFileSync(join(root, 'docs/abuse-cases.json'), 'utf8')) as AbuseMap;
}

/** Every test that the map names, as its file and its name with the suites that it needs to be told apart. */
export function mappedTests(
  map: AbuseMap,
): { readonly id: string; readonly file: string; readonly name: string }[] {
  return [...Object.entries(map.cases), ...Object.entries(map.rows)].flatMap(([id, { tests = {} }]) =>
    Object.entries(tests).flatMap(([file, names]) => names.map((name) => ({ id, file, name }))),
  );
}

/** Whether a test is the one that the map means: `suite > test`, from the end, on whole names. */
export function isNamed(path: readonly string[], name: string): boolean {
  const full = path.join(' > ');
  return full === name || full.endsWith(` > ${name}`);
}

/** Whether a test that was run, in a file and under its full name, is one that the map means. */
export function isRunOf(
  mapped: { readonly file: string; readonly name: string },
  file: string,
  run: string,
): boolean {
  // What stands in another file is run by the test files that import it.
  if (mapped.file.endsWith('.test.ts') && mapped.file !== file) return false;
  const pattern = mapped.name
    .split(/%[sdifjoO#$%]|\$\{[^}]*\}|\$[\w.]+/)
    .map((literal) => RegExp.escape(literal))
    .join('[^]*');
  return new RegExp(`(?:^| > )${pattern}$`).test(run);
}
