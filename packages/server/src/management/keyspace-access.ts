import { KeyholdError, OPERATOR_KEYSPACE } from '@keyhold/core';
import type { AuthenticatedOperator } from '../operators/operator-authenticator.ts';

/**
 * For every call: a field `keyspace` of its query or body names the keyspace that it reaches into. The keyspace of operator
 * tokens is left to say that it is not there.
 *
 * @param fields the query or the body, valid; null: there is none.
 * @throws {KeyholdError} `keyspace_not_permitted`.
 */
export function requireNamedKeyspaceAccess(operator: AuthenticatedOperator, fields: unknown): void {
  if (operator.keyspaces === null || typeof fields !== 'object' || fields === null) return;
  if (!('keyspace' in fields) || typeof fields.keyspace !== 'string') return;
  if (fields.keyspace === OPERATOR_KEYSPACE || operator.keyspaces.includes(fields.keyspace)) return;
  throw new KeyholdError(
    'keyspace_not_permitted',
    'The token is limited to other keyspaces; use one that may touch this one.',
  );
}

/** For what reaches into every keyspace at once. @throws {KeyholdError} `keyspace_not_permitted`. */
export function requireUnlimited(operator: AuthenticatedOperator): void {
  if (operator.keyspaces === null) return;
  throw new KeyholdError(
    'keyspace_not_permitted',
    'This reaches every keyspace of the organization and the token is limited to some; use one that is not limited.',
  );
}
