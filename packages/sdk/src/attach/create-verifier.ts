import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Channel,
  type ChildMessage,
  createFrameChannel,
  createGrantHolder,
  createReplica,
  createStoreTime,
  createVerifier as createVerifierOver,
  type MembershipEvent,
  type ParentMessage,
} from '@keyhold/coherence';
import { isKeyholdError, KeyholdError } from '@keyhold/core';
import {
  type KeyholdVerifier,
  type KeyQuestion,
  type KeyVerification,
  type NodeAddress,
  toKeyholdVerifier,
} from '../keyhold-verifier.ts';
import { askVerify } from './ask-verify.ts';
import { dial } from './dial.ts';
import { systemClock as clock } from './system-clock.ts';
import { createUsageCounter, type UsageMessage } from './usage-counter.ts';

export interface VerifierOptions {
  /** Where nodes answer, such as `http://127.0.0.1:8080`. With several it stays with one while it can. */
  readonly url: string | readonly string[];
  /** An operator token with the scope `attach`; also with `verify`, for `whenDetached: 'ask'`. */
  readonly token: string;
  /** The keyspaces to verify for; their keys are held in memory, as digests. */
  readonly keyspaces: readonly string[];
  /** For `https`: certificates (PEM) to trust in place of those that Node trusts, such as a private authority's. */
  readonly ca?: string | Uint8Array;
  /**
   * What `verifyAsync` does while this process may not answer: refuse (default), or ask a node each time, over
   * `POST /v1/verify`. `verify` and the middleware refuse either way.
   */
  readonly whenDetached?: 'refuse' | 'ask';
  /** What the nodes call this process. Default: the host's name and the process's id. */
  readonly name?: string;
  /** Told what happens to the connection and to the right to answer; write it to a log. */
  readonly onEvent?: (event: VerifierEvent) => void;
}

export type VerifierEvent =
  | { readonly kind: 'attached' | 'detached'; readonly url: string }
  /** It goes on trying. */
  | { readonly kind: 'not_attached'; readonly url: string; readonly error: KeyholdError }
  | { readonly kind: 'answering' }
  | { readonly kind: 'not_answering'; readonly reason: string }
  /** From now on, and until it answers again, each `verifyAsync` is a call to a node. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'reloading'; readonly reason: string };

export interface VerifierStatus {
  /** Whether it verifies at this moment. */
  readonly answering: boolean;
  /** Whether `verifyAsync` asks a node at this moment. */
  readonly asking: boolean;
  /** Why it does not; null while it does. */
  readonly trouble: string | null;
  /** The node it is attached to; null: none. */
  readonly url: string | null;
  /** The newest change that it has. */
  readonly appliedSeq: number;
}

/** Verifies in this process, under grants of a node. Without a grant nothing is accepted. */
export interface AttachedVerifier extends KeyholdVerifier {
  /**
   * Resolves when it verifies; until then it keeps the process alive.
   *
   * @param withinMs default 30,000.
   * @throws {KeyholdError} of the last attempt, when it took longer: `unauthenticated`, `insufficient_scope`,
   *   `keyspace_not_found`, `store_unavailable`, `lease_lost`.
   */
  ready(withinMs?: number): Promise<void>;
  /**
   * As `verify`, and with `whenDetached: 'ask'` also while this process may not answer: a node then decides, within three
   * seconds, and nothing of that is kept. What it says held when the node said it; what goes on afterwards is not
   * ended when the key is.
   *
   * @throws {KeyholdError} what `verify` throws; `lease_lost` when no node decided in time.
   */
  verifyAsync(presentedKey: string, question?: KeyQuestion): Promise<KeyVerification>;
  status(): VerifierStatus;
  /** Verifies no more, writes out what was counted, and lets go of its node, so that no write waits for this process. */
  close(): Promise<void>;
}

/** What changes and grants mean to each other; a node of a later one tells of changes that this does not know. */
const PROTOCOL_VERSION = 1;

/** A thousand changes at once, or the configuration of very many keyspaces. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** A second of counts, some times over; a node that takes nothing is not one to stay with. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

const USAGE_INTERVAL_MS = 1_000;

/** The first attempt on another node is at once, since a grant lasts for two seconds; further ones wait longer. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Attaches this process to a node: its keys come into memory, and from then on verification is one synchronous call.
 * A revocation that has returned is known here, since whoever revokes waits until this process has it, or until its
 * grant has run out.
 *
 * @throws {TypeError} for an address that is none.
 */
export function createVerifier(options: VerifierOptions): AttachedVerifier {
  const {
    token,
    keyspaces,
    ca,
    whenDetached = 'refuse',
    name = `${hostname()} ${process.pid}`,
    onEvent = () => {},
  } = options;
  const urls = (typeof options.url === 'string' ? [options.url] : options.url).map((url) => new URL(url));
  if (urls.length === 0) throw new TypeError('There is no address; give that of a node.');
  const storeTime = createStoreTime(clock);
  const replica = createReplica({ clock: storeTime.clock });
  const holder = createGrantHolder({
    replica,
    storeTime,
    clock,
    name,
    protocolVersion: PROTOCOL_VERSION,
    createIncarnation: randomUUID,
    onEvent(event) {
      if (event.kind === 'lease_gained') toldAsking = false;
      tell(event, onEvent);
    },
  });
  const usage = createUsageCounter(clock);
  const verifier = usage.counted(createVerifierOver({ replica, lease: holder.lease }));
  const answering = Promise.withResolvers<void>();
  let attachedTo: {
    readonly url: string;
    readonly lines: Channel<ChildMessage | UsageMessage, ParentMessage>;
    readonly takesRefusals: boolean;
  } | null = null;
  /** Counted, and about to be sent to the node that it is attached to. */
  const unsent: UsageMessage[] = [];
  let lastError: KeyholdError | null = null;
  let closed = false;
  /** Of this time without a grant. */
  let toldAsking = false;
  let wake = () => {};

  async function stayAttached(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 0; ; attempt++) {
      const url = urls[attempt % urls.length];
      if (closed || url === undefined) return;
      try {
        await attach(url);
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        lastError = isKeyholdError(error)
          ? error
          : new KeyholdError('internal', String(error), { cause: error });
        onEvent({ kind: 'not_attached', url: url.origin, error: lastError });
        if (attempt % urls.length === urls.length - 1) pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
      // Not all at the same moment when a node that many were attached to goes.
      if (!closed) await pause(pauseMs * (0.5 + Math.random()));
    }
  }

  /** Resolves when the connection is gone again. */
  async function attach(url: URL): Promise<void> {
    const { stream, head, takesRefusals } = await dial({
      url,
      token,
      keyspaces,
      ...(ca !== undefined && { ca }),
    });
    const lines = createFrameChannel<ChildMessage | UsageMessage, ParentMessage>(stream, {
      head,
      maxFrameBytes: MAX_FRAME_BYTES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      read: (message) => (isParentMessage(message) ? message : null),
    });
    if (closed) {
      lines.close();
      return;
    }
    attachedTo = { url: url.origin, lines, takesRefusals };
    lastError = null;
    onEvent({ kind: 'attached', url: url.origin });
    await new Promise<void>((resolve) => {
      const granted = holder.connect({
        ...lines,
        onClose: (listener) =>
          lines.onClose(() => {
            listener();
            resolve();
          }),
      });
      void granted.then(answering.resolve);
    });
    attachedTo = null;
    onEvent({ kind: 'detached', url: url.origin });
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.setTimer(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** As fast as the node takes it, so that many keys do not fill the stream. */
  async function sendUsage(): Promise<void> {
    if (attachedTo === null) return;
    const { lines, takesRefusals } = attachedTo;
    unsent.push(...usage.take(takesRefusals));
    for (let next = unsent.shift(); next !== undefined; next = unsent.shift()) {
      lines.send(next);
      await lines.drained();
    }
  }

  /** At once, since a node takes nothing of one that has stopped. */
  function sendLastUsage(): void {
    if (attachedTo === null) return;
    const { lines, takesRefusals } = attachedTo;
    for (const each of [...unsent.splice(0), ...usage.take(takesRefusals)]) lines.send(each);
  }

  function countEverySecond(): () => void {
    let cancel = () => {};
    function schedule(): void {
      if (!closed) cancel = clock.setTimer(USAGE_INTERVAL_MS, () => void sendUsage().then(schedule));
    }
    schedule();
    return () => cancel();
  }

  /** The attached one first. */
  function nodes(): readonly NodeAddress[] {
    return urls
      .toSorted((a, b) => Number(isAttached(b)) - Number(isAttached(a)))
      .map((url) => ({ url, ...(ca !== undefined && { ca }) }));
  }
  const isAttached = ({ origin }: URL) => attachedTo?.url === origin;

  const local = toKeyholdVerifier({ verifier, clock, nodes }, () => replica.appliedSeq);
  const asks = () => whenDetached === 'ask' && !closed && !verifier.mayAnswer();

  async function verifyAsync(presentedKey: string, question: KeyQuestion = {}): Promise<KeyVerification> {
    try {
      return local.verify(presentedKey, question);
    } catch (error) {
      if (!asks() || !isKeyholdError(error) || error.code !== 'lease_lost') throw error;
      if (!toldAsking) onEvent({ kind: 'asking' });
      toldAsking = true;
      const nodesToAsk = { nodes: nodes(), token, keyspaces, clock };
      const answer = await askVerify({ presentedKey, question }, nodesToAsk);
      if (answer === null) throw error;
      return answer;
    }
  }

  const stopCounting = countEverySecond();
  const detached = stayAttached();
  return {
    ...local,
    verifyAsync,
    async ready(withinMs = 30_000) {
      const { promise: late, resolve } = Promise.withResolvers<'late'>();
      // Unlike the clock's it keeps the process alive: between two attempts nothing else may.
      const timer = setTimeout(resolve, withinMs, 'late');
      const outcome = await Promise.race([answering.promise, late]);
      clearTimeout(timer);
      if (outcome !== 'late') return;
      const trouble = holder.status().trouble ?? 'nothing is known';
      throw lastError ?? new KeyholdError('lease_lost', `This verifier does not answer yet: ${trouble}.`);
    },
    status() {
      const { live, trouble, appliedSeq } = holder.status();
      return { answering: live, asking: asks(), trouble, url: attachedTo?.url ?? null, appliedSeq };
    },
    async close() {
      closed = true;
      stopCounting();
      sendLastUsage();
      await holder.close();
      attachedTo?.lines.close();
      wake();
      await detached;
    },
  };
}

function tell(event: MembershipEvent, onEvent: (event: VerifierEvent) => void): void {
  if (event.kind === 'lease_gained') onEvent({ kind: 'answering' });
  else if (event.kind === 'lease_lost') onEvent({ kind: 'not_answering', reason: event.reason });
  else if (event.kind === 'reloading') onEvent({ kind: 'reloading', reason: event.reason });
}

const KINDS: ReadonlySet<unknown> = new Set<ParentMessage['kind']>([
  'reset',
  'page',
  'sealed',
  'changes',
  'compare',
  'compared',
  'grant',
  'stop',
]);

/** The node is believed in everything else; a change of an unknown kind makes the table be dropped. */
function isParentMessage(message: unknown): message is ParentMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && KINDS.has(message.kind);
}
