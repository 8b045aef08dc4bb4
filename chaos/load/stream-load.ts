import { type ClientRequest, get } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { STREAM_PATH } from '../cluster/keyspace.ts';
import type { ObservationLog } from '../history/observation-log.ts';

export interface StreamLoadOptions {
  readonly log: ObservationLog;
  readonly epochNs: bigint;
  nowNs(): number;
  /** Streams open at a time, over all nodes; the oldest makes place for a new one. */
  readonly streams: number;
}

/** Long answers through the gateways, each under one key. */
export interface StreamLoad {
  open(
    stream: { readonly subject: number; readonly presentedKey: string; readonly node: number },
    url: string,
  ): void;
  /** How many answers began. */
  readonly begun: number;
  /** How many were let in or refused. */
  readonly answered: number;
  /**
   * Notes that a change of this subject has completed: what is read from now on was let through after it. A piece that was
   * let through before lies in this process's sockets by now, and has been read when this resolves.
   */
  noteCompleted(subject: number): Promise<void>;
  close(): void;
}

/**
 * Every piece that is read is an accept. It counts from when it was let through at the earliest: after the upstream sent it,
 * which it tells, and after the last change of its subject that had completed when its socket was last found empty.
 */
export function createStreamLoad(options: StreamLoadOptions): StreamLoad {
  const { log, epochNs, nowNs, streams } = options;
  const requests = new Set<ClientRequest>();
  const emptyAtNs = new Map<number, number>();
  let begun = 0;
  let answered = 0;

  function open(
    { subject, presentedKey, node }: { subject: number; presentedKey: string; node: number },
    url: string,
  ): void {
    const request = get(url + STREAM_PATH, {
      agent: false,
      headers: { authorization: `Bearer ${presentedKey}` },
    });
    requests.add(request);
    for (const oldest of [...requests].slice(0, -streams)) oldest.destroy();
    request.on('error', () => {});
    request.on('close', () => requests.delete(request));
    request.on('response', (response) => {
      answered++;
      if (response.statusCode === 200) begun++;
      let unread = '';
      response.on('error', () => {});
      response.setEncoding('latin1').on('data', (text: string) => {
        if (response.statusCode !== 200) return;
        const lines = (unread + text).split('\n');
        unread = lines.pop() ?? '';
        for (const line of lines) {
          const sentNs = Number(BigInt(line) - epochNs);
          const invokedNs = Math.max(sentNs, emptyAtNs.get(subject) ?? 0);
          log.add({ subject, node, face: 'stream', outcome: 'accepted', invokedNs, answeredNs: nowNs() });
        }
      });
    });
  }

  return {
    open,
    get begun() {
      return begun;
    },
    get answered() {
      return answered;
    },
    async noteCompleted(subject) {
      // The sockets are read between one round's immediates and the next.
      await setImmediate();
      await setImmediate();
      emptyAtNs.set(subject, nowNs());
    },
    close() {
      for (const request of requests) request.destroy();
    },
  };
}
