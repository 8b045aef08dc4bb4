import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOperation } from './operation.ts';
import { compileOperationSet } from './operation-set.ts';
import { compileOperationTable } from './operation-table.ts';

// Few segments, so that patterns overlap and requests hit them.
const segment = fc.constantFrom('a', 'b', 'ab', '%20');
const paths = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '/'))
  .map(([segments, end]) => (segments.length === 0 ? '/' : `/${segments.join('/')}${end}`));
const patterns = fc
  .tuple(
    fc.constantFrom('GET', 'POST'),
    fc.array(fc.oneof(segment, fc.constantFrom('{x}', '{y}')), { maxLength: 4 }),
    fc.constantFrom('', '/'),
  )
  .map(
    ([method, segments, end]) => `${method} ${segments.length === 0 ? '/' : `/${segments.join('/')}${end}`}`,
  );
const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT');
const scopeMaps = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9:]{0,5}$/),
  fc.array(patterns, { maxLength: 6 }),
  {
    minKeys: 1,
    maxKeys: 40,
    noNullPrototype: true,
  },
);

/** The same by brute force: every pattern against the path, then the best, literals counting from the left. */
function matchNaively(operations: readonly string[], method: string, path: string): readonly string[] {
  const wanted = path.slice(1).split('/');
  const matching = operations.filter((text) => {
    const operation = parseOperation(text);
    return (
      operation.method === (method === 'HEAD' ? 'GET' : method) &&
      operation.segments.length === wanted.length &&
      operation.segments.every((literal, i) => (literal === null ? wanted[i] !== '' : literal === wanted[i]))
    );
  });
  const rank = (text: string) =>
    parseOperation(text)
      .segments.map((literal) => (literal === null ? '1' : '0'))
      .join('');
  const best = matching.map(rank).sort()[0];
  return matching.filter((text) => rank(text) === best);
}

test('the table agrees with a naive matcher', () => {
  fc.assert(
    fc.property(scopeMaps, methods, paths, (scopes, method, path) => {
      const table = compileOperationTable(scopes);
      const best = matchNaively(Object.values(scopes).flat(), method, path);
      const opening = table.scopeNames.filter((scope) => scopes[scope]?.some((text) => best.includes(text)));
      expect(table.match(method, path)).toEqual(best.length === 0 ? null : table.toWords(opening));
    }),
    { numRuns: 2_000 },
  );
});

test('an operation set agrees with a naive matcher', () => {
  fc.assert(
    fc.property(fc.array(patterns, { maxLength: 12 }), methods, paths, (operations, method, path) => {
      expect(compileOperationSet(operations).has(method, path)).toBe(
        matchNaively(operations, method, path).length > 0,
      );
    }),
    { numRuns: 500 },
  );
});

test('a set of scopes has the bit of each that the keyspace knows, in words of 32, and no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.nat(120)), (count, chosen) => {
      const names = Array.from({ length: count }, (_, i) => `s${i}`);
      const table = compileOperationTable(Object.fromEntries(names.map((name) => [name, []])));
      const words = table.toWords(chosen.map((i) => `s${i}`));
      expect(table.scopeNames).toEqual(names);
      expect(words).toHaveLength(table.wordCount);
      expect(table.wordCount).toBe(Math.ceil(count / 32));
      for (let i = 0; i < table.wordCount * 32; i++) {
        const bit = (words[Math.floor(i / 32)]! >>> (i % 32)) & 1;
        expect(bit).toBe(i < count && chosen.includes(i) ? 1 : 0);
      }
    }),
  );
});

test('two scopes that list the same operation both open it, whatever they call its parameter', () => {
  const table = compileOperationTable({ read: ['GET /m/{id}'], admin: ['GET /m/{message}'] });
  expect(table.match('GET', '/m/1')).toEqual(table.toWords(['read', 'admin']));
});

test('a more specific pattern closes an operation to the scopes of the less specific one', () => {
  const table = compileOperationTable({ read: ['GET /m/{id}'], export: ['GET /m/export'] });
  expect(table.match('GET', '/m/export')).toEqual(table.toWords(['export']));
});

test('a path made to send the walk astray is answered all the same', () => {
  const table = compileOperationTable({
    s: Array.from({ length: 12 }, (_, i) => `GET /${'a/'.repeat(i)}{x}/${'a/'.repeat(11 - i)}end`),
  });
  expect(table.match('GET', `/${'a/'.repeat(5_000)}`)).toBeNull();
  expect(table.match('GET', `/${'a/'.repeat(12)}end`)).not.toBeNull();
});

test('names from the prototype are ordinary scopes and segments', () => {
  const table = compileOperationTable({ constructor: ['GET /__proto__/toString'] });
  expect(table.match('GET', '/__proto__/toString')).toEqual(table.toWords(['constructor']));
  expect(table.match('GET', '/__proto__')).toBeNull();
  expect(table.toWords(['toString'])).toEqual(new Uint32Array(1));
});

test('a scope map without scopes, or with a name that a header cannot carry, is refused', () => {
  expect(() => compileOperationTable({})).toThrow(/no scope/);
  for (const name of ['', 'a b', 'a,b', 'a"b', '*', 'é', 'x'.repeat(65)]) {
    expect(() => compileOperationTable({ [name]: [] })).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringContaining(`"${name}" cannot name a scope; use up to 64 letters`),
      }),
    );
  }
});
