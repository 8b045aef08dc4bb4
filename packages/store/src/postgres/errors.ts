import { isKeyholdError, KeyholdError } from '@keyhold/core';
import { DatabaseError } from 'pg';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DISK_FULL = '53100';
/** A standby refuses to begin what may write; a primary made read-only refuses the writing itself. */
const WRITES_REFUSED = ['0A000', '25006'];
const INSUFFICIENT_PRIVILEGE = '42501';
const INVALID_CATALOG_NAME = '3D000';

/** Classes that only a wrong program meets: cardinality, data, constraints, names and syntax. */
const OUR_FAULT = ['21', '22', '23', '42'];

/** Class 28: the server does not let this user in. */
const INVALID_AUTHORIZATION = '28';

/** What an operation failed with, as the port's callers see it. Ours stay as they are. */
export function toStoreError(error: unknown): KeyholdError {
  if (isKeyholdError(error)) return error;
  if (!(error instanceof DatabaseError)) return internal(error);
  const code = error.code ?? '';
  if (code === DISK_FULL) {
    const message =
      'There is no room left for the database. Nothing was written; free some space and try again.';
    return new KeyholdError('store_full', message, { cause: error });
  }
  if (WRITES_REFUSED.includes(code)) {
    return unavailable('it takes no writes. Connect to the primary, not to a standby', error);
  }
  if (code === INSUFFICIENT_PRIVILEGE) {
    return unavailable(`${error.message}. Grant the role keyhold_app to the server's user`, error);
  }
  return OUR_FAULT.includes(code.slice(0, 2)) ? internal(error) : unavailable(error.message, error);
}

/** What the server could not be asked, or did not answer. */
export function connectionError(error: unknown): KeyholdError {
  if (error instanceof DatabaseError || isKeyholdError(error)) return toStoreError(error);
  return unavailable(messageOf(error), error);
}

/** What opening the store failed with, as the one who starts the program sees it. */
export function toOpenError(error: unknown): KeyholdError {
  const cause = isKeyholdError(error) ? error.cause : error;
  if (cause instanceof DatabaseError) {
    const code = cause.code ?? '';
    if (code.startsWith(INVALID_AUTHORIZATION) || code === INVALID_CATALOG_NAME) {
      return new KeyholdError(
        'settings_invalid',
        `PostgreSQL refuses the connection: ${cause.message}. Check the user, the password and the database that --database names.`,
        { cause },
      );
    }
    if (code === INSUFFICIENT_PRIVILEGE) {
      return new KeyholdError(
        'store_not_writable',
        `PostgreSQL refuses the database's user: ${cause.message}. Grant keyhold_app to the server's user, and run "keyhold database migrate" as one that has keyhold_migrator.`,
        { cause },
      );
    }
  }
  return toStoreError(error);
}

/** A commit whose answer did not come may have happened all the same. */
export function uncertainCommit(cause: KeyholdError): KeyholdError {
  return new KeyholdError(
    'store_unavailable',
    `The store could not complete the call: ${cause.message} It may have been carried out; repeat it.`,
    { cause },
  );
}

function unavailable(finding: string, cause: unknown): KeyholdError {
  return new KeyholdError('store_unavailable', `The database did not answer: ${finding}. Try again.`, {
    cause,
  });
}

function internal(cause: unknown): KeyholdError {
  return new KeyholdError('internal', 'The store failed in a way it should not. See the log.', { cause });
}

function messageOf(error: unknown): string {
  // A host with several addresses that all refuse: the message of the whole is empty.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
