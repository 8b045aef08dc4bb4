import { isKeyholdError, KeyholdError } from '@keyhold/core';

/** Primary result codes, https://sqlite.org/rescode.html. */
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_NOTADB = 26;

/** What an operation failed with, as the port's callers see it. Ours stay as they are. */
export function toStoreError(error: unknown, file: string): KeyholdError {
  if (isKeyholdError(error)) return error;
  const code = primaryCode(error);
  if (code === null || code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH) {
    return new KeyholdError('internal', 'The store failed in a way it should not. See the log.', {
      cause: error,
    });
  }
  if (code === SQLITE_FULL) {
    return storeFull(file, error);
  }
  const failed = isDamage(error)
    ? `The store "${file}" is damaged: ${messageOf(error)}. Stop the server and put a backup in its place with "keyhold database restore BACKUP".`
    : `The store did not answer: ${messageOf(error)}. Try again.`;
  return new KeyholdError('store_unavailable', failed, { cause: error });
}

/** What opening or loading the file failed with, as the one who starts the program sees it. */
export function toOpenError(error: unknown, file: string): KeyholdError {
  if (isKeyholdError(error)) return error;
  const code = primaryCode(error);
  if (isDamage(error)) return corruptStore(file, messageOf(error));
  if (isFileError(error)) {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return storeFull(file, error);
    return notWritable(file, error);
  }
  if (code === SQLITE_CANTOPEN || code === SQLITE_READONLY || code === SQLITE_IOERR) {
    return notWritable(file, error);
  }
  return toStoreError(error, file);
}

/** Whether SQLite found that what it read is not what was written. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export function corruptStore(file: string, finding: string): KeyholdError {
  return new KeyholdError(
    'store_corrupt',
    `The store "${file}" is damaged or is not a store: ${finding}. Put a backup in its place with "keyhold database restore BACKUP", which keeps this file aside, and start again.`,
  );
}

function storeFull(file: string, cause: unknown): KeyholdError {
  return new KeyholdError(
    'store_full',
    `There is no room left for "${file}". Nothing was written; free some space and try again.`,
    { cause },
  );
}

function notWritable(file: string, cause: unknown): KeyholdError {
  return new KeyholdError(
    'store_not_writable',
    `The store "${file}" cannot be opened for writing: ${messageOf(cause)}. Check that its directory exists and that this user may write there.`,
    { cause },
  );
}

/** What Node's file functions throw. */
function isFileError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
