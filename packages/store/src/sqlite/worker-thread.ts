import { Worker } from 'node:worker_threads';
import type { SnapshotPage } from '@keyhold/coherence';
import { fromErrorMessage, KeyholdError } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { decodeKeys } from '../sql/encoded-keys.ts';
import type { OperationCall } from '../sql/operations.ts';
import { answerAtGate, createFailpointGate } from './failpoint-gate.ts';
import type { EncodedPage, FromWorker, ToWorker, WorkerSettings } from './messages.ts';

/** The near end of the thread that owns the database. */
export interface WorkerThread {
  call<T>(call: OperationCall): Promise<T>;
  readSnapshot(receive: (page: SnapshotPage) => void): Promise<number>;
  /** Lets the thread finish what it has, and waits until it is gone. */
  close(): Promise<void>;
}

export interface WorkerThreadOptions {
  readonly file: string;
  readonly nowMs: number;
  readonly onFailpoint: ((name: Failpoint) => void | Promise<void>) | null;
}

/** A question that the worker has not answered yet. */
interface Outstanding {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly receive: ((page: SnapshotPage) => void) | null;
}

/** Starts the thread and waits until the database is open. @throws {KeyholdError} as {@link openSqliteStore} does. */
export async function startWorkerThread(options: WorkerThreadOptions): Promise<WorkerThread> {
  const { file, nowMs, onFailpoint } = options;
  const failpointGate = onFailpoint === null ? null : createFailpointGate();
  const settings: WorkerSettings = { file, nowMs, failpointGate };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  const outstanding = new Map<number, Outstanding>();
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let lastId = 0;
  /** Why nothing more is taken on; null while the thread works. */
  let gone: KeyholdError | null = null;

  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve();
        return;
      case 'failed':
        ready.reject(fromErrorMessage(message.error));
        return;
      case 'answer':
        settle(message.id)?.resolve(message.value);
        return;
      case 'refusal':
        settle(message.id)?.reject(fromErrorMessage(message.error));
        return;
      case 'page':
        takePage(message.id, message.page);
        return;
      case 'failpoint':
        if (failpointGate !== null) void answerAtGate(failpointGate, () => onFailpoint?.(message.name));
    }
  });
  worker.once('error', (error) => abandon(error));
  worker.once('exit', () => {
    abandon();
    exited.resolve();
  });

  function settle(id: number): Outstanding | undefined {
    const waiting = outstanding.get(id);
    outstanding.delete(id);
    return waiting;
  }

  function takePage(id: number, page: EncodedPage): void {
    try {
      outstanding.get(id)?.receive?.(decodePage(page));
    } catch (error) {
      // The receiver gave up; the worker still sends the rest, to nobody.
      settle(id)?.reject(error);
    }
    send({ kind: 'page_taken', id });
  }

  /** The worker is gone: nobody will answer what is outstanding. */
  function abandon(cause?: unknown): void {
    gone ??= new KeyholdError(
      'store_unavailable',
      'The store has stopped, so it is not known whether the call was carried out. Restart the process, then repeat the call.',
      { cause },
    );
    ready.reject(gone);
    for (const waiting of outstanding.values()) waiting.reject(gone);
    outstanding.clear();
  }

  function send(message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(message);
  }

  async function ask<T>(
    toMessage: (id: number) => ToWorker,
    receive: ((page: SnapshotPage) => void) | null = null,
  ): Promise<T> {
    if (gone !== null) throw gone;
    const id = ++lastId;
    return await new Promise<T>((resolve, reject) => {
      outstanding.set(id, { resolve, reject, receive });
      send(toMessage(id));
    });
  }

  try {
    await ready.promise;
  } catch (error) {
    await exited.promise;
    throw error;
  }
  return {
    call: (call) => ask((id) => ({ kind: 'call', id, call })),
    readSnapshot: (receive) => ask((id) => ({ kind: 'snapshot', id }), receive),
    async close() {
      if (gone === null) {
        gone = new KeyholdError('store_unavailable', 'The store is closed. Open it again.');
        send({ kind: 'close' });
      }
      await exited.promise;
    },
  };
}

function decodePage(page: EncodedPage): SnapshotPage {
  return page.kind === 'encoded_keys' ? { kind: 'keys', keys: decodeKeys(page) } : page;
}
