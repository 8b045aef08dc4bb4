import { randomUUID } from 'node:crypto';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Failpoint } from '../src/failpoint.ts';
import { createPostgresLeaseRows } from '../src/postgres/lease-rows.ts';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import type { Store } from '../src/store.ts';
import { query, until, useCluster, useEmptyStore } from './_postgres.ts';
import { contextOf, fillWorld, headOf, refusalOf, refusalsOf, SYSTEM } from './_util.ts';

const cluster = useCluster();
const emptyStore = useEmptyStore(cluster);

const ORGANIZATION = { id: 'new', name: 'New', features: [], tags: [], suspended: false };

async function openNode(connectionString: string, onFailpoint?: (name: Failpoint) => void | Promise<void>) {
  const store = await openPostgresStore({
    connectionString,
    randomBytes: createSeededRandom(5),
    ...(onFailpoint && { onFailpoint }),
  });
  onTestFinished(() => store.close());
  return store;
}

/** Several nodes on one database, and what is in it. */
async function openNodes(count: number) {
  const connectionString = await emptyStore();
  const stores = await Promise.all(Array.from({ length: count }, () => openNode(connectionString)));
  const [first] = stores;
  if (first === undefined) throw new Error('There is one node at least.');
  const clock = createManualClock();
  const world = await fillWorld({ store: first, clock, randomBytes: createSeededRandom(7) });
  return { connectionString, stores, world };
}

async function isSomeoneWaiting(connectionString: string): Promise<boolean> {
  const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  return (await query(connectionString, waiting)).length > 0;
}

describe('nodes that share a PostgreSQL', () => {
  test('give an organization as many keys as its cap, however many they issue at once', async () => {
    const { stores, world } = await openNodes(3);
    const calls = Array.from({ length: 50 }, (_, i) =>
      stores[i % 3]!.issueKey(world.root, world.newKey({ keyspace: 'leads' }), null),
    );
    const settled = await Promise.allSettled(calls);
    const numbers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.value.number] : []));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(new Set(refused)).toEqual(new Set(['active_key_limit_reached']));
    expect((await stores[1]!.listKeys({ limit: 100 })).data).toHaveLength(10);
  });

  test('keep of the log, however old it is, what one of them has yet to apply', async () => {
    const connectionString = await emptyStore();
    const clock = createManualClock();
    const randomBytes = createSeededRandom(7);
    const store = await openPostgresStore({ connectionString, randomBytes, nowMs: () => clock.nowMs() });
    onTestFinished(() => store.close());
    const { issue } = await fillWorld({ store, clock, randomBytes });
    const rows = createPostgresLeaseRows({ connectionString, sender: 'node', clock, ttlMs: 3_000 });
    onTestFinished(() => rows.close());
    const lease = { node: 'a', round: 1, ttlMs: 3_000, protocolVersion: 1 };
    const [behind, ahead] = [randomUUID(), randomUUID()];
    await rows.renew({ ...lease, incarnation: behind, ackedSeq: 2 });
    await rows.renew({ ...lease, incarnation: ahead, ackedSeq: 1_000 });
    const oldestAfterTrimming = async () => {
      clock.advance(3 * 60 * 60 * 1000);
      const { seq } = await issue();
      const oldest = (await store.readChanges(0, 1_000))[0]?.seq ?? 0;
      return { seq, oldest };
    };
    expect((await oldestAfterTrimming()).oldest).toBe(3);
    expect((await oldestAfterTrimming()).oldest).toBe(3);
    await rows.acknowledge(behind, 5);
    expect((await oldestAfterTrimming()).oldest).toBe(6);
    await rows.remove(behind);
    const { seq, oldest } = await oldestAfterTrimming();
    expect(oldest).toBe(seq);
  });

  test('write one log without a hole, in the order in which they commit', async () => {
    const { stores, world } = await openNodes(3);
    const head = await headOf(stores[0]!);
    let read = head;
    let reading = true;
    const readLog = async (store: Store) => {
      while (reading) {
        const changes = await store.readChanges(read, 1_000);
        expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, i) => read + 1 + i));
        read = changes.at(-1)?.seq ?? read;
      }
    };
    const reader = readLog(stores[2]!);
    const calls = Array.from({ length: 120 }, (_, i) =>
      stores[i % 3]!.issueKey(world.root, world.newKey(), null),
    );
    const seqs = (await Promise.all(calls)).map(({ seq }) => seq);
    reading = false;
    await reader;
    expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => head + 1 + i));
  });

  test('let nobody write after their revocation is in the log, on whichever node', async () => {
    const { connectionString, stores, world } = await openNodes(1);
    const { record, context } = await world.createOperator(['keys:write']);
    const issuing = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = await openNode(connectionString, async (name) => {
      if (name !== 'issue.after_number') return;
      issuing.resolve();
      await goOn.promise;
    });
    const issue = slow.issueKey(context, world.newKey(), null);
    await issuing.promise;
    const revocation = stores[0]!.revokeOperator(world.root, record.id);
    await Promise.race([revocation, until(async () => await isSomeoneWaiting(connectionString))]);
    goOn.resolve();
    const [issued, revoked] = await Promise.allSettled([issue, revocation]);
    if (revoked.status === 'rejected') throw revoked.reason;
    // A machine that took a second until here has undone it instead.
    if (issued.status === 'rejected') expect(issued.reason.code).toBe('store_unavailable');
    else expect(issued.value.seq).toBeLessThan(revoked.value.seq);
    expect(await refusalOf(slow.issueKey(context, world.newKey(), null))).toBe('unauthenticated');
  });

  test('that start together make one schema, and one first operator', async () => {
    const connectionString = await cluster().createDatabase();
    const stores = await Promise.all(Array.from({ length: 3 }, () => openNode(connectionString)));
    const made = await Promise.all(
      stores.map((store, i) =>
        store.bootstrapOperator(SYSTEM, {
          id: `op_${i}`,
          keyId: `key_${i}`,
          name: 'first',
          secret: { digest: String(i).repeat(64), maskedKey: 'khop_…' },
        }),
      ),
    );
    expect(made.filter((each) => each !== null)).toHaveLength(1);
  });

  test('count one key at the same time, and lose none of it', async () => {
    const { stores, world } = await openNodes(3);
    const keys = await Promise.all(Array.from({ length: 250 }, () => world.issue()));
    const flushes = Array.from({ length: 12 }, (_, i) => {
      const shuffled = i % 2 === 0 ? keys : keys.toReversed();
      return stores[i % 3]!.flushUsage({
        node: `node ${i % 3}`,
        usage: shuffled.map(({ id: keyId }) => ({ keyId, hourMs: 0, outcome: 'accepted', count: 1 })),
        lastUsed: shuffled.map(({ id: keyId }) => ({ keyId, atMs: i })),
      });
    });
    await Promise.all(flushes);
    for (const { id } of [keys[0]!, keys[249]!]) {
      expect(await stores[0]!.getKeyUsage(id, { fromMs: 0, toMs: 1 })).toEqual([
        { hourMs: 0, outcome: 'accepted', count: 12 },
      ]);
      expect(await stores[0]!.getKey({ id })).toMatchObject({ lastUsedAtMs: 11 });
    }
  });

  test('wait a moment for one that stands still inside a mutation, then undo what it began', async () => {
    const { connectionString, stores } = await openNodes(1);
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const still = await openNode(connectionString, async (name) => {
      if (name !== 'create_organization.after_change') return;
      reached.resolve();
      await goOn.promise;
    });
    const refusal = refusalOf(still.createOrganization(SYSTEM, ORGANIZATION, null));
    await reached.promise;
    await stores[0]!.createOrganization(SYSTEM, { ...ORGANIZATION, id: 'other' }, null);
    goOn.resolve();
    expect(await refusal).toBe('store_unavailable');
    expect(await refusalOf(stores[0]!.getOrganization('new'))).toBe('organization_not_found');
    await still.createOrganization(SYSTEM, ORGANIZATION, null);
  });

  test('take their time from the database, so that they agree on it', async () => {
    const { connectionString, stores, world } = await openNodes(2);
    const [{ ms } = { ms: 0 }] = await query(
      connectionString,
      'SELECT floor(extract(epoch FROM now()) * 1000) AS ms',
    );
    const key = await world.issue();
    for (const time of [await stores[1]!.now(), key.createdAtMs]) {
      expect(time).toBeGreaterThanOrEqual(Number(ms));
      expect(time).toBeLessThan(Number(ms) + 60_000);
    }
  });
});

describe('a PostgreSQL that fails', () => {
  test('is connected to again when it is back; what was answered is there', async () => {
    const { stores, world } = await openNodes(1);
    const [store] = stores;
    const key = await world.issue();
    for (const mode of ['fast', 'immediate'] as const) {
      await cluster().stop(mode);
      const lost = [
        store!.getKey({ id: key.id }),
        store!.issueKey(world.root, world.newKey(), null),
        store!.now(),
        store!.readSnapshot(() => {}),
      ];
      expect(new Set(await refusalsOf(lost))).toEqual(new Set(['store_unavailable']));
      await cluster().start();
      await until(async () => (await store!.ping().catch(() => 'down')) !== 'down');
      expect((await store!.getKey({ id: key.id })).number).toBe(1);
      await world.issue();
    }
  });

  test('undoes a mutation whose connection it ends, and those that share its commit say so', async () => {
    const { connectionString, stores, world } = await openNodes(1);
    const ending = await openNode(connectionString, async (name) => {
      if (name !== 'issue.after_change') return;
      await query(
        connectionString,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`,
      );
    });
    const keys = [world.newKey(), world.newKey()];
    const calls = keys.map((key) => refusalOf(ending.issueKey(world.root, key, null)));
    expect(await Promise.all(calls)).toEqual(['store_unavailable', 'store_unavailable']);
    expect((await stores[0]!.listKeys({ limit: 10 })).data).toEqual([]);
  });

  test('that gives up waiting for its standbys has not confirmed the commit', async () => {
    const { connectionString, stores } = await openNodes(1);
    await query(connectionString, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await query(connectionString, 'SELECT pg_reload_conf()');
    try {
      const call = refusalOf(stores[0]!.createOrganization(SYSTEM, ORGANIZATION, null));
      await until(async () => {
        const cancelled = await query(
          connectionString,
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
        );
        return cancelled.length > 0;
      });
      expect(await call).toBe('store_unavailable');
    } finally {
      await query(connectionString, 'ALTER SYSTEM RESET synchronous_standby_names');
      await query(connectionString, 'SELECT pg_reload_conf()');
    }
    // It is there all the same: whoever repeats the call finds it.
    expect(await refusalOf(stores[0]!.createOrganization(SYSTEM, ORGANIZATION, null))).toBe(
      'organization_exists',
    );
  });

  test('takes a key’s name back byte for byte, and tells ids apart by their bytes', async () => {
    const { world, stores } = await openNodes(1);
    const name = "Ünïcode “quotes” \\ ' \u{1f511} e\u0301";
    const { id } = await world.issue({ name });
    expect((await stores[0]!.getKey({ id })).name).toBe(name);
    for (const each of ['a', 'A', 'a.', 'a-']) {
      await stores[0]!.createOrganization(world.root, { ...ORGANIZATION, id: each }, null);
    }
    const session = contextOf({ kind: 'portal_session', id: 'ps_none' });
    expect(await refusalOf(stores[0]!.disableKey(session, { id }))).toBe('unauthenticated');
  });
});
