import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Hint, LeaseRow } from '@keyhold/coherence';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createPostgresLeaseRows } from '../src/postgres/lease-rows.ts';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import { query, until, useCluster, useEmptyStore } from './_postgres.ts';
import { fillWorld, refusalOf } from './_util.ts';

const cluster = useCluster();
const emptyStore = useEmptyStore(cluster);

const TTL_MS = 3_000;

/** Calls go to a function of the schema instead, which fails. */
const MUTE = `
  CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$The queue is full.$m$; END';
  ALTER ROLE CURRENT_USER SET search_path = public, pg_catalog`;
const UNMUTE = `
  DROP FUNCTION public.pg_notify(text, text);
  ALTER ROLE CURRENT_USER RESET search_path`;

async function openRows(connectionString?: string, sender = 'one') {
  const clock = createManualClock();
  const rows = createPostgresLeaseRows({
    connectionString: connectionString ?? (await emptyStore()),
    sender,
    clock,
    ttlMs: TTL_MS,
  });
  onTestFinished(() => rows.close());
  return { rows, clock };
}

function newLease(fields: Partial<LeaseRow> = {}): LeaseRow {
  return {
    incarnation: randomUUID(),
    node: `node'1\\`,
    round: 1,
    ackedSeq: 7,
    ttlMs: TTL_MS,
    protocolVersion: 1,
    ...fields,
  };
}

/** Lease rows whose hints are kept as they come; they have begun to. Its connection is tried when its clock is moved. */
async function openListener(connectionString: string, sender: string) {
  const { rows, clock } = await openRows(connectionString, sender);
  const heard: Hint[] = [];
  const stopListening = rows.onHint((hint) => void heard.push(hint));
  /** Takes the next hint, which is this. */
  const hears = async (hint: Hint) => {
    await until(async () => heard.length > 0);
    expect(heard.shift()).toEqual(hint);
  };
  await hears({ kind: 'missed' });
  return { rows, clock, heard, hears, stopListening };
}

describe('leases in PostgreSQL', () => {
  test('a row is made by its first renewal, and shows what later ones and acks wrote', async () => {
    const { rows } = await openRows();
    const first = newLease();
    expect(await rows.renew(first)).toBe('renewed');
    expect(await rows.readRows()).toEqual([first]);
    expect(await rows.renew({ ...first, round: 2, ackedSeq: 9 })).toBe('renewed');
    expect(await rows.acknowledge(first.incarnation, 12)).toBe('acknowledged');
    expect(await rows.readRows()).toEqual([{ ...first, round: 2, ackedSeq: 12 }]);
    await rows.remove(first.incarnation);
    await rows.remove(first.incarnation);
    expect(await rows.readRows()).toEqual([]);
  });

  test('a row that is gone is not made again by a renewal or an ack', async () => {
    const { rows } = await openRows();
    const lease = newLease({ round: 2 });
    expect(await rows.renew(lease)).toBe('fenced');
    expect(await rows.acknowledge(lease.incarnation, 1)).toBe('fenced');
    expect(await rows.readRows()).toEqual([]);
  });

  test('calls that overtake each other take no round and no acked seq back', async () => {
    const { rows } = await openRows();
    const lease = newLease();
    await rows.renew(lease);
    await rows.renew({ ...lease, round: 5, ackedSeq: 20 });
    await rows.renew({ ...lease, round: 4, ackedSeq: 10 });
    await rows.renew(lease);
    await rows.acknowledge(lease.incarnation, 15);
    expect(await rows.readRows()).toEqual([{ ...lease, round: 5, ackedSeq: 20 }]);
  });

  test('only a row that still stands at the round is fenced', async () => {
    const { rows } = await openRows();
    const lease = newLease();
    await rows.renew(lease);
    await rows.renew({ ...lease, round: 2 });
    expect(await rows.fence(lease.incarnation, 1)).toBe(false);
    expect(await rows.fence(lease.incarnation, 2)).toBe(true);
    expect(await rows.fence(lease.incarnation, 2)).toBe(false);
    expect(await rows.renew({ ...lease, round: 3 })).toBe('fenced');
  });

  test('the head names one history until a standby takes over, and a standby answers nothing', async () => {
    const connectionString = await emptyStore();
    const { rows } = await openRows(connectionString);
    const head = await rows.readHead();
    expect(head.seq).toBe(0);
    const [row] = await query(connectionString, 'SELECT extract(epoch FROM now()) * 1000 AS ms');
    expect(Math.abs(Number(row?.['ms']) - head.storeNowMs)).toBeLessThan(60_000);
    const lease = newLease();
    await rows.renew(lease);

    await cluster().stop('fast');
    expect(await refusalOf(rows.readHead())).toBe('store_unavailable');
    await cluster().start();
    await until(async () => (await rows.readHead().catch(() => null)) !== null);
    expect((await rows.readHead()).lineage).toBe(head.lineage);

    await cluster().stop('fast');
    await cluster().start({ standby: true });
    await until(async () => {
      const [{ standby } = { standby: false }] = await query(
        connectionString,
        'SELECT pg_is_in_recovery() AS standby',
      );
      return standby === true;
    });
    for (const call of [
      () => rows.readHead(),
      () => rows.readRows(),
      () => rows.acknowledge(lease.incarnation, 99),
      () => rows.renew({ ...lease, round: 2 }),
    ]) {
      expect(await refusalOf(call())).toBe('store_unavailable');
    }
    await query(connectionString, 'SELECT pg_promote()');
    expect((await rows.readHead()).lineage).not.toBe(head.lineage);
    expect(await rows.renew({ ...lease, round: 2 })).toBe('renewed');
  });

  test('a call ends when its time is up, and a later one works again', async () => {
    const connectionString = await emptyStore();
    const { rows, clock } = await openRows(connectionString);
    const lease = newLease();
    await rows.renew(lease);
    let stuck: Promise<string> | undefined;
    await holdTable(connectionString, async (waiting) => {
      stuck = refusalOf(rows.acknowledge(lease.incarnation, 8));
      await until(waiting);
      clock.advance(TTL_MS / 3);
      expect(await stuck).toBe('store_unavailable');
    });
    await until(
      async () => (await rows.acknowledge(lease.incarnation, 9).catch(() => null)) === 'acknowledged',
    );
  });

  test('nothing is durable before the standbys that the server waits for have it, whatever the default is', async () => {
    const connectionString = await emptyStore();
    const { rows, clock } = await openRows(connectionString);
    const database = new URL(connectionString).pathname.slice(1);
    await query(connectionString, `ALTER DATABASE ${database} SET synchronous_commit = off`);
    await query(connectionString, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await query(connectionString, 'SELECT pg_reload_conf()');
    try {
      const renewal = refusalOf(rows.renew(newLease()));
      await until(async () => {
        const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
        return (await query(connectionString, waiting)).length > 0;
      });
      clock.advance(TTL_MS / 3);
      expect(await renewal).toBe('store_unavailable');
    } finally {
      await query(connectionString, 'ALTER SYSTEM RESET synchronous_standby_names');
      await query(connectionString, 'SELECT pg_reload_conf()');
      await query(connectionString, `ALTER DATABASE ${database} RESET synchronous_commit`);
    }
  });

  test('an edit by hand is a hint to look', async () => {
    const connectionString = await emptyStore();
    const { rows, clock } = await openRows(connectionString);
    const heard: Hint[] = [];
    rows.onHint((hint) => void heard.push(hint));
    await until(async () => {
      clock.advance(1_000);
      return heard.length > 0;
    });
    heard.length = 0;
    await query(connectionString, `UPDATE key SET name = 'edited'`);
    await until(async () => heard.length > 0);
    expect(heard).toEqual([{ kind: 'committed', seq: 0 }]);
  });

  test('a change and an acknowledgement are told to every other node, and to nobody who did it, also after the server was away', async () => {
    const connectionString = await emptyStore();
    const randomBytes = createSeededRandom(5);
    const store = await openPostgresStore({ connectionString, sender: 'one', randomBytes });
    onTestFinished(() => store.close());
    const { issue, root } = await fillWorld({ store, clock: createManualClock(), randomBytes });
    const one = await openListener(connectionString, 'one');
    const other = await openListener(connectionString, 'other');

    const { id, seq } = await issue();
    await other.hears({ kind: 'committed', seq });
    // What finds nothing to do is no change.
    await store.enableKey(root, { id });
    const incarnation = randomUUID();
    await one.rows.acknowledge(incarnation, 1);
    await other.hears({ kind: 'acknowledged', incarnation, seq: 1 });
    expect(other.heard).toEqual([]);
    await other.rows.acknowledge(incarnation, 2);
    await one.hears({ kind: 'acknowledged', incarnation, seq: 2 });
    expect(one.heard).toEqual([]);

    await cluster().stop('immediate');
    await cluster().start();
    // What was said meanwhile was not heard, so it could be anything.
    for (const { clock, heard, hears } of [one, other]) {
      await until(async () => {
        clock.advance(1_000);
        return heard.length > 0;
      });
      await hears({ kind: 'missed' });
    }
    other.stopListening();
    await issue();
    await other.rows.acknowledge(incarnation, 3);
    await one.hears({ kind: 'acknowledged', incarnation, seq: 3 });
    expect(other.heard).toEqual([]);
  });

  test('a change that cannot be told of is written all the same, and an acknowledgement too', async () => {
    const connectionString = await emptyStore();
    // Connections that are made from here on are muted.
    await query(connectionString, MUTE);
    try {
      const randomBytes = createSeededRandom(5);
      const store = await openPostgresStore({ connectionString, randomBytes });
      onTestFinished(() => store.close());
      const { issue } = await fillWorld({ store, clock: createManualClock(), randomBytes });
      const { id } = await issue();
      expect(await store.getKey({ id })).toMatchObject({ id });
      const { rows } = await openRows(connectionString);
      const lease = newLease({ ackedSeq: 1 });
      await rows.renew(lease);
      expect(await rows.acknowledge(lease.incarnation, 2)).toBe('acknowledged');
      expect(await rows.readRows()).toMatchObject([{ ackedSeq: 2 }]);
    } finally {
      await query(connectionString, UNMUTE);
    }
  });

  test('a connection for hints that nothing comes through any more is made anew', async () => {
    const connectionString = await emptyStore();
    const proxy = await startSilenceableProxy(connectionString);
    const { heard, clock } = await openListener(proxy.connectionString, 'one');
    proxy.silence();
    // One that is tried without an answer is given up by real time.
    await until(async () => {
      clock.advance(1_000);
      return heard.length > 0;
    });
    expect(proxy.connected).toBeGreaterThan(1);
  });
});

/** A way to the server on which what is connected can be made to hear nothing any more, without being told. */
async function startSilenceableProxy(connectionString: string) {
  const { hostname, port } = new URL(connectionString);
  const answering = new Set<Socket>();
  let connected = 0;
  const proxy = createServer((near) => {
    connected++;
    const far = connect(Number(port), hostname);
    near.pipe(far);
    far.pipe(near);
    answering.add(far);
    for (const end of [near, far])
      end.on('error', () => {}).on('close', () => void [near.destroy(), far.destroy()]);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void proxy.close());
  const url = new URL(connectionString);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    connectionString: url.href,
    get connected() {
      return connected;
    },
    silence() {
      for (const far of answering) far.unpipe();
    },
  };
}

/** Runs `work` while nobody else can write the table; `waiting` says whether somebody tries. */
async function holdTable(
  connectionString: string,
  work: (waiting: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const holder = new Client({ connectionString });
  await holder.connect();
  try {
    await holder.query('BEGIN; LOCK TABLE lease IN ACCESS EXCLUSIVE MODE');
    await work(async () => {
      const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      return (await query(connectionString, waiting)).length > 0;
    });
  } finally {
    await holder.end();
  }
}
