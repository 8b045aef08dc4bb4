import type { SnapshotPage } from '@keyhold/coherence';
import type { Kysely } from 'kysely';
import { readHead } from '../sql/change-log.ts';
import { readKeyspaces } from '../sql/configuration.ts';
import { decodeKeys } from '../sql/encoded-keys.ts';
import { readOperators, readOrganizations } from '../sql/replicated-state.ts';
import type { Tables } from '../sql/schema.ts';
import type { Session } from './connections.ts';
import { readKeyPages } from './key-pages.ts';

/** Organizations in one page. */
const ORGANIZATIONS_PER_PAGE = 2_000;

/** How long one statement of a snapshot may take: the organizations are read in one, and there may be very many. */
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Hands over everything that verification needs as of one moment, whatever is written meanwhile.
 *
 * @returns the seq that the pages are of.
 */
export async function sendSnapshot(
  session: Session,
  db: Kysely<Tables>,
  receive: (page: SnapshotPage) => void,
): Promise<number> {
  await session.query({
    text: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  });
  const view = { db, nowMs: 0 };
  const seq = await readHead(db);
  receive({ kind: 'configuration', keyspaces: await readKeyspaces(view) });
  const organizations = await readOrganizations(view);
  for (let start = 0; start < organizations.length; start += ORGANIZATIONS_PER_PAGE) {
    const page = organizations.slice(start, start + ORGANIZATIONS_PER_PAGE);
    receive({ kind: 'organizations', organizations: page });
  }
  receive({ kind: 'operators', operators: await readOperators(view) });
  for await (const page of readKeyPages(session)) receive({ kind: 'keys', keys: decodeKeys(page) });
  await session.query({ text: 'COMMIT' });
  return seq;
}
