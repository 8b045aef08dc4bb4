import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { ParentChannel } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import type { Configuration } from '../config/configuration.ts';
import type { Addresses, Faces } from '../faces.ts';
import type { Log } from '../observability/log.ts';
import { type Metrics, readTogether } from '../observability/metrics.ts';
import type { Settings } from '../settings/settings.ts';
import type { StoreOwner } from '../store-owner.ts';
import { toAssignment } from './assignment.ts';
import { type Call, openCalls } from './calls.ts';
import { openLanes } from './ipc.ts';
import { createPrimaryCalls, type PrimaryCalls } from './primary-calls.ts';
import type { WorkerCalls } from './worker-calls.ts';

/** Long enough that a worker which cannot start does not keep the machine busy, short enough to miss it hardly. */
const RESTART_DELAY_MS = 1_000;

/** What a worker has to end in order: the drain of its requests and of the management port, and writing out counts. */
const CLOSE_DEADLINE_MS = 28_000;

/** A worker that does not answer in this time is left out of the metrics. */
const METRICS_DEADLINE_MS = 1_000;

export interface WorkerPoolOptions {
  readonly owner: StoreOwner;
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** Of this process. */
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

interface RunningWorker {
  readonly worker: Worker;
  readonly call: Call<WorkerCalls>;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
}

/**
 * Starts the workers, which share every port, and starts another for each that dies. This process keeps the store, and
 * hands on connections; it answers nothing itself.
 *
 * @throws {KeyholdError} what the first worker cannot start for; none is left running then.
 */
export async function startWorkerPool(options: WorkerPoolOptions): Promise<Faces> {
  const { owner, settings, configuration, metrics, clock, log } = options;
  const assignment = toAssignment(settings, configuration);
  const running = new Set<RunningWorker>();
  const calls = createPrimaryCalls(owner, readMetrics);
  let ready = false;
  let closing = false;

  function spawn(): RunningWorker {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('./worker-process.ts', import.meta.url)),
      args: [],
      serialization: 'advanced',
    });
    const worker = cluster.fork();
    const lanes = openLanes(worker.process);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker's end is of this program
    owner.membership.accept(lanes.coherence as ParentChannel, null);
    const call = openCalls<PrimaryCalls, WorkerCalls>(lanes.calls, calls);
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    const started = { worker, call, exited };
    running.add(started);
    worker.once('exit', (code, signal) => {
      running.delete(started);
      resolve();
      if (closing) return;
      log.error(
        { pid: worker.process.pid, code, signal },
        'A worker ended; another is started in its place.',
      );
      clock.setTimer(RESTART_DELAY_MS, () => void restart());
    });
    return started;
  }

  async function start(): Promise<Addresses> {
    const { worker, call } = spawn();
    try {
      const addresses = await call('open', assignment);
      if (ready) await call('declareReady');
      return addresses;
    } catch (error) {
      // Its end has another one started, unless the pool is being closed.
      worker.process.kill('SIGKILL');
      throw error;
    }
  }

  async function restart(): Promise<void> {
    if (closing) return;
    try {
      await start();
    } catch (error) {
      log.error({ err: error }, 'A worker could not start.');
    }
  }

  async function readMetrics(): Promise<string> {
    const parts = await Promise.all(
      [...running].map(({ call }) => within(clock, METRICS_DEADLINE_MS, call('readMetrics'))),
    );
    return await readTogether([await metrics.export(), ...parts.filter((part) => part !== null)]);
  }

  async function close(): Promise<void> {
    closing = true;
    await Promise.all(
      [...running].map(async ({ worker, call, exited }) => {
        const closed = await within(clock, CLOSE_DEADLINE_MS, call('close'));
        if (closed === null) worker.process.kill('SIGKILL');
        else worker.process.disconnect();
        await exited;
      }),
    );
  }

  try {
    // The first binds the ports; the others then get the same ones, also where any free one was asked for.
    const addresses = await start();
    await Promise.all(Array.from({ length: settings.workers - 1 }, () => start()));
    return {
      ...addresses,
      declareReady() {
        ready = true;
        for (const { call } of running) call('declareReady').catch(ignoreError);
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns null when it failed or took longer. */
function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: settled, resolve } = Promise.withResolvers<T | null>();
  const cancelTimer = clock.setTimer(ms, () => resolve(null));
  promise.then(resolve, () => resolve(null));
  return settled.finally(cancelTimer);
}

/** A worker that is gone is started again, and told then. */
function ignoreError(): void {}
