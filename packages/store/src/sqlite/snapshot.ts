import type { DatabaseSync } from 'node:sqlite';
import type {
  ReplicatedKey,
  ReplicatedOrganization,
  ReplicatedSecret,
  SnapshotPage,
} from '@keyhold/coherence';
import { type KeyId, OPERATOR_KEYSPACE, type OperatorId } from '@keyhold/core';
import { Kysely } from 'kysely';
import { readHead } from '../sql/change-log.ts';
import { readKeyspaces } from '../sql/configuration.ts';
import { parseList } from '../sql/json-columns.ts';
import type { Tables } from '../sql/schema.ts';
import { createKyselyDialect } from './kysely-dialect.ts';

/** Keys in one page: a few milliseconds of work, so that writes get their turn between two. */
const KEYS_PER_PAGE = 2_000;

/**
 * Reads everything that verification needs as of one moment, whatever is written meanwhile. Raw statements and arrays
 * instead of Kysely's objects, because a start with a million keys comes through here.
 *
 * @param send hands a page over; resolves when the next one is wanted.
 * @returns the seq that the pages are of.
 */
export async function sendSnapshot(
  reader: DatabaseSync,
  send: (page: SnapshotPage) => Promise<void>,
): Promise<number> {
  reader.exec('BEGIN');
  const db = new Kysely<Tables>({ dialect: createKyselyDialect(reader) });
  const seq = await readHead(db);
  await send({ kind: 'configuration', keyspaces: await readKeyspaces({ db, nowMs: 0 }) });
  const revokedThrough = readRevokedThrough(reader);
  for (const organizations of pagesOf(readOrganizations(reader, revokedThrough))) {
    await send({ kind: 'organizations', organizations });
  }
  await send({ kind: 'operators', operators: readOperators(reader) });
  for (const keys of pagesOf(readKeys(reader, revokedThrough))) await send({ kind: 'keys', keys });
  reader.exec('COMMIT');
  return seq;
}

/** Organization → keyspace → highest key number covered by a bulk revocation. */
type RevokedThrough = ReadonlyMap<string, { readonly [keyspace: string]: number }>;

type Row = readonly (string | number | null | Uint8Array)[];

function readRevokedThrough(reader: DatabaseSync): RevokedThrough {
  const revoked = new Map<string, { [keyspace: string]: number }>();
  const rows = iterate(
    reader,
    `SELECT organization, keyspace, max(revoked_through) FROM organization_revocation GROUP BY organization, keyspace`,
  );
  for (const row of rows) {
    const [organization, keyspace, through] = row as unknown as readonly [string, string, number];
    const known = revoked.get(organization);
    if (known === undefined) revoked.set(organization, { [keyspace]: through });
    else known[keyspace] = through;
  }
  return revoked;
}

function* readOrganizations(
  reader: DatabaseSync,
  revokedThrough: RevokedThrough,
): Generator<ReplicatedOrganization> {
  for (const row of iterate(
    reader,
    'SELECT id, suspended_at_ms, features FROM organization ORDER BY position',
  )) {
    const [id, suspendedAtMs, features] = row as unknown as readonly [string, number | null, string];
    yield {
      id,
      suspended: suspendedAtMs !== null,
      features: parseList(features),
      revokedThrough: revokedThrough.get(id) ?? {},
    };
  }
}

function readOperators(reader: DatabaseSync) {
  const rows = iterate(
    reader,
    `SELECT operator.id, key.id, operator.keyspaces
     FROM operator JOIN key ON key.position = operator.key_position ORDER BY operator.position`,
  );
  return [...rows].map((row) => {
    const [id, keyId, keyspaces] = row as unknown as readonly [OperatorId, KeyId, string | null];
    return { id, keyId, keyspaces: keyspaces === null ? null : parseList(keyspaces) };
  });
}

/** Two scans in the same order, joined by walking along both: no look-up for each key. */
function* readKeys(reader: DatabaseSync, revokedThrough: RevokedThrough): Generator<ReplicatedKey> {
  const secrets = readSecrets(reader);
  let secret = secrets.next();
  const keys = iterate(
    reader,
    `SELECT key.position, key.id, key.keyspace, key.number, key.organization, key.environment, key.scopes, key.name,
       key.expires_at_ms, key.allowed_cidrs, key.revoked_at_ms, key.disabled_at_ms
     FROM key JOIN keyspace ON keyspace.id = key.keyspace
     WHERE keyspace.definition IS NOT NULL OR keyspace.id = '${OPERATOR_KEYSPACE}'
     ORDER BY key.position`,
  );
  for (const row of keys) {
    const [position, id, keyspace, number, organization, environment, scopes, name, expiresAtMs] =
      row as unknown as readonly [
        number,
        KeyId,
        string,
        number,
        string,
        string | null,
        string,
        string,
        number | null,
      ];
    const own: ReplicatedSecret[] = [];
    for (; secret.done !== true && secret.value.position <= position; secret = secrets.next()) {
      if (secret.value.position === position) own.push(secret.value.secret);
    }
    const covered = revokedThrough.get(organization)?.[keyspace] ?? 0;
    yield {
      id,
      keyspace,
      number,
      organization,
      environment,
      scopes: parseShortList(scopes),
      name,
      expiresAtMs,
      allowedCidrs: parseShortList(row[9] as string),
      revoked: row[10] !== null || number <= covered,
      disabled: row[11] !== null,
      secrets: own,
    };
  }
}

function* readSecrets(
  reader: DatabaseSync,
): Generator<{ readonly position: number; readonly secret: ReplicatedSecret }> {
  const rows = iterate(
    reader,
    'SELECT key_position, generation, lookup, not_after_ms FROM secret ORDER BY key_position, generation',
  );
  for (const row of rows) {
    const [position, generation, lookup, notAfterMs] = row as unknown as readonly [
      number,
      number,
      Uint8Array,
      number | null,
    ];
    yield { position, secret: { digest: Buffer.from(lookup).toString('hex'), generation, notAfterMs } };
  }
}

/** Most keys have no address list, and many no scopes. */
function parseShortList(column: string): readonly string[] {
  return column === '[]' ? [] : parseList(column);
}

function* iterate(reader: DatabaseSync, sql: string): Generator<Row> {
  const statement = reader.prepare(sql);
  statement.setReturnArrays(true);
  yield* statement.iterate() as unknown as Iterable<Row>;
}

function* pagesOf<T>(rows: Iterable<T>): Generator<readonly T[]> {
  let page: T[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length === KEYS_PER_PAGE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}
