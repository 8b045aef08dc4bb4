/**
 * What an attached verifier's stream could go over: frames on an upgraded HTTP/1.1 connection, which it does; a stream of
 * HTTP/2; WebSocket frames. Each to a server in a thread of its own, which sends every message back.
 *
 *     node bench/transports.ts [ROUNDS] [MESSAGES]      default 5 20000
 */

import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { createFrameChannel } from '@keyhold/coherence';
import { median } from './parts/statistics.ts';

const rounds = Number(process.argv[2] ?? 5);
const messages = Number(process.argv[3] ?? 20_000);
/** One change of one key, about. */
const MESSAGE = { kind: 'changes', text: 'x'.repeat(300) };

interface Connection {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  close(): void;
}

function overFrames(stream: Duplex): Connection {
  const limits = { maxFrameBytes: 1 << 20, maxQueuedBytes: 1 << 28 };
  return createFrameChannel(stream, { ...limits, read: (message) => message });
}

const TRANSPORTS: Readonly<Record<string, (port: number) => Promise<Connection>>> = {
  async 'HTTP/1.1 upgraded'(port) {
    const headers = { connection: 'upgrade', upgrade: 'keyhold-attach/1' };
    const [, stream] = await once(request({ port, headers, agent: false }).end(), 'upgrade');
    stream.setNoDelay(true);
    return overFrames(stream);
  },
  async 'HTTP/2 stream'(port) {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ':method': 'POST' });
    await once(stream, 'response');
    return { ...overFrames(stream), close: () => session.destroy() };
  },
  async WebSocket(port) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    return {
      send: (message) => socket.send(JSON.stringify(message)),
      onMessage: (listener) =>
        socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)))),
      close: () => socket.close(),
    };
  },
};

for (const [name, open] of Object.entries(TRANSPORTS)) {
  const thread = new Worker(new URL('./parts/transport-server.ts', import.meta.url), { workerData: name });
  const [port]: AddressInfo['port'][] = await once(thread, 'message');
  const results: Measured[] = [];
  for (let round = 0; round < rounds; round++) results.push(await measure(() => open(port ?? 0)));
  const of = (field: keyof Measured) => median(results.map((each) => each[field]));
  console.log(
    `${name.padEnd(20)} first answer after ${of('connectMs').toFixed(1)} ms · there and back ${of('roundTripUs').toFixed(0)} µs · ${of('perSecond').toFixed(0)} messages/s there and back`,
  );
  await thread.terminate();
}

interface Measured {
  readonly connectMs: number;
  readonly roundTripUs: number;
  readonly perSecond: number;
}

async function measure(open: () => Promise<Connection>): Promise<Measured> {
  const startMs = performance.now();
  const connection = await open();
  let answered = () => {};
  connection.onMessage(() => answered());
  const exchange = () =>
    new Promise<void>((resolve) => {
      answered = resolve;
      connection.send(MESSAGE);
    });
  await exchange();
  const connectMs = performance.now() - startMs;

  const timesMs: number[] = [];
  for (let i = 0; i < messages / 10; i++) {
    const sentMs = performance.now();
    await exchange();
    timesMs.push(performance.now() - sentMs);
  }
  const burstMs = performance.now();
  let missing = messages;
  await new Promise<void>((resolve) => {
    answered = () => {
      if (--missing === 0) resolve();
    };
    for (let i = 0; i < messages; i++) connection.send(MESSAGE);
  });
  const perSecond = (messages * 1_000) / (performance.now() - burstMs);
  connection.close();
  return { connectMs, roundTripUs: median(timesMs) * 1_000, perSecond };
}
