/** What an operator token may do; the scopes of the built-in keyspace `keyhold`. */
export const OPERATOR_SCOPES = [
  'verify',
  'attach',
  'keys:read',
  'keys:write',
  'organizations:read',
  'organizations:write',
  'portal:write',
  'audit:read',
  'operators:write',
] as const;

/** One of {@link OPERATOR_SCOPES}. */
export type OperatorScope = (typeof OPERATOR_SCOPES)[number];
