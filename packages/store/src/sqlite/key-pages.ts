import type { DatabaseSync } from 'node:sqlite';
import type { ReplicatedKey, ReplicatedSecret } from '@keyhold/coherence';
import type { KeyId } from '@keyhold/core';

/** Keys in one page: a few milliseconds of work, so that writes get their turn between two. */
const KEYS_PER_PAGE = 2_000;

/**
 * A page of keys on its way to the thread that loads them: JSON that SQLite itself has made. A million keys take a
 * second in the worker and less in the receiver; as objects that are made here and cloned they take five (2026-11,
 * two cores).
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

/** The ranges are cut by position, so that the secrets of a page are those of its keys. */
const SELECT_KEYS = `
  SELECT max(position) AS last, json_group_array(json_array(
    position, id, keyspace, number, organization, environment, json(scopes), name, expires_at_ms, json(allowed_cidrs),
    revoked_at_ms IS NOT NULL OR EXISTS (
      SELECT 1 FROM organization_revocation AS bulk
      WHERE bulk.organization = key.organization AND bulk.keyspace = key.keyspace AND bulk.revoked_through >= key.number
    ),
    disabled_at_ms IS NOT NULL
  )) AS keys
  FROM (SELECT * FROM key WHERE position > ? ORDER BY position LIMIT ${KEYS_PER_PAGE}) AS key`;

const SELECT_SECRETS = `
  SELECT json_group_array(json_array(key_position, lower(hex(lookup)), generation, not_after_ms)) AS secrets
  FROM (SELECT * FROM secret WHERE key_position > ? AND key_position <= ? ORDER BY key_position, generation)`;

/** Every key of the store in the order of its position, page by page. */
export function* readKeyPages(reader: DatabaseSync): Generator<EncodedKeys> {
  const selectKeys = reader.prepare(SELECT_KEYS);
  const selectSecrets = reader.prepare(SELECT_SECRETS);
  let after = 0;
  for (;;) {
    const page = selectKeys.get(after);
    if (page === undefined || page['last'] === null) return;
    const last = Number(page['last']);
    const secrets = selectSecrets.get(after, last)?.['secrets'];
    yield { keys: String(page['keys']), secrets: String(secrets) };
    after = last;
  }
}

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
