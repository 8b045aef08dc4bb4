import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { resetSocket } from '@keyhold/coherence';

/** Seen from whoever connects to the proxy: `up` is what they send, `down` what they are sent. */
export type Way = 'up' | 'down';

/** A TCP hop whose faults are switched on and off. Each fault replaces the one before. */
export interface FaultProxy {
  readonly port: number;
  /** Everything arrives this much later, in order, each way. */
  delay(delayMs: number): void;
  /**
   * Nothing arrives these ways, ends of connections included, and nobody is told: a network that swallows packets. Once
   * healed it arrives, late, as it does when TCP sends again.
   */
  hold(ways: readonly Way[]): void;
  /**
   * Nothing arrives any more over the connections there are, while new ones work: what was sent first arrives last, once
   * healed.
   */
  strand(): void;
  /** Every connection is reset, new ones too. What was under way is lost. */
  reset(): void;
  heal(): void;
  close(): Promise<void>;
}

interface Link {
  isStranded: boolean;
  readonly lanes: Readonly<Record<Way, Lane>>;
  reset(): void;
}

/** Listens on a free port of 127.0.0.1 and connects everybody to the port that this gives then. */
export async function startFaultProxy(targetPort: () => number): Promise<FaultProxy> {
  const links = new Set<Link>();
  let delayMs = 0;
  let held: readonly Way[] = [];
  let resets = false;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    // A reset that comes first is told by the close.
    client.on('error', ignore);
    if (resets) {
      resetSocket(client);
      return;
    }
    const target = connect({ port: targetPort(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    target.on('error', ignore);
    const lanes = { up: new Lane(), down: new Lane() };
    const link: Link = {
      isStranded: false,
      lanes,
      reset() {
        lanes.up.drop();
        lanes.down.drop();
        resetSocket(client);
        resetSocket(target);
      },
    };
    links.add(link);
    settle(link);
    carry(client, target, lanes.up);
    carry(target, client, lanes.down);
    let openEnds = 2;
    for (const end of [client, target]) {
      end.once('close', () => {
        if (--openEnds === 0) links.delete(link);
      });
    }
  });

  function settle({ isStranded, lanes }: Link): void {
    for (const way of ['up', 'down'] as const) lanes[way].settle(delayMs, isStranded || held.includes(way));
  }

  function change(next: {
    delayMs?: number;
    held?: readonly Way[];
    strands?: boolean;
    resets?: boolean;
  }): void {
    delayMs = next.delayMs ?? 0;
    held = next.held ?? [];
    resets = next.resets ?? false;
    for (const link of links) {
      link.isStranded = next.strands ?? false;
      if (resets) link.reset();
      else settle(link);
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    delay: (delayMs) => change({ delayMs }),
    hold: (held) => change({ held }),
    strand: () => change({ strands: true }),
    reset: () => change({ resets: true }),
    heal: () => change({}),
    async close() {
      const closed = once(server, 'close');
      server.close();
      change({ resets: true });
      await closed;
    },
  };
}

/** What is under way in one direction of one connection. */
class Lane {
  readonly #underWay: { readonly sentMs: number; readonly arrive: () => void }[] = [];
  #delayMs = 0;
  #isHeld = false;
  #timer: NodeJS.Timeout | undefined;

  settle(delayMs: number, isHeld: boolean): void {
    this.#delayMs = delayMs;
    this.#isHeld = isHeld;
    this.#deliver();
  }

  send(arrive: () => void): void {
    this.#underWay.push({ sentMs: performance.now(), arrive });
    this.#deliver();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#underWay.length = 0;
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    while (!this.#isHeld) {
      const [first] = this.#underWay;
      if (first === undefined) return;
      const waitMs = first.sentMs + this.#delayMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#deliver(), waitMs);
        return;
      }
      this.#underWay.shift();
      first.arrive();
    }
  }
}

/** Bytes and ends from one side to the other, by way of the lane. */
function carry(from: Socket, to: Socket, lane: Lane): void {
  from.on('data', (chunk: Buffer) => lane.send(() => void to.write(chunk)));
  from.on('end', () => lane.send(() => to.end()));
  from.on('close', (hadError) => {
    if (hadError) lane.send(() => resetSocket(to));
  });
}

function ignore(): void {}
