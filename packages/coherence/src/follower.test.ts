import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { configuration, createMemoryLog, keys, keyspace, keyWith, mint } from '../test/_util.ts';
import { createFollower } from './follower.ts';
import { createReplica } from './replica.ts';

const UNOBSERVED = { dropped() {}, loaded() {}, applied() {} };

test('catching up loads an empty replica, and follows a log of many pages to its head', async () => {
  const log = createMemoryLog(configuration(keyspace()), keys(keyWith(mint())));
  const replica = createReplica({ clock: createManualClock() });
  const follower = createFollower({ log, replica, observer: UNOBSERVED });
  await follower.catchUp();
  expect(log.reads).toEqual(['snapshot', 2]);
  for (let i = 0; i < 2_500; i++) log.append(keys(keyWith(`key ${i}`)));
  await follower.catchUp();
  expect(log.reads.slice(2)).toEqual([2, 1_002, 2_002]);
  expect(replica).toMatchObject({ ready: true, appliedSeq: 2_502, keyCount: 2_501 });
});

test('a store that was put back to an earlier state is loaded as it is, and said to have been', async () => {
  const [kept, lost] = [keyWith(mint()), keyWith(mint())];
  const before = createMemoryLog(configuration(keyspace()), keys(kept), keys(lost));
  let log = before;
  const replica = createReplica({ clock: createManualClock() });
  const follower = createFollower({
    log: {
      readChanges: (afterSeq, limit) => log.readChanges(afterSeq, limit),
      readSnapshot: (receive) => log.readSnapshot(receive),
    },
    replica,
    observer: UNOBSERVED,
  });
  await follower.reach(3);
  expect(replica.keyCount).toBe(2);
  log = createMemoryLog(configuration(keyspace()), keys(kept));
  await expect(follower.reach(4)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(replica).toMatchObject({ ready: true, appliedSeq: 2, keyCount: 1 });
  await follower.reach(2);
});
