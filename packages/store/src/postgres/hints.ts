import type { Hint } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import { Client } from 'pg';
import { toClientConfig } from './connections.ts';

/** Of a database: stores in other databases of the server hear nothing of it. */
const CHANNEL = 'keyhold';

/** How soon a connection that was lost is made again. Meanwhile nodes find out by looking. */
const RECONNECT_MS = 1_000;

/** A hint that takes longer is worth nothing. */
const SEND_TIMEOUT_MS = 1_000;

/** Messages between nodes that may be lost, late or repeated. */
export interface Hints {
  notify(hint: Hint): void;
  onNotify(listener: (hint: Hint) => void): () => void;
  close(): Promise<void>;
}

/** LISTEN and NOTIFY on a connection of its own, which is kept up as long as somebody needs it. */
export function createHints(options: { readonly connectionString: string; readonly clock: Clock }): Hints {
  const { connectionString, clock } = options;
  const listeners = new Set<(hint: Hint) => void>();
  const unsent = new Set<Hint>();
  /** Null while there is no connection. */
  let client: Client | null = null;
  let running: Promise<void> | null = null;
  let sending = false;
  const closing = new AbortController();
  const closed = new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()));

  function tell(hint: Hint): void {
    for (const listener of listeners) listener(hint);
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
    const connecting = new Client(toClientConfig(connectionString));
    const ended = Promise.withResolvers<void>();
    connecting.on('error', () => ended.resolve());
    connecting.on('end', () => ended.resolve());
    /** Of this connection at the server. */
    let ownProcessId = 0;
    connecting.on('notification', ({ payload, processId }) => {
      // The server gives one's own back, and of those there is nothing to be learnt.
      if (processId === ownProcessId) return;
      if (payload === 'committed' || payload === 'acknowledged') tell(payload);
    });
    try {
      await connecting.connect();
      ownProcessId = (await connecting.query('SELECT pg_backend_pid() AS id')).rows[0].id;
      await connecting.query(`LISTEN ${CHANNEL}`);
      client = connecting;
      // What was said meanwhile was not heard.
      tell('committed');
      tell('acknowledged');
      await Promise.race([ended.promise, closed]);
    } catch {
      // Not reachable now: the next attempt comes.
    }
    client = null;
    // Said politely it could take minutes, where the network swallows what is said.
    connecting.connection.stream.destroy();
  }

  /** One statement at a time; hints that come meanwhile go out together. */
  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    for (;;) {
      const sender = client;
      if (sender === null || unsent.size === 0) break;
      const text = [...unsent].map((hint) => `NOTIFY ${CHANNEL}, '${hint}'`).join('; ');
      unsent.clear();
      const query = { text, query_timeout: SEND_TIMEOUT_MS };
      await sender.query(query).catch(() => sender.connection.stream.destroy());
    }
    unsent.clear();
    sending = false;
  }

  return {
    notify(hint) {
      if (closing.signal.aborted) return;
      running ??= keepConnected();
      unsent.add(hint);
      void send();
    },
    onNotify(listener) {
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
