import { expect, test } from 'vitest';
import { keyspace, keyWith, mint, secretOf } from '../../test/_util.ts';
import { ReplicaTable } from './replica-table.ts';

test('a key without a secret, or with another key’s, is a corrupt store', () => {
  const table = new ReplicaTable();
  const [text, shared] = [mint(), mint()];
  table.putKey(keyWith(shared));
  const bare = keyWith(text, { secrets: [] });
  expect(() => table.putKey(bare)).toThrow(
    expect.objectContaining({
      code: 'store_corrupt',
      message: `The key ${bare.id} has no secret; restore the store from a backup.`,
    }),
  );
  const taking = keyWith(text, { secrets: [secretOf(text), secretOf(shared, { generation: 2 })] });
  expect(() => table.putKey(taking)).toThrow(
    expect.objectContaining({
      code: 'store_corrupt',
      message: `A secret of the key ${taking.id} is another key's; restore the store from a backup.`,
    }),
  );
});

test('putting a key again gives the number that it has', () => {
  const table = new ReplicaTable();
  table.putConfiguration([{ definition: keyspace(), formerFormats: [] }]);
  const [one, other] = [keyWith(mint()), keyWith(mint())];
  expect([one, other, one, other].map((key) => table.putKey(key))).toEqual([1, 2, 1, 2]);
  expect(table.keys.count).toBe(2);
});

test('an id that is none is refused', () => {
  expect(() => new ReplicaTable().putKey(keyWith(mint(), { id: 'key_0' }))).toThrow(
    new TypeError('"key_0" is not a key id.'),
  );
});
