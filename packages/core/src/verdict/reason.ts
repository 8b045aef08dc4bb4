/**
 * Why a key is denied, in the order in which one reason is chosen when several hold. Closed; only the operator and
 * the trusted caller of verify ever see one.
 */
export const REASONS = [
  'missing',
  'malformed',
  'unknown',
  'wrong_keyspace',
  'revoked',
  'expired',
  'disabled',
  'organization_suspended',
  'feature_off',
  'environment_not_accepted',
  'address_not_allowed',
  'insufficient_scope',
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];

/** A set of reasons, bit i for `REASONS[i]`. 0 means accepted. */
export type ReasonBits = number;

/** The reason to report: the first of {@link REASONS} in the set, or null when the set is empty. */
export function firstReason(bits: ReasonBits): Reason | null {
  return bits === 0 ? null : REASONS[31 - Math.clz32(bits & -bits)]!;
}
