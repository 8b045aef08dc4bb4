import type { Hint } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import { Client, escapeLiteral } from 'pg';
import { type Session, toClientConfig } from './connections.ts';

/** Of a database: stores in other databases of the server hear nothing of it. */
const CHANNEL = 'keyhold';

/** How soon a connection that was lost is made again. Meanwhile nodes find out by looking. */
const RECONNECT_MS = 1_000;

/** How often the connection is tried, since one that nobody speaks on does not show that it is lost; and how long it may take. */
const PROBE_INTERVAL_MS = 1_000;
const PROBE_TIMEOUT_MS = 1_000;

/** A hint that takes longer is worth nothing. */
const SEND_TIMEOUT_MS = 1_000;

/** Tells the other nodes that the head has left `headSeq`, and where it is now; nothing while it is still there. */
export async function tellCommitted(session: Session, sender: string, headSeq: number): Promise<void> {
  await tell(session, `${toLiteral('committed', sender)} || seq`, `FROM head WHERE seq > ${headSeq}`);
}

/** Tells the other nodes what this one's row says. */
export async function tellAcknowledged(
  session: Session,
  sender: string,
  { incarnation, seq }: { readonly incarnation: string; readonly seq: number },
): Promise<void> {
  await tell(session, `${toLiteral('acknowledged', sender, incarnation)} || ${seq}`);
}

/**
 * To be called right behind the commit, without waiting for its answer: inside the transaction it would hold, while the disk
 * is written, a lock that every other hint of the server waits for. One that fails is lost, and says nothing of the commit.
 */
async function tell(session: Session, payload: string, condition = ''): Promise<void> {
  const text = `SELECT pg_notify('${CHANNEL}', ${payload}) ${condition}`;
  await session.query({ text, timeoutMs: SEND_TIMEOUT_MS }).catch(() => {});
}

/** The words of a payload but for the last, with the space before it. */
function toLiteral(...words: readonly string[]): string {
  return escapeLiteral(`${words.join(' ')} `);
}

/** @returns null for what is no hint, and for what `self` said. An edit by hand says no more than that it was one. */
function readPayload(payload: string, self: string): Hint | null {
  const [kind, sender = '', ...words] = payload.split(' ');
  if (sender !== '' && sender === self) return null;
  if (kind === 'committed') return { kind, seq: toSeq(words[0]) };
  const [incarnation, seq] = words;
  return kind === 'acknowledged' && incarnation !== undefined ? { kind, incarnation, seq: toSeq(seq) } : null;
}

function toSeq(word: string | undefined): number {
  const seq = Number(word);
  return Number.isSafeInteger(seq) ? seq : 0;
}

/** Messages between nodes that may be lost, late or repeated. */
export interface Hints {
  onHint(listener: (hint: Hint) => void): () => void;
  close(): Promise<void>;
}

/** LISTEN on a connection of its own, which is kept up once somebody listens. What `sender` said itself is passed over. */
export function createHints(options: {
  readonly connectionString: string;
  readonly sender: string;
  readonly clock: Clock;
}): Hints {
  const { connectionString, sender, clock } = options;
  const listeners = new Set<(hint: Hint) => void>();
  let running: Promise<void> | null = null;
  const closing = new AbortController();
  const closed = new Promise<'over'>((resolve) =>
    closing.signal.addEventListener('abort', () => resolve('over')),
  );

  function pass(hint: Hint): void {
    for (const listener of listeners) listener(hint);
  }

  function receive(payload = ''): void {
    const hint = readPayload(payload, sender);
    if (hint !== null) pass(hint);
  }

  async function keepConnected(): Promise<void> {
    while (!closing.signal.aborted) {
      await listen();
      await Promise.race([closed, delay(RECONNECT_MS)]);
    }
  }

  function delay(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.setTimer(ms, resolve));
  }

  /** Resolves when the connection is gone, or could not be made. */
  async function listen(): Promise<void> {
    const client = new Client(toClientConfig(connectionString));
    const ended = Promise.withResolvers<'over'>();
    client.on('error', () => ended.resolve('over'));
    client.on('end', () => ended.resolve('over'));
    client.on('notification', ({ payload }) => receive(payload));
    try {
      await client.connect();
      const listening = { text: `LISTEN ${CHANNEL}`, query_timeout: PROBE_TIMEOUT_MS };
      await client.query(listening);
      pass({ kind: 'missed' });
      while (!(await Promise.race([ended.promise, closed, delay(PROBE_INTERVAL_MS)]))) {
        const probe = { text: 'SELECT', query_timeout: PROBE_TIMEOUT_MS };
        await client.query(probe);
      }
    } catch {
      // Not reachable now: the next attempt comes.
    }
    // Said politely it could take minutes, where the network swallows what is said.
    client.connection.stream.destroy();
  }

  return {
    onHint(listener) {
      running ??= keepConnected();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
