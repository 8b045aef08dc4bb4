/** Why a well-formed key is denied, where the cause must not be seen by a clock. All are compared with `unknown`. */
export const CAUSES = [
  'revoked',
  'expired',
  'disabled',
  'suspended',
  'feature off',
  'wrong environment',
  'wrong address',
] as const;

export type Cause = (typeof CAUSES)[number];

/**
 * What takes its turn in every round: the causes, unknown keys, unknown keys again (the twin, which has to come out equal),
 * and unknown keys made slower by the harness (the control, which has to be caught).
 */
export const CONTENDERS = ['unknown', 'twin', 'control', ...CAUSES] as const;

export type Contender = (typeof CONTENDERS)[number];
