import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadRequest, toBytes } from './request.ts';

const INTERVAL_MS = 2;

/**
 * Sends a request every 2 ms, whether the ones before have been answered or not, and tells how long each took from the
 * moment it was due: a server that stands still for a second delays 500 of them, not one.
 *
 * @returns ms, for the requests that were due within the time.
 */
export async function probe(origin: string, request: LoadRequest, seconds: number): Promise<number[]> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const bytes = toBytes(request);
  const dueMs: number[] = [];
  const latenciesMs: number[] = [];
  socket.on('data', (chunk) => {
    const nowMs = performance.now();
    // Answers come back in order; several may come in one piece.
    const answered = chunk.toString('latin1').split('HTTP/1.1 200 ').length - 1;
    for (let i = 0; i < answered; i++) latenciesMs.push(nowMs - dueMs[latenciesMs.length]!);
  });
  const startMs = performance.now();
  const count = (seconds * 1_000) / INTERVAL_MS;
  while (dueMs.length < count) {
    while (dueMs.length < count && startMs + dueMs.length * INTERVAL_MS <= performance.now()) {
      dueMs.push(startMs + dueMs.length * INTERVAL_MS);
      socket.write(bytes);
    }
    await delay(1);
  }
  const deadlineMs = performance.now() + 10_000;
  while (latenciesMs.length < count && performance.now() < deadlineMs) await delay(5);
  socket.destroy();
  if (latenciesMs.length < count)
    throw new Error(`Only ${latenciesMs.length} of ${count} requests got a 200.`);
  return latenciesMs;
}
