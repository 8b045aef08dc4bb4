import { expect, test } from 'vitest';
import { countingStore } from '../src/testing.ts';
import { openFile, temporaryFile } from './_sqlite.ts';

test('a counting store counts every call, and passes it on', async () => {
  const { store } = await openFile(await temporaryFile());
  const counting = countingStore(store);
  expect(counting.calls()).toBe(0);
  await counting.ping();
  expect((await counting.listOrganizations({ limit: 1 })).data).toEqual([]);
  expect(await counting.readSnapshot(() => {})).toBe(0);
  expect(counting.calls()).toBe(3);
});
