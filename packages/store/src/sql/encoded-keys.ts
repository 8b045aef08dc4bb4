import type { ReplicatedKey, ReplicatedSecret } from '@keyhold/coherence';
import type { KeyId } from '@keyhold/core';

/**
 * A page of keys on its way to the thread that loads them: JSON that the database itself has made. From SQLite a million
 * keys take a second in the worker and less in the receiver; as objects that are made there and cloned they take five
 * (2026-11, two cores).
 */
export interface EncodedKeys {
  readonly keys: string;
  readonly secrets: string;
}

type KeyTuple = readonly [
  position: number,
  id: KeyId,
  keyspace: string,
  number: number,
  organization: string,
  environment: string | null,
  scopes: readonly string[],
  name: string,
  expiresAtMs: number | null,
  allowedCidrs: readonly string[],
  revoked: 0 | 1,
  disabled: 0 | 1,
];

type SecretTuple = readonly [
  keyPosition: number,
  digest: string,
  generation: number,
  notAfterMs: number | null,
];

/** Makes the keys of a page, each with its secrets. */
export function decodeKeys(encoded: EncodedKeys): readonly ReplicatedKey[] {
  const keys: readonly KeyTuple[] = JSON.parse(encoded.keys);
  const secrets: readonly SecretTuple[] = JSON.parse(encoded.secrets);
  const byPosition = new Map<number, ReplicatedSecret[]>();
  for (const [position, digest, generation, notAfterMs] of secrets) {
    const secret = { digest, generation, notAfterMs };
    const own = byPosition.get(position);
    if (own === undefined) byPosition.set(position, [secret]);
    else own.push(secret);
  }
  return keys.map((key) => ({
    id: key[1],
    keyspace: key[2],
    number: key[3],
    organization: key[4],
    environment: key[5],
    scopes: key[6],
    name: key[7],
    expiresAtMs: key[8],
    allowedCidrs: key[9],
    revoked: key[10] === 1,
    disabled: key[11] === 1,
    secrets: byPosition.get(key[0]) ?? [],
  }));
}
