import type { DatabaseSync } from 'node:sqlite';
import type { EncodedKeys } from '../sql/encoded-keys.ts';

/** Keys in one page: a few milliseconds of work, so that writes get their turn between two. */
const KEYS_PER_PAGE = 2_000;

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
