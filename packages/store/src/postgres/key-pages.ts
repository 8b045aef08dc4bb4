import type { EncodedKeys } from '../sql/encoded-keys.ts';
import type { Session } from './connections.ts';

/** Keys in one page: some milliseconds of work for whoever takes it in. */
const KEYS_PER_PAGE = 2_000;

/** The secrets of a page are those of its keys. `$1` is the position before it; `last` is null at the end. */
const SELECT_PAGE = `
  WITH page AS (SELECT * FROM key WHERE position > $1 ORDER BY position LIMIT ${KEYS_PER_PAGE}),
    bounds AS (SELECT max(position) AS last FROM page)
  SELECT last,
    (SELECT '[' || string_agg(json_build_array(
        position, id, keyspace, number, organization, environment, scopes::json, name, expires_at_ms,
        allowed_cidrs::json,
        (revoked_at_ms IS NOT NULL OR EXISTS (
          SELECT 1 FROM organization_revocation AS bulk
          WHERE bulk.organization = page.organization AND bulk.keyspace = page.keyspace
            AND bulk.revoked_through >= page.number
        ))::int,
        (disabled_at_ms IS NOT NULL)::int
      )::text, ',' ORDER BY position) || ']' FROM page) AS keys,
    (SELECT '[' || string_agg(
        json_build_array(key_position, encode(lookup, 'hex'), generation, not_after_ms)::text, ','
        ORDER BY key_position, generation
      ) || ']' FROM secret WHERE key_position > $1 AND key_position <= last) AS secrets
  FROM bounds`;

interface Page {
  readonly last: number | null;
  readonly keys: string;
  readonly secrets: string;
}

/** Every key of the store in the order of its position, page by page; the next one is made while one is taken in. */
export async function* readKeyPages(session: Session): AsyncGenerator<EncodedKeys> {
  let page = await readPage(session, 0);
  while (page.last !== null) {
    const next = readPage(session, page.last);
    // Nobody waits for it when the receiver gives up.
    next.catch(() => {});
    yield page;
    page = await next;
  }
}

async function readPage(session: Session, after: number): Promise<Page> {
  return (await session.query({ text: SELECT_PAGE, values: [after], name: 'keyhold_key_page' })).rows[0];
}
