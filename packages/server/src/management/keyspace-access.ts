import { KeyholdError, OPERATOR_KEYSPACE } from '@keyhold/core';
import type { AuthenticatedOperator } from '../operators/operator-authenticator.ts';

/** @throws {KeyholdError} `keyspace_not_permitted`. The keyspace of operator tokens is left to say that it is not there. */
export function requireKeyspaceAccess(operator: AuthenticatedOperator, keyspace: string): void {
  if (operator.keyspaces === null || keyspace === OPERATOR_KEYSPACE || operator.keyspaces.includes(keyspace))
    return;
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
