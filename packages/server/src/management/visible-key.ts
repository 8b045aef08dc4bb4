import { bytesToKeyId, type KeyId, keyIdToBytes } from '@keyhold/core';
import { type KeyRecord, keyNotFound, type Store } from '@keyhold/store';
import { type AuthenticatedOperator, maySee } from '../operators/operator-authenticator.ts';

/** @throws {KeyholdError} `key_not_found` for what is no key id. */
export function toKeyId(id: string): KeyId {
  const bytes = keyIdToBytes(id);
  if (bytes === null) throw keyNotFound();
  return bytesToKeyId(bytes);
}

/** @throws {KeyholdError} `key_not_found` for a key the operator may not see, exactly as for one that is not there. */
export async function readVisibleKey(
  store: Pick<Store, 'getKey'>,
  operator: AuthenticatedOperator,
  id: string,
): Promise<KeyRecord> {
  const record = await store.getKey({ id: toKeyId(id) });
  if (!maySee(operator, record.keyspace)) throw keyNotFound();
  return record;
}
