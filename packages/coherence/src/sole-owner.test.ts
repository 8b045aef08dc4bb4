import { expect, test } from 'vitest';
import { createBench, keys, keyWith, mint } from '../test/_util.ts';
import { createSoleOwnerBarrier, createSoleOwnerLease } from './sole-owner.ts';

test('the barrier is complete for what is applied, and pending at once for what is not', async () => {
  const { clock, replica } = createBench();
  const barrier = createSoleOwnerBarrier({ replica, clock });
  await expect(barrier.waitFor(replica.appliedSeq)).resolves.toBe('complete');
  await expect(barrier.waitFor(replica.appliedSeq + 1)).resolves.toBe('pending');
});

test('the barrier waits for what the change ends, up to its deadline, and leaves no timer', async () => {
  const bench = createBench();
  const { apply, pendingTimers, question, replica, verifier } = bench;
  const barrier = createSoleOwnerBarrier({ replica, clock: bench.countedClock, deadlineMs: 100 });
  const [ending, text] = [Promise.withResolvers<void>(), mint()];
  const key = keyWith(text);
  void apply(keys(key));
  const verdict = verifier.verify(text, question());
  if (!verdict.accepted) throw new Error(verdict.reason);
  verifier.admit(verdict.subject, { end: () => ending.promise });
  void apply(keys({ ...key, revoked: true }));

  const late = barrier.waitFor(replica.appliedSeq);
  bench.clock.advance(100);
  await expect(late).resolves.toBe('pending');
  const inTime = barrier.waitFor(replica.appliedSeq);
  bench.clock.advance(99);
  ending.resolve();
  await expect(inTime).resolves.toBe('complete');
  expect(pendingTimers()).toBe(0);
});

test('a lease that lapsed more than once ends by the first, and one that ended is not renewed', () => {
  const { clock, replica } = createBench();
  const lease = createSoleOwnerLease({ replica, clock });
  lease.lapse();
  clock.advance(2_000);
  lease.lapse();
  clock.advance(699);
  expect(lease.isLive()).toBe(true);
  clock.advance(1);
  expect(lease.isLive()).toBe(false);
  lease.renew();
  expect(lease.isLive()).toBe(true);
  lease.end();
  lease.renew();
  expect(lease.isLive()).toBe(false);
});
