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

/**
 * Tells the other nodes something, right behind the commit of it, without waiting for its answer: inside the transaction it
 * would hold, while the disk is written, a lock that every other hint of the server waits for. One that fails is lost, and
 * says nothing of the commit.
 *
 * @param options.ifHeadLeft nothing is told while the head still has this seq. Default: told in any case.
 */
export async function sendHint(
  session: Session,
  hint: Hint,
  { sender, ifHeadLeft }: { readonly sender: string; readonly ifHeadLeft?: number },
): Promise<void> {
  const condition = ifHeadLeft === undefined ? '' : ` FROM head WHERE seq > ${ifHeadLeft}`;
  const text = `SELECT pg_notify('${CHANNEL}', ${escapeLiteral(toPayload(hint, sender))})${condition}`;
  await session.query({ text, timeoutMs: SEND_TIMEOUT_MS }).catch(() => {});
}

/** An edit by hand has no sender: everyone hears it. */
function toPayload(hint: Hint, sender: string): string {
  return sender === '' ? hint : `${hint} ${sender}`;
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

  function tell(hint: Hint): void {
    for (const listener of listeners) listener(hint);
  }

  function receive(payload: string | undefined): void {
    const [hint, from = ''] = payload?.split(' ') ?? [];
    if (from !== '' && from === sender) return;
    if (hint === 'committed' || hint === 'acknowledged') tell(hint);
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
      // What was said meanwhile was not heard.
      tell('committed');
      tell('acknowledged');
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
