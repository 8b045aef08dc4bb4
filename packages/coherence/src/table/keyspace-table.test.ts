import { expect, test } from 'vitest';
import { keyspace } from '../../test/_util.ts';
import { KeyspaceTable } from './keyspace-table.ts';

test('a new table has the built-in keyspace of operators and its format, and no other', () => {
  const table = new KeyspaceTable();
  expect(table.find('keyhold')).toMatchObject({ configured: true });
  expect(table.formats.map(({ template }) => template)).toEqual(['khop_{random:base62:43}{checksum}']);
  expect(Array.from(table.all(), ({ id }) => id)).toEqual(['keyhold']);
});

test('a keyspace that only an old key names is there for the key and not to be found', () => {
  const table = new KeyspaceTable();
  const ghost = table.intern('ghost');
  expect(ghost).toMatchObject({ configured: false, keyspace: null, formats: [] });
  expect(table.find('ghost')).toBeUndefined();
  table.configure([{ definition: keyspace({ id: 'ghost' }), formerFormats: [] }]);
  expect(table.find('ghost')).toBe(ghost);
});
