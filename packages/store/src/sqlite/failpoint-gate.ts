import type { Failpoint } from '../failpoint.ts';

const CLOSED = 0;
const GO_ON = 1;
const THROW = 2;

/** A word of shared memory on which the worker waits while the test decides. */
export function createFailpointGate(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** The worker's side: stops the thread until the other side has answered. */
export function waitAtGate(
  gate: SharedArrayBuffer,
  name: Failpoint,
  announce: (name: Failpoint) => void,
): void {
  const state = new Int32Array(gate);
  announce(name);
  Atomics.wait(state, 0, CLOSED);
  const answer = Atomics.exchange(state, 0, CLOSED);
  if (answer === THROW) throw new Error(`Stopped at the failpoint "${name}".`);
}

/** The test's side: the worker goes on when `decide` returns and fails when it throws. */
export async function answerAtGate(
  gate: SharedArrayBuffer,
  decide: () => void | Promise<void>,
): Promise<void> {
  let answer = GO_ON;
  try {
    await decide();
  } catch {
    // The error is the test's own; the worker makes one that names the failpoint.
    answer = THROW;
  }
  const state = new Int32Array(gate);
  Atomics.store(state, 0, answer);
  Atomics.notify(state, 0);
}
