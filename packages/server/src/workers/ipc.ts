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

/**
 * Parts one connection in lanes. Everything crosses by structured cloning, so both ends have to ask for
 * `serialization: 'advanced'`.
 */
export function openLanes(end: IpcEnd): Lanes {
  const receive: Partial<Record<keyof Lanes, (message: unknown) => void>> = {};
  const closed = new Set<() => void>();
  end.on('message', (envelope) => {
    if (isEnvelope(envelope)) receive[envelope.lane]?.(envelope.message);
  });
  end.on('disconnect', () => {
    for (const tell of closed) tell();
  });

  function createLane<Out, In>(lane: keyof Lanes): Channel<Out, In> {
    return {
      send(message) {
        // Whoever is gone is told of by `disconnect`.
        if (end.connected) end.send?.({ lane, message } satisfies Envelope, ignoreError);
      },
      onMessage(listener) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this program
        receive[lane] = (message) => listener(message as In);
      },
      onClose: (listener) => void closed.add(listener),
      close() {
        if (end.connected) end.disconnect?.();
      },
    };
  }

  return { coherence: createLane('coherence'), calls: createLane('calls') };
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && 'lane' in message;
}

function ignoreError(): void {}
