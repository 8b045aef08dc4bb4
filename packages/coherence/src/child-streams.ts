import type { Clock } from '@keyhold/core';
import type { Change, ChangeLog } from './change.ts';
import type { ParentChannel, ParentMessage } from './channel.ts';
import type { ChildStatus, MembershipEvent } from './membership.ts';
import type { ChildEvent, Children, Grant } from './protocol/children.ts';
import type { Replica } from './replica.ts';

/** Changes in one message. */
const PAGE_CHANGES = 1_000;

/** How soon a log that could not be read is read again. */
const RETRY_MS = 500;

/** The streams to the children of a process. Each carries every change in order, and grants behind what they are for. */
export interface ChildStreams {
  accept(channel: ParentChannel): void;
  /** The replica has applied these. Call before anything else can happen. */
  relay(changes: readonly Change[]): void;
  /** The replica was dropped: the children are loaded anew when it is ready again. */
  dropped(): void;
  /** The replica is ready (again). */
  loaded(): void;
  grant(grant: Grant, storeNowMs: number | null): void;
  stop(child: string): void;
  status(children: Children, nowMs: number): ChildStatus[];
}

interface Stream {
  readonly id: string;
  readonly name: string;
  readonly channel: ParentChannel;
  /** What was sent, or what the child came with; null: nothing that can be gone on from. */
  sentSeq: number | null;
  /** Gets each change as it is applied. */
  live: boolean;
  /** Counts the loads, so that one that was overtaken ends. */
  load: number;
}

export function createChildStreams(options: {
  /** What a child is loaded from. */
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly clock: Clock;
  /** Which history the replica is of. */
  readonly lineage: () => string;
  readonly dispatch: (event: ChildEvent) => void;
  readonly onEvent: (event: MembershipEvent) => void;
}): ChildStreams {
  const { log, replica, clock, lineage, dispatch, onEvent } = options;
  const streams = new Map<string, Stream>();

  async function sync(stream: Stream): Promise<void> {
    const load = ++stream.load;
    const overtaken = () => streams.get(stream.id) !== stream || stream.load !== load;
    const send = (message: ParentMessage) => void (overtaken() || stream.channel.send(message));

    async function snapshot(): Promise<number> {
      send({ kind: 'reset', lineage: lineage() });
      const seq = await log.readSnapshot((page) => send({ kind: 'page', page }));
      send({ kind: 'sealed', seq });
      return seq;
    }

    /** @returns null when the log does not go back that far any more. */
    async function follow(sentSeq: number): Promise<number | null> {
      const changes = await log.readChanges(sentSeq, PAGE_CHANGES);
      if (changes[0]?.seq !== sentSeq + 1) return null;
      send({ kind: 'changes', changes });
      return sentSeq + changes.length;
    }

    try {
      let { sentSeq } = stream;
      while (sentSeq === null || sentSeq < replica.appliedSeq) {
        sentSeq = sentSeq === null ? await snapshot() : await follow(sentSeq);
        if (overtaken() || !replica.ready) return;
      }
      stream.sentSeq = sentSeq;
      stream.live = true;
      dispatch({ kind: 'child_synced', child: stream.id });
    } catch (error) {
      onEvent({ kind: 'store_failed', call: 'load a child', error });
      if (overtaken()) return;
      stream.sentSeq = null;
      clock.setTimer(RETRY_MS, () => void (overtaken() || sync(stream)));
    }
  }

  function detach(stream: Stream): void {
    if (streams.get(stream.id) !== stream) return;
    streams.delete(stream.id);
    onEvent({ kind: 'child_detached', id: stream.id, name: stream.name });
  }

  function attach(stream: Stream): void {
    const before = streams.get(stream.id);
    streams.set(stream.id, stream);
    if (before !== undefined && before.channel !== stream.channel) before.channel.close();
    onEvent({ kind: 'child_attached', id: stream.id, name: stream.name });
    dispatch({ kind: 'child_attached', child: stream.id });
    if (replica.ready) void sync(stream);
  }

  return {
    accept(channel) {
      let stream: Stream | null = null;
      channel.onMessage((message) => {
        if (message.kind === 'attach') {
          const { child: id, name, appliedSeq } = message;
          const resumes = appliedSeq > 0 && message.lineage === lineage();
          stream = { id, name, channel, sentSeq: resumes ? appliedSeq : null, live: false, load: 0 };
          attach(stream);
          return;
        }
        if (stream === null || streams.get(stream.id) !== stream) return;
        const child = stream.id;
        if (message.kind === 'renew') {
          dispatch({ kind: 'child_renewed', child, nonce: message.nonce, ackedSeq: message.ackedSeq });
        } else if (message.kind === 'ack') {
          dispatch({ kind: 'child_acked', child, ackedSeq: message.ackedSeq });
        } else {
          detach(stream);
          dispatch({ kind: 'child_stopped', child });
        }
      });
      channel.onClose(() => {
        if (stream === null || streams.get(stream.id) !== stream) return;
        detach(stream);
        dispatch({ kind: 'child_detached', child: stream.id });
      });
    },
    relay(changes) {
      for (const stream of streams.values()) {
        if (!stream.live || stream.sentSeq === null) continue;
        const { sentSeq } = stream;
        // A snapshot may have been ahead of the replica.
        const fresh = changes.filter(({ seq }) => seq > sentSeq);
        if (fresh.length === 0) continue;
        stream.channel.send({ kind: 'changes', changes: fresh });
        stream.sentSeq = sentSeq + fresh.length;
      }
    },
    dropped() {
      for (const stream of streams.values()) {
        stream.load++;
        stream.live = false;
        stream.sentSeq = null;
      }
    },
    loaded() {
      for (const stream of streams.values()) if (!stream.live) void sync(stream);
    },
    grant({ child, nonce, ttlMs, seq }, storeNowMs) {
      streams.get(child)?.channel.send({ kind: 'grant', nonce, ttlMs, seq, storeNowMs });
    },
    stop(child) {
      streams.get(child)?.channel.send({ kind: 'stop' });
    },
    status: (children, nowMs) =>
      Object.entries(children).map(([id, { connected, ackedSeq, grantUntilMs }]) => ({
        id,
        name: streams.get(id)?.name ?? '',
        connected,
        ackedSeq,
        grantForMs: Math.max(0, grantUntilMs - nowMs),
      })),
  };
}
