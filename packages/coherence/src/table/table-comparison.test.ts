import { bytesToKeyId, OPERATOR_KEYSPACE } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import {
  configuration,
  keyspace,
  keyWith,
  MESSAGES,
  mint,
  organization,
  secretOf,
} from '../../test/_util.ts';
import type { ReplicatedKey, ReplicatedOrganization, SnapshotPage } from '../change.ts';
import { readTablePages, type TablePage } from '../snapshot/table-pages.ts';
import { ReplicaTable } from './replica-table.ts';
import { createTableComparison, type Difference } from './table-comparison.ts';

const KEY = keyWith(mint(), {
  allowedCidrs: ['192.0.2.0/24'],
  expiresAtMs: 5,
  secrets: [secretOf('old', { notAfterMs: 3 }), secretOf('new', { generation: 2 })],
});
const ACME = organization({ features: ['messaging'], revokedThrough: { messages: 3 } });
const OPERATOR = {
  id: 'op_1',
  keyId: bytesToKeyId(createSeededRandom(9)(16)),
  keyspaces: ['default'],
} as const;

function pagesOf(key: ReplicatedKey = KEY, acme: ReplicatedOrganization = ACME): SnapshotPage[] {
  const { keyspaces } = configuration(keyspace(), MESSAGES) as SnapshotPage & { kind: 'configuration' };
  return [
    { kind: 'configuration', keyspaces },
    { kind: 'organizations', organizations: [acme] },
    { kind: 'operators', operators: [OPERATOR] },
    { kind: 'keys', keys: [key] },
  ];
}

function createTable(pages: readonly SnapshotPage[] = pagesOf()): ReplicaTable {
  const table = new ReplicaTable();
  for (const page of pages) {
    if (page.kind === 'configuration') table.putConfiguration(page.keyspaces);
    if (page.kind === 'organizations') page.organizations.map((each) => table.putOrganization(each));
    if (page.kind === 'operators') page.operators.map((each) => table.putOperator(each));
    if (page.kind === 'keys') page.keys.map((each) => table.putKey(each));
  }
  return table;
}

function compare(table: ReplicaTable, pages: Iterable<TablePage>): readonly Difference[] {
  const comparison = createTableComparison(table);
  for (const page of pages) comparison.take(page);
  return comparison.finish();
}

test('a table is the same as what it was loaded from, and as its own pages', () => {
  const table = createTable();
  expect(compare(table, pagesOf())).toEqual([]);
  expect(compare(table, readTablePages(table, null))).toEqual([]);
});

test.each<Partial<ReplicatedKey>>([
  { id: bytesToKeyId(new Uint8Array(16)) },
  { keyspace: 'messages' },
  { number: KEY.number + 1 },
  { organization: 'globex' },
  { environment: 'test' },
  { scopes: ['send'] },
  { name: 'Staging' },
  { name: `${KEY.name.slice(0, -1)}~` },
  { expiresAtMs: null },
  { allowedCidrs: [] },
  { allowedCidrs: ['198.51.100.0/24'] },
  { revoked: true },
  { disabled: true },
  { secrets: [secretOf('old', { notAfterMs: null }), secretOf('new', { generation: 2 })] },
  { secrets: [secretOf('old', { notAfterMs: 3 }), secretOf('new', { generation: 3 })] },
  { secrets: [secretOf('old', { notAfterMs: 3 })] },
  { secrets: [...KEY.secrets, secretOf('newest', { generation: 3 })] },
])('a key that is another one in the store, or in another table, is named: %o', (change) => {
  const key = { ...KEY, ...change };
  const pages = pagesOf(key);
  const difference = { kind: 'key', id: key.id };
  expect(compare(createTable(), pages)).toContainEqual(difference);
  expect(compare(createTable(), readTablePages(createTable(pages), null))).toContainEqual(difference);
});

test('a bulk revocation that is written out, or not yet, makes no difference', () => {
  const acme = { ...ACME, revokedThrough: { default: KEY.number } };
  const table = createTable();
  table.putOrganization(acme);
  expect(compare(table, pagesOf({ ...KEY, revoked: true }, acme))).toEqual([]);
  expect(compare(table, pagesOf(KEY, acme))).toEqual([]);
});

test('each secret is looked at, not only the first', () => {
  const table = createTable();
  const secret = table.secrets.find(KEY.secrets[1]?.digest ?? '');
  table.secrets.set(secret, 2, { ...table.secrets.read(secret), disabled: true });
  expect(compare(table, pagesOf())).toEqual([{ kind: 'key', id: KEY.id }]);
});

test.each<Partial<ReplicatedOrganization>>([
  { id: 'globex' },
  { suspended: true },
  { features: [] },
  { revokedThrough: {} },
  { revokedThrough: { messages: 4 } },
  { revokedThrough: { messages: 3, gone: 1 } },
])('an organization that is another one in the store is named: %o', (change) => {
  const acme = { ...ACME, ...change };
  expect(compare(createTable(), pagesOf(KEY, acme))).toEqual([{ kind: 'organization', id: acme.id }]);
});

test('operators and keyspaces that are others, or not there, are named', () => {
  const table = createTable();
  const [, organizations, , keyPage] = pagesOf();
  const pages: TablePage[] = [
    configuration(keyspace({ title: 'Another' })) as SnapshotPage,
    organizations!,
    { kind: 'operators', operators: [{ ...OPERATOR, id: 'op_2' }] },
    keyPage!,
  ];
  expect(compare(table, pages)).toEqual([
    { kind: 'keyspace', id: 'default' },
    { kind: 'keyspace', id: 'messages' },
    { kind: 'operator', id: 'op_2' },
    { kind: 'operator', id: 'op_1' },
  ]);
});

test('what is put into the table once the comparison has begun is no difference by itself', () => {
  const table = createTable();
  const comparison = createTableComparison(table);
  table.putKey(keyWith(mint(), { keyspace: OPERATOR_KEYSPACE }));
  for (const page of pagesOf()) comparison.take(page);
  expect(comparison.finish()).toEqual([]);
});
