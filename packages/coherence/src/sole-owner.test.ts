import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createChannelPair, createCluster, passTime } from '../test/_cluster.ts';
import { createBench, createMemoryLog, keys, keyWith, mint } from '../test/_util.ts';
import { createSoleOwner } from './sole-owner.ts';

/** An owner whose replica follows a log in memory. */
async function createOwner(options: { readonly grantsMayBeOut?: boolean } = {}) {
  const bench = createBench();
  const log = createMemoryLog();
  const owner = createSoleOwner({ log, replica: bench.replica, clock: bench.countedClock, ...options });
  await owner.follower.reload();
  return { ...bench, log, owner };
}

test('the barrier is complete for what is applied, and waits for what is not up to its deadline', async () => {
  const { clock, log, owner, pendingTimers } = await createOwner();
  const early = owner.barrier.waitFor(1);
  await owner.follower.reach(log.append(keys()));
  await expect(early).resolves.toBe('complete');
  await expect(owner.barrier.waitFor(1)).resolves.toBe('complete');
  const late = owner.barrier.waitFor(2);
  clock.advance(5_000);
  await expect(late).resolves.toBe('pending');
  expect(pendingTimers()).toBe(0);
});

test('the barrier waits for what the change ends, up to its deadline, and leaves no timer', async () => {
  const { clock, log, owner, pendingTimers, replica } = await createOwner();
  const ending = Promise.withResolvers<void>();
  const key = keyWith(mint());
  await owner.follower.reach(log.append(keys(key)));
  const question = { keyspace: null, operation: null, scopes: null, address: null };
  const secretIndex = replica.examiner.table.secrets.find(key.secrets[0]!.digest);
  replica.admit({ secretIndex, question }, { end: () => ending.promise });
  await owner.follower.reach(log.append(keys({ ...key, revoked: true })));

  const late = owner.barrier.waitFor(2);
  clock.advance(5_000);
  await expect(late).resolves.toBe('pending');
  const inTime = owner.barrier.waitFor(2);
  clock.advance(4_999);
  ending.resolve();
  await expect(inTime).resolves.toBe('complete');
  expect(pendingTimers()).toBe(0);
});

test('a lease that lapsed more than once ends by the first, and one that ended is not renewed', async () => {
  const { clock, owner } = await createOwner();
  const { lease } = owner;
  owner.fallBehind();
  clock.advance(2_000);
  owner.fallBehind();
  clock.advance(699);
  expect(lease.isLive()).toBe(true);
  clock.advance(1);
  expect(lease.isLive()).toBe(false);
  owner.catchUp();
  expect(lease.isLive()).toBe(true);
  await owner.close();
  owner.catchUp();
  expect(lease.isLive()).toBe(false);
});

test('while grants of an earlier owner may be out, no write is confirmed', async () => {
  const { clock, log, owner } = await createOwner({ grantsMayBeOut: true });
  await owner.follower.reach(log.append(keys()));
  const waiting = owner.barrier.waitFor(1);
  clock.advance(1_999);
  await expect(Promise.race([waiting, setImmediate('waits')])).resolves.toBe('waits');
  clock.advance(1);
  await expect(waiting).resolves.toBe('complete');
});

test('it tells how it stands, and why it does not answer', async () => {
  const { clock, owner, replica } = await createOwner();
  const standing = {
    incarnation: '',
    round: 0,
    live: true,
    serveForMs: Number.POSITIVE_INFINITY,
    trouble: null,
    appliedSeq: 0,
    ackedSeq: 0,
    headSeq: 0,
    waiting: 0,
    timesFenced: 0,
    rowsFenced: 0,
    children: [],
  };
  expect(owner.status()).toEqual(standing);
  void owner.barrier.waitFor(1);
  owner.fallBehind();
  expect(owner.status()).toEqual({ ...standing, serveForMs: 2_700, waiting: 1 });
  clock.advance(2_700);
  expect(owner.status()).toMatchObject({ live: false, trouble: 'the store does not answer' });
  owner.catchUp();
  expect(owner.status()).toMatchObject({ live: true, trouble: null });
  replica.drop();
  expect(owner.status()).toMatchObject({ live: false, trouble: 'its table is being loaded' });
  await owner.close();
  expect(owner.status()).toMatchObject({ live: false, trouble: 'stopping' });
});

test('whoever waits for a change is told when it is applied', async () => {
  const { log, owner } = await createOwner();
  const waiting = owner.reached(1, 1_000);
  await owner.follower.reach(log.append(keys()));
  await expect(waiting).resolves.toBe(true);
});

test('a table that differs from the store and could not be loaded anew, is by the next comparison', async () => {
  const { log, owner, replica } = await createOwner();
  replica.examiner.table.putKey(keyWith(mint()));
  const comparing = owner.compareTables();
  log.failure = new Error('no answer');
  await expect(comparing).rejects.toThrow('no answer');
  expect(owner.lease.isLive()).toBe(false);
  log.failure = null;
  await expect(owner.compareTables()).resolves.toEqual([]);
  expect(owner.lease.isLive()).toBe(true);
});

test('its child answers under its grants, is waited for, and stops with it', async () => {
  const { clock, log, owner } = await createOwner();
  const { startChild } = createCluster();
  const child = startChild();
  const [above, below] = createChannelPair();
  owner.accept(above, null);
  await child.holder.connect(below);
  expect(child.holder.lease.isLive()).toBe(true);
  await owner.follower.reach(log.append(keys(keyWith(mint()))));
  await expect(owner.barrier.waitFor(1)).resolves.toBe('complete');
  expect(child.replica.appliedSeq).toBe(1);
  expect(owner.status().children).toMatchObject([{ name: 'child', connected: true, ackedSeq: 1 }]);
  await passTime(owner.close(), clock, 50);
  expect(child.holder.lease.isLive()).toBe(false);
});

test('a child that dies costs the writes what was left of its grant, once', async () => {
  const { clock, log, owner } = await createOwner();
  const { startChild } = createCluster();
  const child = startChild();
  const [above, below] = createChannelPair();
  owner.accept(above, null);
  await child.holder.connect(below);
  above.close();
  const beganMs = clock.monotonicMs();
  const write = async () => {
    const held = owner.barrier.waitFor(log.append(keys()));
    await owner.follower.reach(owner.status().appliedSeq + 1);
    await passTime(held, clock, 50);
    return await held;
  };
  expect(await write()).toBe('complete');
  const waitedMs = clock.monotonicMs() - beganMs;
  expect(waitedMs).toBeGreaterThan(0);
  expect(waitedMs).toBeLessThanOrEqual(2_050);
  expect(await write()).toBe('complete');
  expect(clock.monotonicMs() - beganMs).toBe(waitedMs);
  expect(owner.status().children).toEqual([]);
});
