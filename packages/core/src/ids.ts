/** Id of a key record: `key_` and 26 characters of Crockford's base32 (lower case) over a UUIDv7. Safe to log. */
export type KeyId = `key_${string}`;
export type OperatorId = `op_${string}`;
export type PortalSessionId = `ps_${string}`;
export type AuditEventId = `evt_${string}`;

/** The keyspace of operator tokens; no configuration may use the name. */
export const OPERATOR_KEYSPACE = 'keyhold';
/** The organization that owns operator tokens. */
export const OPERATOR_ORGANIZATION = 'keyhold';
