import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorMessage } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { openDatabase, openReader } from './database.ts';
import { toOpenError } from './errors.ts';
import { waitAtGate } from './failpoint-gate.ts';
import { createGroupCommit } from './group-commit.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { sendSnapshot } from './snapshot.ts';

/** The thread that owns the database: `node:sqlite` blocks, and no thread that verifies may be blocked. */
const settings: WorkerSettings = workerData;
const port = parentPort;
if (port === null) throw new TypeError('The store worker is started by the store, not by itself.');

/** Pages of a snapshot that may be on their way: enough for both threads to be busy. */
const PAGES_AHEAD = 4;

try {
  serve();
} catch (error) {
  post({ kind: 'failed', error: toErrorMessage(toOpenError(error, settings.file)) });
}

function serve(): void {
  const { file, nowMs } = settings;
  const database = openDatabase({ file, nowMs, failpoint });
  const group = createGroupCommit({ database, file, failpoint });
  /** By snapshot: called when a page of it was taken in. */
  const snapshots = new Map<number, () => void>();
  let draining = false;
  let closing = false;

  // Whatever has arrived is queued before the first of it runs: that is what makes a batch.
  function scheduleDrain(): void {
    if (draining) return;
    draining = true;
    setImmediate(() => void drain());
  }

  async function drain(): Promise<void> {
    await group.drain();
    draining = false;
    closeWhenIdle();
  }

  async function snapshot(id: number): Promise<void> {
    let ahead = 0;
    let resume: (() => void) | null = null;
    snapshots.set(id, () => {
      ahead--;
      resume?.();
    });
    try {
      using reader = openReader(file);
      const seq = await sendSnapshot(reader, async (page) => {
        post({ kind: 'page', id, page });
        ahead++;
        // Calls that came meanwhile are run between two pages.
        await nextTurn();
        if (ahead < PAGES_AHEAD) return;
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      });
      post({ kind: 'answer', id, value: seq });
    } catch (error) {
      post({ kind: 'refusal', id, error: toErrorMessage(toOpenError(error, file)) });
    }
    snapshots.delete(id);
    closeWhenIdle();
  }

  function closeWhenIdle(): void {
    if (!closing || draining || snapshots.size > 0) return;
    database.close();
    port?.close();
  }

  port?.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'call': {
        const { id, call } = message;
        group.add({
          call,
          answer: ({ error, value }) =>
            post(
              error === undefined
                ? { kind: 'answer', id, value }
                : { kind: 'refusal', id, error: toErrorMessage(error) },
            ),
        });
        scheduleDrain();
        return;
      }
      case 'snapshot':
        void snapshot(message.id);
        return;
      case 'page_taken':
        snapshots.get(message.id)?.();
        return;
      case 'close':
        closing = true;
        closeWhenIdle();
    }
  });
  post({ kind: 'ready' });
}

function failpoint(name: Failpoint): void {
  if (settings.failpointGate === null) return;
  waitAtGate(settings.failpointGate, name, () => post({ kind: 'failpoint', name }));
}

function post(message: FromWorker): void {
  port?.postMessage(message);
}
