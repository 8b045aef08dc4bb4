import type { Configuration } from './config/configuration.ts';
import { type Addresses, type Faces, openFaces } from './faces.ts';
import type { Machine } from './machine.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { watchClock } from './process/clock-watch.ts';
import { createControlCommands } from './process/control-commands.ts';
import { listenOnControlSocket } from './process/control-socket.ts';
import { dataDirectoryFiles } from './process/data-directory.ts';
import type { Settings } from './settings/settings.ts';
import { openStoreOwner, type StoreOwner } from './store-owner.ts';
import { startWorkerPool } from './workers/worker-pool.ts';

export interface ServerOptions extends Machine {
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** `--accept-older-configuration`. */
  readonly acceptOlderConfiguration: boolean;
  /** From the environment: the first operator's token on a new store; null: one is made. */
  readonly operatorToken: string | null;
}

export interface RunningServer extends Addresses {
  /** To be printed, once; null on every start but the very first. */
  readonly firstToken: string | null;
  /** Where the first person is made; null on every start but the very first, and without the role `api`. */
  readonly setUpUrl: string | null;
  /** Says no to `/readyz`, lets requests finish, writes out what was counted, and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * The composition root: makes every part of a server and puts them together.
 *
 * @throws {KeyholdError} with a startup code; nothing stays open or bound then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, configuration, acceptOlderConfiguration } = options;
  await using started = new AsyncDisposableStack();
  const { keyspaces } = configuration;
  const metrics = createMetrics();
  const owner = await openStoreOwner(
    settings,
    { keyspaces, acceptOlder: acceptOlderConfiguration },
    {
      ...options,
      onBarrier: (waited) => metrics.observeBarrier(waited),
      onCompared: (outcome) => metrics.observeComparison(outcome),
    },
  );
  started.use(owner);
  started.defer(watchClock(options));
  metrics.watchCluster(owner.cluster);
  const faces = started.use(await openAllFaces(owner, metrics, options));
  const { url, gateways } = faces;
  const { controlSocket } = dataDirectoryFiles(settings.dataDirectory);
  const control = await listenOnControlSocket(controlSocket, createControlCommands(owner));
  started.defer(() => control.close());
  owner.directory.describeOwner({ pid: process.pid, url });

  // Last, because the token is shown once and nothing may fail between making and showing it.
  const { token: firstToken, isFirst } = await owner.operators.bootstrap(options.operatorToken);
  const setUpUrl = url === null || !isFirst ? null : url + owner.consoleLinks.createSetUpPath();
  faces.declareReady();
  const resources = started.move();
  return { url, gateways, firstToken, setUpUrl, stop: () => resources.disposeAsync() };
}

/** In this process, or in as many others as the settings ask for. */
function openAllFaces(owner: StoreOwner, metrics: Metrics, options: ServerOptions): Promise<Faces> {
  return options.settings.workers === 1
    ? openFaces({
        ...options,
        ...owner,
        accept: (channel, keyspaces) => owner.membership.accept(channel, keyspaces),
        metrics,
      })
    : startWorkerPool({ ...options, owner, metrics });
}
