import type { Channel } from '@keyhold/coherence';

/** One end of the IPC between a primary and a worker: `process` in the worker, the child process in the primary. */
export interface IpcEnd {
  readonly connected: boolean;
  send?: ((message: object, callback: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  disconnect?: (() => void) | undefined;
}

/** What goes over the one connection side by side; the order holds within each. */
export interface Lanes {
  readonly coherence: Channel<unknown, unknown>;
  readonly calls: Channel<unknown, unknown>;
}

interface Envelope {
  readonly lane: keyof Lanes;
  readonly message: unknown;
}

/** Messages that the other process has not taken; one that stands still for as many must not fill the memory of this one. */
const MAX_ON_THEIR_WAY = 10_000;

/**
 * Parts one connection in lanes. Everything crosses by structured cloning, so both ends have to ask for
 * `serialization: 'advanced'`.
 */
export function openLanes(end: IpcEnd): Lanes {
  const receive: Partial<Record<keyof Lanes, (message: unknown) => void>> = {};
  const closed = new Set<() => void>();
  let onTheirWay = 0;
  let waiting: (() => void)[] = [];
  end.on('message', (envelope) => {
    if (isEnvelope(envelope)) receive[envelope.lane]?.(envelope.message);
  });
  end.on('disconnect', () => {
    for (const tell of closed) tell();
    goOn();
  });

  function goOn(): void {
    for (const resolve of waiting) setImmediate(resolve);
    waiting = [];
  }

  function taken(): void {
    onTheirWay--;
    if (onTheirWay === 0) goOn();
  }

  function disconnect(): void {
    if (end.connected) end.disconnect?.();
  }

  function createLane<Out, In>(lane: keyof Lanes): Channel<Out, In> {
    return {
      send(message) {
        // Whoever is gone is told of by `disconnect`.
        if (!end.connected || end.send === undefined) return;
        onTheirWay++;
        end.send({ lane, message } satisfies Envelope, taken);
        if (onTheirWay > MAX_ON_THEIR_WAY) disconnect();
      },
      drained() {
        return new Promise((resolve) => {
          waiting.push(resolve);
          if (onTheirWay === 0 || !end.connected) goOn();
        });
      },
      onMessage(listener) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this program
        receive[lane] = (message) => listener(message as In);
      },
      onClose: (listener) => void closed.add(listener),
      close: disconnect,
    };
  }

  return { coherence: createLane('coherence'), calls: createLane('calls') };
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && 'lane' in message;
}
