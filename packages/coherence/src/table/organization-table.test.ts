import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrganizationTable } from './organization-table.ts';

test('70,000 organizations keep their numbers, ids and states', () => {
  const organizations = new OrganizationTable();
  const id = (i: number) => `org_${i}`;
  const featuresOf = (i: number) => (i % 3 === 0 ? ['api', 'beta'] : []);
  for (let i = 1; i <= 70_000; i++) {
    expect(organizations.intern(id(i))).toBe(i);
    organizations.set(i, i % 2 === 0, featuresOf(i));
  }
  expect(organizations.count).toBe(70_000);
  for (let i = 1; i <= 70_000; i++) {
    if (organizations.intern(id(i)) !== i || organizations.id(i) !== id(i)) expect.unreachable(id(i));
    if (organizations.isSuspended(i) !== (i % 2 === 0)) expect.unreachable(id(i));
    if (organizations.features(i).has('api') !== (i % 3 === 0)) expect.unreachable(id(i));
  }
});

test('organizations with the same features share one set, those without any too', () => {
  const organizations = new OrganizationTable();
  const [bare, one, other] = ['a', 'b', 'c'].map((id) => organizations.intern(id));
  organizations.set(one!, true, ['api', 'beta']);
  organizations.set(other!, false, ['api', 'beta']);
  expect(organizations.features(one!)).toEqual(new Set(['api', 'beta']));
  expect(organizations.features(other!)).toBe(organizations.features(one!));
  organizations.set(other!, false, []);
  expect(organizations.features(other!)).toBe(organizations.features(bare!));
  expect(organizations.features(bare!)).toEqual(new Set());
});

test('two ids with the same hash are told apart', () => {
  const organizations = new OrganizationTable();
  const ids = ['14af4jkx9o', 'xhfch3x38'];
  expect(ids.map((id) => organizations.intern(id))).toEqual([1, 2]);
  expect(ids.map((id) => organizations.intern(id))).toEqual([1, 2]);
});

test('an id is compared whole, byte for byte', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'A', '.', '1'), minLength: 1, maxLength: 4 })),
      (ids) => {
        const organizations = new OrganizationTable();
        expect(ids.map((id) => organizations.intern(id))).toEqual(ids.map((_, i) => i + 1));
        expect(ids.map((id) => organizations.intern(id))).toEqual(ids.map((_, i) => i + 1));
      },
    ),
  );
});
