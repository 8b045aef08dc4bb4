import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { readHead } from '../sql/change-log.ts';
import { readKeyspaces } from '../sql/configuration.ts';
import { readOperators, readOrganizations } from '../sql/replicated-state.ts';
import type { Tables } from '../sql/schema.ts';
import { readKeyPages } from './key-pages.ts';
import { createKyselyDialect } from './kysely-dialect.ts';
import type { EncodedPage } from './messages.ts';

/** Organizations in one page. */
const ORGANIZATIONS_PER_PAGE = 2_000;

/**
 * Reads everything that verification needs as of one moment, whatever is written meanwhile.
 *
 * @param reader a connection of its own, which the transaction keeps at that moment.
 * @param send hands a page over; resolves when the next one is wanted.
 * @returns the seq that the pages are of.
 */
export async function sendSnapshot(
  reader: DatabaseSync,
  send: (page: EncodedPage) => Promise<void>,
): Promise<number> {
  reader.exec('BEGIN');
  const db = new Kysely<Tables>({ dialect: createKyselyDialect(reader) });
  const view = { db, nowMs: 0 };
  const seq = await readHead(db);
  await send({ kind: 'configuration', keyspaces: await readKeyspaces(view) });
  const organizations = await readOrganizations(view);
  for (let start = 0; start < organizations.length; start += ORGANIZATIONS_PER_PAGE) {
    const page = organizations.slice(start, start + ORGANIZATIONS_PER_PAGE);
    await send({ kind: 'organizations', organizations: page });
  }
  await send({ kind: 'operators', operators: await readOperators(view) });
  for (const page of readKeyPages(reader)) await send({ kind: 'encoded_keys', ...page });
  reader.exec('COMMIT');
  return seq;
}
