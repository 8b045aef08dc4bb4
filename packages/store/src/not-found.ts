import { KeyholdError } from '@keyhold/core';

/** The same for a key that is not there and for one that the caller may not see, so that nobody tells them apart. */
export function keyNotFound(): KeyholdError {
  return new KeyholdError('key_not_found', 'There is no such key. Check its id, and whose it is.');
}

/** For a keyspace that is not in the configuration, and for the operators' own. */
export function keyspaceNotFound(): KeyholdError {
  return new KeyholdError(
    'keyspace_not_found',
    'There is no such keyspace. Use one that the configuration declares.',
  );
}
