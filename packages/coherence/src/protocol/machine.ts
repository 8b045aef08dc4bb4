import type { Clock } from '@keyhold/core';
import type { Moment } from './window.ts';

/** A part of the protocol: what happens goes in, what is to be done comes out, and nothing waits in between. */
export interface Machine<Event, Effect> {
  handle(event: Event | { readonly kind: 'time' }, now: Moment): Effect[];
  wakeAtMs(now: Moment): number;
}

/** Runs a machine on a clock: reads it once for each event, and wakes the machine when it wants to be. */
export interface MachineRun<Event> {
  /** Handles an event at once, or after the one whose effects are being carried out. */
  readonly dispatch: (event: Event) => void;
  /** Both clocks, now. */
  readonly now: () => Moment;
}

export function runMachine<Event, Effect>(
  machine: Machine<Event, Effect>,
  clock: Clock,
  perform: (effect: Effect) => void,
): MachineRun<Event> {
  const queue: (Event | { readonly kind: 'time' })[] = [];
  let busy = false;
  let armedAtMs = Number.POSITIVE_INFINITY;
  let cancelTimer = () => {};

  const now = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() });

  function dispatch(event: Event | { readonly kind: 'time' }): void {
    queue.push(event);
    if (busy) return;
    busy = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const moment = now();
        for (const effect of machine.handle(next, moment)) perform(effect);
        arm(moment);
      }
    } finally {
      busy = false;
    }
  }

  /** @param moment of the event: what comes between that and now is yet to be handled. */
  function arm(moment: Moment): void {
    const wakeAtMs = machine.wakeAtMs(moment);
    if (wakeAtMs === armedAtMs) return;
    cancelTimer();
    armedAtMs = wakeAtMs;
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    cancelTimer = clock.setTimer(wakeAtMs - clock.monotonicMs(), () => {
      armedAtMs = Number.POSITIVE_INFINITY;
      dispatch({ kind: 'time' });
    });
  }

  return { dispatch, now };
}
