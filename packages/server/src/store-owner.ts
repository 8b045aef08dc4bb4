import { existsSync } from 'node:fs';
import {
  type Authority,
  type Barrier,
  createAuthority,
  createVerifier,
  type Replica,
  type Verifier,
  type WritingMembership,
} from '@keyhold/coherence';
import { isKeyholdError, KeyholdError, type KeyspaceDefinition } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import { startClaimExpiry } from './claims/claim-expiry.ts';
import { createCluster, type OwnCluster } from './cluster.ts';
import { CONSOLE_SECRET, type ConsoleLinks, createConsoleLinks } from './console/console-links.ts';
import { createPeopleService, type PeopleService } from './console/people-service.ts';
import { createRevocationWriteOut, withWriteOut } from './keys/revocation-write-out.ts';
import type { DataSettings, Machine } from './machine.ts';
import type { Log } from './observability/log.ts';
import { createOperatorService, type OperatorService } from './operators/operator-service.ts';
import { type DataDirectory, openDataDirectory } from './process/data-directory.ts';
import { openStanding } from './standing.ts';
import { startTableCheck } from './table-check.ts';

/** The one process that has the data directory: its store, and what makes a write hold. */
export interface StoreOwner extends AsyncDisposable {
  readonly directory: DataDirectory;
  readonly store: Store;
  readonly replica: Replica;
  readonly membership: WritingMembership;
  readonly authority: Authority;
  readonly verifier: Verifier;
  readonly cluster: OwnCluster;
  readonly operators: OperatorService;
  readonly consoleLinks: ConsoleLinks;
  readonly people: PeopleService;
}

/**
 * Takes the data directory, opens the store, applies the configuration, and loads the table that is verified from.
 *
 * @param configure null leaves the store's configuration as it is, and refuses to make a store where there is none.
 * @throws {KeyholdError} `data_directory_locked`, `configuration_older`, `configuration_invalid`, and what opening a store
 *   throws.
 */
export async function openStoreOwner(
  settings: DataSettings,
  configure: { readonly keyspaces: readonly KeyspaceDefinition[]; readonly acceptOlder: boolean } | null,
  machine: Machine,
): Promise<StoreOwner> {
  const { clock, randomBytes, log } = machine;
  const { dataDirectory, database } = settings;
  const databaseFile = database.kind === 'sqlite' ? database.file : null;
  if (configure === null && databaseFile !== null && !existsSync(databaseFile)) {
    throw new KeyholdError(
      'settings_invalid',
      `there is no database at ${databaseFile}; name the server's own --data`,
    );
  }
  await using opened = new AsyncDisposableStack();
  const directory = openDataDirectory(dataDirectory, databaseFile);
  opened.defer(() => directory.release());
  directory.describeOwner({ pid: process.pid, url: null });

  const standing = opened.use(await openStanding(settings, machine));
  const { replica, readRows } = standing;
  const membership = { ...standing.membership, barrier: timed(standing.membership.barrier, machine) };
  const writeOut = createRevocationWriteOut({ store: standing.store, clock, log });
  opened.defer(() => writeOut.close());
  const store = withWriteOut(standing.store, writeOut);
  const authority = createAuthority({ membership, clock });
  opened.defer(() => authority.close());
  const verifier = createVerifier({ replica, lease: membership.lease });

  // Before the table is loaded, so that a configuration which this version cannot read any more can still be replaced.
  const applied = configure === null ? null : await applyConfiguration(store, configure, log);
  await authority.start();
  if (applied !== null) {
    await authority.commit(async () => applied);
    opened.defer(startClaimExpiry({ store, authority, clock, log }));
  }

  opened.defer(startTableCheck({ membership, clock, random: Math.random, log }));

  const cluster = createCluster({ membership, readRows, nodeName: settings.nodeName, clock });
  opened.defer(() => cluster.close());
  const consoleLinks = createConsoleLinks({ clock, macKey: await store.secretFor(CONSOLE_SECRET) });
  const people = createPeopleService({ store, links: consoleLinks, clock, randomBytes });
  const operators = createOperatorService({ store, authority, verifier, clock, randomBytes });
  const resources = opened.move();
  return {
    directory,
    store,
    replica,
    membership,
    authority,
    verifier,
    cluster,
    operators,
    consoleLinks,
    people,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function timed(barrier: Barrier, { clock, onBarrier = () => {} }: Machine): Barrier {
  return {
    async waitFor(seq) {
      const startedMs = clock.monotonicMs();
      const outcome = await barrier.waitFor(seq);
      onBarrier({ outcome, durationMs: clock.monotonicMs() - startedMs });
      return outcome;
    },
  };
}

async function applyConfiguration(
  store: Store,
  {
    keyspaces,
    acceptOlder,
  }: { readonly keyspaces: readonly KeyspaceDefinition[]; readonly acceptOlder: boolean },
  log: Log,
): Promise<{ readonly seq: number }> {
  const context = {
    actor: { kind: 'system', name: 'configuration' },
    requestId: null,
    sourceAddress: null,
  } as const;
  const { seq, value } = await store
    .applyConfiguration(context, { keyspaces }, { acceptOlder })
    .catch((error: unknown) => {
      if (!isKeyholdError(error) || error.code !== 'configuration_older') throw error;
      const message =
        'this configuration is one that a newer one has replaced; start with the newer file, or with --accept-older-configuration to bring this one back';
      throw new KeyholdError('configuration_older', message, { cause: error });
    });
  if (value.changedKeyspaces.length > 0) {
    log.info(
      { revision: value.revision, changed_keyspaces: value.changedKeyspaces, seq },
      'The configuration changed.',
    );
  }
  return { seq };
}
