import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createLogger,
  createSystemClock,
  resolveSettings,
  startServer,
  systemRandomBytes,
} from '@keyhold/server';
import type { Store } from '@keyhold/store';
import { createPopulation, KEYSPACE, readTimingConfiguration } from './population.ts';

/**
 * The process that is measured: the real server, with its gateway, whose table holds the population as if the store had
 * it, and whose store takes its time over usage. It is started by `loopback.ts`, with {@link TargetOptions} as JSON.
 */
export interface TargetOptions {
  readonly dataDirectory: string;
  readonly keyCount: number;
  readonly seed: number;
  /** Added to a request whose last header says `1`, before the server sees it. */
  readonly controlNs: number;
}

/** What it sends to the process that started it, once it is ready. */
export interface TargetReady {
  readonly managementUrl: string;
  readonly gatewayUrl: string;
}

/** What the usage of a second takes to be written: longer than the second. */
const SLOW_FLUSH_MS = 1_500;

const { dataDirectory, keyCount, seed, controlNs }: TargetOptions = JSON.parse(process.argv[2]!);
const population = createPopulation(keyCount, seed);

function withPopulation(store: Store): Store {
  const readSnapshot: Store['readSnapshot'] = async (receive) => {
    const seq = await store.readSnapshot(receive);
    for (const page of population.pages()) receive(page);
    return seq;
  };
  const flushUsage: Store['flushUsage'] = () => delay(SLOW_FLUSH_MS, { watched: false });
  return new Proxy(store, {
    get(target, name) {
      if (name === 'readSnapshot') return readSnapshot;
      if (name === 'flushUsage') return flushUsage;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

// Told of every request right before the server's own listener, and adds what the control has more.
subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage };
  if (request.rawHeaders.at(-1) !== '1') return;
  const end = process.hrtime.bigint() + BigInt(controlNs);
  while (process.hrtime.bigint() < end);
});

const server = await startServer({
  settings: resolveSettings({
    flags: { data: dataDirectory, port: '0' },
    environment: {},
    file: null,
    workingDirectory: dataDirectory,
  }),
  configuration: readTimingConfiguration(),
  acceptOlderConfiguration: false,
  operatorToken: null,
  clock: createSystemClock(),
  randomBytes: systemRandomBytes,
  log: createLogger('warn'),
  decorateStore: withPopulation,
});
const gateway = server.gateways.find(({ keyspaces }) => keyspaces.includes(KEYSPACE))!;
process.send!({ managementUrl: server.url!, gatewayUrl: gateway.url } satisfies TargetReady);
process.once('disconnect', () => void server.stop());
