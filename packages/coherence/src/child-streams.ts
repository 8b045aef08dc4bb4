import type { Clock } from '@keyhold/core';
import type { Change, ChangeLog } from './change.ts';
import type { ParentChannel, ParentMessage } from './channel.ts';
import type { ChildStatus, MembershipEvent } from './membership.ts';
import type { ChildEvent, Children, Grant } from './protocol/children.ts';
import type { Replica } from './replica.ts';
import { showChange } from './snapshot/keyspace-view.ts';
import type { TablePage } from './snapshot/table-pages.ts';

/** Changes in one message. */
const PAGE_CHANGES = 1_000;

/** How soon a log that could not be read is read again. */
const RETRY_MS = 500;

/** The streams to the children of a process. Each carries every change in order, and grants behind what they are for. */
export interface ChildStreams {
  /** @param keyspaces whose keys it is shown, and no operators; null: everything. */
  accept(channel: ParentChannel, keyspaces: ReadonlySet<string> | null): void;
  /** The replica has applied these. Call before anything else can happen. */
  relay(changes: readonly Change[]): void;
  /** The replica was dropped: the children are loaded anew when it is ready again. Call in the same turn of the event loop. */
  dropped(): void;
  /** The replica is ready, for the first time or after `dropped`. */
  loaded(): void;
  /** Has every child that gets the changes compare its table with this one. Resolves when they have been sent it. */
  compare(): Promise<void>;
  grant(grant: Grant, storeNowMs: number | null): void;
  stop(child: string): void;
  status(children: Children, nowMs: number): ChildStatus[];
}

interface Stream {
  readonly id: string;
  readonly name: string;
  readonly channel: ParentChannel;
  readonly keyspaces: ReadonlySet<string> | null;
  /** What the child came with, then what it was sent before it got each change; null: nothing that can be gone on from. */
  sentSeq: number | null;
  /** How many `reset`s it was sent. What it says before it has had the last of them is of another table. */
  resets: number;
  /** The table is gone that it was sent, and the next `reset` is yet to be. */
  isOutdated: boolean;
  /** How it gets each change as it is applied: not yet, as pages among those of the whole table, or as changes. */
  relays: 'nothing' | 'pages' | 'changes';
  /** Counts the loads, so that one that was overtaken ends. */
  load: number;
}

export function createChildStreams(options: {
  /** What a child that was here before goes on from. */
  readonly log: Pick<ChangeLog, 'readChanges'>;
  readonly replica: Replica;
  readonly clock: Clock;
  /** Which history the replica is of. */
  readonly lineage: () => string;
  readonly dispatch: (event: ChildEvent) => void;
  readonly onEvent: (event: MembershipEvent) => void;
}): ChildStreams {
  const { log, replica, clock, lineage, dispatch, onEvent } = options;
  const streams = new Map<string, Stream>();

  /** Whether the child went away, or another load began, since this one did. */
  function isOvertaken(stream: Stream, load: number): boolean {
    return streams.get(stream.id) !== stream || stream.load !== load;
  }

  async function sync(stream: Stream): Promise<void> {
    const load = ++stream.load;
    const overtaken = () => isOvertaken(stream, load);
    const send = (message: ParentMessage) => void (overtaken() || stream.channel.send(message));

    /** Sends the table as it is here: the store is not asked, however many children come at once. */
    async function snapshot(): Promise<number | null> {
      stream.resets++;
      stream.isOutdated = false;
      send({ kind: 'reset', lineage: lineage() });
      stream.relays = 'pages';
      for (const page of replica.readPages(stream.keyspaces)) {
        send({ kind: 'page', page });
        await stream.channel.drained();
        if (overtaken()) return null;
      }
      send({ kind: 'sealed', seq: replica.appliedSeq });
      // Whatever is applied before this goes on, comes out of the log.
      stream.relays = 'nothing';
      return replica.appliedSeq;
    }

    /** @returns null when the log does not go back that far any more. */
    async function follow(sentSeq: number): Promise<number | null> {
      const changes = await log.readChanges(sentSeq, PAGE_CHANGES);
      if (changes[0]?.seq !== sentSeq + 1) return null;
      send({ kind: 'changes', changes: show(changes, stream) });
      await stream.channel.drained();
      return sentSeq + changes.length;
    }

    try {
      let { sentSeq } = stream;
      while (sentSeq === null || sentSeq < replica.appliedSeq) {
        sentSeq = sentSeq === null ? await snapshot() : await follow(sentSeq);
        if (overtaken()) return;
      }
      stream.sentSeq = sentSeq;
      stream.relays = 'changes';
      dispatch({ kind: 'child_synced', child: stream.id });
    } catch (error) {
      onEvent({ kind: 'store_failed', call: 'load a child', error });
      if (overtaken()) return;
      Object.assign(stream, { sentSeq: null, relays: 'nothing' });
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

  /** The child has applied what was sent before a page when it compares it: both tables are of one seq. */
  async function compareWith(stream: Stream): Promise<void> {
    if (stream.relays !== 'changes') return;
    const { load } = stream;
    stream.channel.send({ kind: 'compare' });
    for (const page of replica.readPages(stream.keyspaces)) {
      stream.channel.send({ kind: 'page', page });
      await stream.channel.drained();
      if (isOvertaken(stream, load)) return;
    }
    stream.channel.send({ kind: 'compared' });
  }

  return {
    accept(channel, keyspaces) {
      let stream: Stream | null = null;
      channel.onMessage((message) => {
        if (message.kind === 'attach') {
          const { child: id, name, appliedSeq } = message;
          const resumes = appliedSeq > 0 && message.lineage === lineage();
          const sentSeq = resumes ? appliedSeq : null;
          stream = {
            id,
            name,
            channel,
            keyspaces,
            sentSeq,
            resets: 0,
            isOutdated: false,
            relays: 'nothing',
            load: 0,
          };
          attach(stream);
          return;
        }
        if (stream === null || streams.get(stream.id) !== stream) return;
        const child = stream.id;
        if (message.kind === 'stopped') {
          detach(stream);
          dispatch({ kind: 'child_stopped', child });
          return;
        }
        const { ackedSeq, resets } = message;
        if (resets !== stream.resets || stream.isOutdated) return;
        if (message.kind === 'renew')
          dispatch({ kind: 'child_renewed', child, nonce: message.nonce, ackedSeq });
        else dispatch({ kind: 'child_acked', child, ackedSeq });
      });
      channel.onClose(() => {
        if (stream === null || streams.get(stream.id) !== stream) return;
        detach(stream);
        dispatch({ kind: 'child_detached', child: stream.id });
      });
    },
    relay(changes) {
      for (const stream of streams.values()) {
        if (stream.relays === 'pages') {
          for (const page of show(changes, stream).flatMap(toPages))
            stream.channel.send({ kind: 'page', page });
        }
        if (stream.relays !== 'changes' || stream.sentSeq === null) continue;
        const { sentSeq } = stream;
        // What it was sent out of the log may have been ahead of the replica.
        const fresh = changes.filter(({ seq }) => seq > sentSeq);
        if (fresh.length === 0) continue;
        stream.channel.send({ kind: 'changes', changes: show(fresh, stream) });
      }
    },
    dropped() {
      for (const stream of streams.values()) {
        stream.load++;
        Object.assign(stream, { sentSeq: null, relays: 'nothing', isOutdated: true });
      }
    },
    loaded() {
      for (const stream of streams.values()) void sync(stream);
    },
    async compare() {
      for (const stream of streams.values()) await compareWith(stream);
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

function show(changes: readonly Change[], { keyspaces }: Stream): readonly Change[] {
  return keyspaces === null ? changes : changes.map((change) => showChange(change, keyspaces));
}

/** A change as pages: both say the whole new state of what they name. */
function toPages({ payload }: Change): TablePage[] {
  switch (payload.kind) {
    case 'keys':
    case 'configuration':
      return [payload];
    case 'organization':
      return [{ kind: 'organizations', organizations: [payload.organization] }];
    case 'operator':
      return [
        { kind: 'operators', operators: [payload.operator] },
        { kind: 'keys', keys: [payload.key] },
      ];
    default:
      return payload satisfies never;
  }
}
