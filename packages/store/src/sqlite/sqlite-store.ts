import { Worker } from 'node:worker_threads';
import type { SnapshotPage } from '@keyhold/coherence';
import { type Clock, createAuditEventId, KeyholdError, type RandomBytes } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import type { OperationCall, Operations } from '../sql/operations.ts';
import type { Store } from '../store.ts';
import { answerAtGate, createFailpointGate } from './failpoint-gate.ts';
import { type FromWorker, fromErrorMessage, type ToWorker, type WorkerSettings } from './messages.ts';

export interface SqliteStoreOptions {
  /** Path of the database file; made if there is none. Its directory has to exist. */
  readonly file: string;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /**
   * For tests: called at every failpoint, while the worker stands still. When it throws, what the worker is doing fails
   * there; it may also kill the process. Default: failpoints do nothing.
   */
  readonly onFailpoint?: (name: Failpoint) => void | Promise<void>;
}

interface Outstanding {
  resolve(value: unknown): void;
  reject(error: KeyholdError): void;
  receive?(page: SnapshotPage): void;
}

/** Length of what {@link Store.secretFor} makes. */
const SECRET_BYTES = 32;

/**
 * Opens the store in an SQLite file. The database is in a worker thread; what comes back passes calls to it and stamps
 * them with this thread's clock.
 *
 * One process owns the file at a time: see that it holds a lock of its own before it opens it.
 *
 * @throws {KeyholdError} `store_not_writable`, `store_corrupt`, `store_newer`, `store_full`, `store_unavailable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { file, clock, randomBytes, onFailpoint } = options;
  const failpointGate = onFailpoint === undefined ? null : createFailpointGate();
  const settings: WorkerSettings = { file, nowMs: clock.nowMs(), failpointGate };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  const outstanding = new Map<number, Outstanding>();
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const ready = Promise.withResolvers<void>();
  let lastId = 0;
  /** Why nothing more is taken on; null while the store is open. */
  let gone: KeyholdError | null = null;

  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve();
      case 'failed':
        return ready.reject(fromErrorMessage(message.error));
      case 'answer':
        return settle(message.id)?.resolve(message.value);
      case 'refusal':
        return settle(message.id)?.reject(fromErrorMessage(message.error));
      case 'page':
        return takePage(message.id, message.page);
      case 'failpoint':
        if (failpointGate !== null) void answerAtGate(failpointGate, () => onFailpoint?.(message.name));
    }
  });
  worker.once('error', (error) => abandon(error));
  worker.once('exit', () => abandon());

  function settle(id: number): Outstanding | undefined {
    const waiting = outstanding.get(id);
    outstanding.delete(id);
    return waiting;
  }

  function takePage(id: number, page: SnapshotPage): void {
    const waiting = outstanding.get(id);
    try {
      waiting?.receive?.(page);
    } finally {
      send({ kind: 'page_taken', id });
    }
  }

  /** The worker is gone: nobody will answer what is outstanding. */
  function abandon(cause?: unknown): void {
    gone ??= new KeyholdError(
      'store_unavailable',
      'The store has stopped, so it is not known whether the call was carried out. Restart the process, then repeat the call.',
      { cause },
    );
    ready.reject(gone);
    for (const id of [...outstanding.keys()]) settle(id)?.reject(gone);
  }

  function send(message: ToWorker): void {
    worker.postMessage(message);
  }

  async function ask(
    message: (id: number) => ToWorker,
    receive?: (page: SnapshotPage) => void,
  ): Promise<unknown> {
    if (gone !== null) throw gone;
    const id = ++lastId;
    return await new Promise((resolve, reject) => {
      outstanding.set(id, { resolve, reject, ...(receive !== undefined && { receive }) });
      send(message(id));
    });
  }

  function remote<Method extends keyof Operations>(
    method: Method,
  ): (...args: Parameters<Operations[Method]>) => ReturnType<Operations[Method]> {
    return (...args) => {
      const nowMs = clock.nowMs();
      const rows = method === 'importKeys' ? (args[1] as readonly unknown[]).length : 1;
      const eventIds = Array.from({ length: rows }, () => createAuditEventId(randomBytes, nowMs));
      const call = { method, args, nowMs, eventIds } as unknown as OperationCall;
      return ask((id) => ({ kind: 'call', id, call })) as ReturnType<Operations[Method]>;
    };
  }

  try {
    await ready.promise;
  } catch (error) {
    await exited;
    throw error;
  }
  const secretFor = remote('secretFor');
  return {
    now: async () => clock.nowMs(),
    async close() {
      if (gone === null) {
        gone = new KeyholdError('store_unavailable', 'The store is closed. Open it again.');
        send({ kind: 'close' });
      }
      await exited;
    },
    readSnapshot: (receive) => ask((id) => ({ kind: 'snapshot', id }), receive) as Promise<number>,
    secretFor: (name) => secretFor(name, randomBytes(SECRET_BYTES)),
    ping: remote('ping'),
    readChanges: remote('readChanges'),
    applyConfiguration: remote('applyConfiguration'),
    createOrganization: remote('createOrganization'),
    patchOrganization: remote('patchOrganization'),
    revokeOrganizationKeys: remote('revokeOrganizationKeys'),
    writeOutRevocations: remote('writeOutRevocations'),
    getOrganization: remote('getOrganization'),
    listOrganizations: remote('listOrganizations'),
    issueKey: remote('issueKey'),
    importKeys: remote('importKeys'),
    patchKey: remote('patchKey'),
    recycleKey: remote('recycleKey'),
    revokeKey: remote('revokeKey'),
    disableKey: remote('disableKey'),
    enableKey: remote('enableKey'),
    getKey: remote('getKey'),
    listKeys: remote('listKeys'),
    getKeyUsage: remote('getKeyUsage'),
    createOperator: remote('createOperator'),
    bootstrapOperator: remote('bootstrapOperator'),
    revokeOperator: remote('revokeOperator'),
    listOperators: remote('listOperators'),
    createPortalSession: remote('createPortalSession'),
    readPortalSession: remote('readPortalSession'),
    listAuditEvents: remote('listAuditEvents'),
    flushUsage: remote('flushUsage'),
  };
}
