import type { SimulationDefect } from '../simulation/world.ts';
import type { Bounds } from './lease-model.ts';

const NOTHING: Bounds = {
  begun: false,
  child: false,
  steps: 3,
  losses: 0,
  sleeps: 0,
  breaks: 0,
  restarts: 0,
  lateAnswers: false,
  ownWrite: false,
  earlierWrite: false,
  stream: false,
  shutdown: false,
};

/** What is searched whole, and how much more of it on demand. */
export const PLACES: Readonly<Record<string, { readonly usual: Bounds; readonly larger: Bounds }>> = {
  'node and writer': {
    usual: { ...NOTHING, steps: 3, sleeps: 1, stream: true },
    larger: { ...NOTHING, steps: 5, sleeps: 2, losses: 1, stream: true, ownWrite: true },
  },
  'node and writer, answers late': {
    usual: { ...NOTHING, steps: 2, lateAnswers: true },
    larger: { ...NOTHING, steps: 3, lateAnswers: true, losses: 1 },
  },
  'parent and child': {
    usual: { ...NOTHING, begun: true, child: true },
    larger: { ...NOTHING, begun: true, steps: 4, child: true, shutdown: true, breaks: 1 },
  },
};

/** Where the search finds each known bug. */
export const FOUND_IN: Partial<Record<SimulationDefect, Bounds>> = {
  renewal_in_one_transaction: { ...NOTHING, lateAnswers: true },
  lease_from_answer: { ...NOTHING, lateAnswers: true },
  ack_before_apply: NOTHING,
  stale_rows: { ...NOTHING, lateAnswers: true, earlierWrite: true },
  writer_applies_own_first: { ...NOTHING, ownWrite: true },
  lease_lost_by_timer: { ...NOTHING, steps: 4 },
  streams_outlive_lease: { ...NOTHING, steps: 4, stream: true },
  monotonic_only: { ...NOTHING, steps: 4, sleeps: 3 },
  retry_answers_at_once: NOTHING,
  acks_without_children: { ...NOTHING, begun: true, child: true },
  round_writes_applied: { ...NOTHING, begun: true, child: true },
  leaves_before_children: { ...NOTHING, begun: true, child: true, shutdown: true },
  restart_reuses_row: { ...NOTHING, begun: true, child: true, restarts: 1 },
  uncapped_child_ttl: { ...NOTHING, begun: true, child: true },
  grant_without_nonce: { ...NOTHING, begun: true, child: true },
};
