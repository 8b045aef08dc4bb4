import { randomUUID } from 'node:crypto';
import {
  CHILD_TTL_MS,
  createClusterMember,
  createReplica,
  createSoleOwner,
  createStoreTime,
  type LeaseRow,
  type LeaseRows,
  type LocalReplica,
  TTL_MS,
  type WritingMembership,
} from '@keyhold/coherence';
import { type Clock, KeyholdError } from '@keyhold/core';
import { createPostgresLeaseRows, openPostgresStore, openSqliteStore, type Store } from '@keyhold/store';
import type { DataSettings, Machine } from './machine.ts';
import { createMembershipLog } from './observability/membership-log.ts';
import { openGrantRecord } from './process/grant-record.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** A store, and how this process stands to others that answer from the same. Closing it closes the store alone. */
export interface Standing extends AsyncDisposable {
  readonly store: Store;
  readonly replica: LocalReplica;
  readonly membership: WritingMembership;
  /** The leases of the nodes that share the store; null: this process has it to itself. */
  readonly readRows: (() => Promise<readonly LeaseRow[]>) | null;
}

/** The one place that picks a store. @throws {KeyholdError} what opening it throws. */
export async function openStanding(settings: DataSettings, machine: Machine): Promise<Standing> {
  const { database } = settings;
  return database.kind === 'sqlite'
    ? await openSoleOwner(database.file, machine)
    : await openNode(database.connectionString, settings.nodeName, machine);
}

/** This process has the database to itself; others answer only under its grants. */
async function openSoleOwner(file: string, machine: Machine): Promise<Standing> {
  const { clock, randomBytes, decorateStore = (store) => store } = machine;
  const store = decorateStore(await openSqliteStore({ file, clock, randomBytes }));
  const record = openGrantRecord(file);
  const openedMs = clock.monotonicMs();
  const replica = createReplica({ clock, onEndFailure: toEndFailureLog(machine) });
  const membership = createSoleOwner({
    log: store,
    replica,
    clock,
    grantsMayBeOut: record.mayBeOut,
    onEvent: createMembershipLog(machine),
  });
  return {
    store,
    replica,
    membership: {
      ...membership,
      accept(channel, keyspaces) {
        record.note();
        membership.accept(channel, keyspaces);
      },
      async close() {
        await membership.close();
        // Its own are over; those of an earlier owner once they have had their time.
        if (!record.mayBeOut || clock.monotonicMs() - openedMs > CHILD_TTL_MS) record.clear();
      },
    },
    readRows: null,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** One of the nodes that share a database, each under a lease of its own. */
async function openNode(connectionString: string, node: string, machine: Machine): Promise<Standing> {
  const { clock, randomBytes, log, decorateStore = (store) => store } = machine;
  await using opened = new AsyncDisposableStack();
  const onNotice = (message: string) => log.warn({}, message);
  const sender = randomUUID();
  const store = decorateStore(await openPostgresStore({ connectionString, randomBytes, sender, onNotice }));
  opened.defer(() => store.close());
  const rows = createPostgresLeaseRows({ connectionString, sender, clock, ttlMs: TTL_MS });
  opened.defer(() => rows.close());
  await refuseNewerNodes(rows, clock);
  const storeTime = createStoreTime(clock);
  const replica = createReplica({ clock: storeTime.clock, onEndFailure: toEndFailureLog(machine) });
  const membership = createClusterMember({
    rows,
    log: store,
    replica,
    storeTime,
    clock,
    node,
    protocolVersion: PROTOCOL_VERSION,
    createIncarnation: randomUUID,
    random: Math.random,
    onEvent: createMembershipLog(machine),
  });
  const resources = opened.move();
  return {
    store,
    replica,
    membership,
    readRows: () => rows.readRows(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * A node of an older version would sooner or later meet a change that it cannot apply, and answer nothing from then on:
 * better not to begin. A row that stands still is of a node that died.
 *
 * @throws {KeyholdError} `store_newer`.
 */
async function refuseNewerNodes(rows: Pick<LeaseRows, 'readRows'>, clock: Clock): Promise<void> {
  const newer = (await rows.readRows()).filter(({ protocolVersion }) => protocolVersion > PROTOCOL_VERSION);
  if (newer.length === 0) return;
  await new Promise<void>((resolve) => void clock.setTimer(TTL_MS, resolve));
  const later = await rows.readRows();
  const alive = newer.find((row) =>
    later.some(({ incarnation, round }) => incarnation === row.incarnation && round > row.round),
  );
  if (alive === undefined) return;
  throw new KeyholdError(
    'store_newer',
    `the node "${alive.node}" runs on this database with a newer version (protocol ${alive.protocolVersion}, this one has ${PROTOCOL_VERSION}); start the newer version`,
  );
}

function toEndFailureLog({ log }: Machine): (error: unknown) => void {
  return (error) => log.error({ err: error }, 'A request in flight could not be ended in order; it was cut.');
}
