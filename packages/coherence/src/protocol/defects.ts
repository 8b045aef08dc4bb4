/**
 * Known bugs that can be put back into the protocol, one by one, so that the checks are seen to find them
 * (`docs/revocation.md`). Only tests pass them; no flag, variable or configuration of the product reaches them.
 */
export const DEFECTS = [
  'renewal_in_one_transaction',
  'lease_from_answer',
  'ack_before_apply',
  'acks_without_children',
  'uncapped_child_ttl',
  'grant_without_nonce',
  'lease_lost_by_timer',
  'leaves_before_children',
  'round_writes_applied',
  'monotonic_only',
  'stale_rows',
] as const;

export type Defect = (typeof DEFECTS)[number];

export type Defects = ReadonlySet<Defect>;

export const NO_DEFECTS: Defects = new Set();
