import { DatabaseSync } from 'node:sqlite';
import type { ChangePayload, ReplicatedKey } from '@keyhold/coherence';

type Row = Readonly<Record<string, string | number | null>>;

/** What the change log says last of a subject, and how often it speaks of it. */
interface Mention<T> {
  readonly seq: number;
  readonly state: T;
  readonly count: number;
}

/**
 * Looks for anything half-written in a database that no process has open: every row must be what the change log last said of
 * it and carry that change's seq, every change of a subject must have its audit event and the other way round, and the
 * log must have no hole. A log that does not begin at 1 says less, and less is asked of it.
 *
 * @returns one line for each thing that is not as it must be.
 */
export function findUnsound(file: string): readonly string[] {
  using database = new DatabaseSync(file);
  const all = (sql: string): readonly Row[] => database.prepare(sql).all() as unknown as Row[];
  const findings: string[] = [];
  const check = (holds: boolean, finding: string) => void (holds || findings.push(finding));

  for (const row of all('PRAGMA integrity_check'))
    check(row['integrity_check'] === 'ok', JSON.stringify(row));
  for (const row of all('PRAGMA foreign_key_check')) findings.push(`dangling: ${JSON.stringify(row)}`);

  const log = all('SELECT seq, payload FROM change ORDER BY seq').map((row) => ({
    seq: Number(row['seq']),
    payload: JSON.parse(String(row['payload'])) as ChangePayload,
  }));
  const head = Number(all('SELECT seq FROM head')[0]?.['seq']);
  const first = log[0]?.seq ?? head + 1;
  const isWhole = first === 1;
  for (const [i, { seq }] of log.entries()) check(seq === first + i, `the log has a hole before ${seq}`);
  check(head === first + log.length - 1, `the head is ${head} and the log ends at ${first + log.length - 1}`);

  const mentions = collectMentions(log);
  const events = new Map<string, number>();
  for (const row of all(
    `SELECT subject_kind AS kind, subject_id AS id, count(*) AS count FROM audit_event WHERE subject_kind NOT IN ('portal_session', 'person') GROUP BY 1, 2`,
  )) {
    events.set(`${row['kind']} ${row['id']}`, Number(row['count']));
  }

  /** Holds one subject's row against the log and the audit log. */
  function compare(
    subject: string,
    mention: Mention<unknown> | undefined,
    seq: number,
    state: unknown,
  ): void {
    if (mention === undefined) {
      check(!isWhole, `${subject} is in no change`);
    } else {
      check(seq === mention.seq, `${subject} carries seq ${seq}, its last change is ${mention.seq}`);
      const [row, said] = [JSON.stringify(state), JSON.stringify(mention.state)];
      check(row === said, `${subject} is ${row} and change ${mention.seq} says ${said}`);
    }
    const count = events.get(subject) ?? 0;
    const expected = mention?.count ?? 0;
    check(
      isWhole ? count === expected : count >= expected,
      `${subject}: ${count} events, ${expected} changes`,
    );
  }

  const revokedThrough = new Map(
    all(
      'SELECT organization, keyspace, max(revoked_through) AS n FROM organization_revocation GROUP BY 1, 2',
    ).map((row) => [`${row['organization']} ${row['keyspace']}`, Number(row['n'])]),
  );
  const isBulkRevoked = (key: { organization: string; keyspace: string; number: number }) =>
    key.number <= (revokedThrough.get(`${key.organization} ${key.keyspace}`) ?? 0);

  const secrets = Map.groupBy(
    all(
      'SELECT key_position, generation, lower(hex(lookup)) AS digest, not_after_ms FROM secret ORDER BY 1, 2',
    ),
    (row) => row['key_position'],
  );
  const operatorKeys = new Set(all('SELECT key_position FROM operator').map((row) => row['key_position']));
  const keyStates = new Map<unknown, ReplicatedKey>();
  for (const row of all('SELECT * FROM key')) {
    const own = secrets.get(row['position'] ?? null) ?? [];
    const state = toReplicatedKey(row, own);
    keyStates.set(row['position'], state);
    const generations = own.map((secret) => secret['generation']);
    const expected = Array.from({ length: Number(row['generation']) }, (_, i) => i + 1);
    check(generations.join() === expected.join(), `key ${state.id} has the secrets ${generations.join()}`);
    const ended = own.map((secret) => secret['not_after_ms'] !== null);
    check(!ended.slice(0, -1).includes(false), `key ${state.id} has an old secret without an end`);
    if (operatorKeys.has(row['position'] ?? null)) continue;
    const mention = mentions.keys.get(state.id);
    const settle = (key: ReplicatedKey) => ({ ...key, revoked: key.revoked || isBulkRevoked(key) });
    const said = mention && { ...mention, state: settle(mention.state) };
    compare(`key ${state.id}`, said, Number(row['seq']), settle(state));
  }

  for (const row of all(`SELECT * FROM organization WHERE id <> 'keyhold'`)) {
    const id = String(row['id']);
    const bulk = all('SELECT keyspace, organization FROM organization_revocation')
      .filter((each) => each['organization'] === id)
      .map((each) => String(each['keyspace']));
    const state = {
      id,
      suspended: row['suspended_at_ms'] !== null,
      features: JSON.parse(String(row['features'])) as string[],
      revokedThrough: Object.fromEntries(
        bulk.map((each) => [each, revokedThrough.get(`${id} ${each}`) ?? 0]),
      ),
    };
    compare(`organization ${id}`, mentions.organizations.get(id), Number(row['seq']), state);
  }

  for (const row of all('SELECT * FROM operator')) {
    const id = String(row['id']);
    const key = keyStates.get(row['key_position']);
    const keyspaces = row['keyspaces'] === null ? null : (JSON.parse(String(row['keyspaces'])) as string[]);
    const state = { operator: { id, keyId: key?.id, keyspaces }, key };
    compare(`operator ${id}`, mentions.operators.get(id), Number(row['seq']), state);
  }

  for (const row of all(`SELECT * FROM keyspace WHERE id <> 'keyhold'`)) {
    const { count, last } = all(
      `SELECT count(*) AS count, coalesce(max(number), 0) AS last FROM key WHERE keyspace = '${row['id']}'`,
    )[0] as { count: number; last: number };
    const numbers = `keyspace ${row['id']} gave out ${row['last_number']} numbers for ${count} keys up to ${last}`;
    check(
      isWhole ? last === row['last_number'] && count === last : last <= Number(row['last_number']),
      numbers,
    );
  }
  const revisions = all('SELECT seq FROM configuration ORDER BY revision').map((row) => row['seq']);
  if (isWhole)
    check(revisions.join() === mentions.configurations.join(), 'a configuration without its change');
  return findings;
}

function collectMentions(log: readonly { readonly seq: number; readonly payload: ChangePayload }[]) {
  const keys = new Map<string, Mention<ReplicatedKey>>();
  const organizations = new Map<string, Mention<unknown>>();
  const operators = new Map<string, Mention<unknown>>();
  const configurations: number[] = [];
  for (const { seq, payload } of log) {
    const note = <T>(map: Map<string, Mention<T>>, id: string, state: T) =>
      void map.set(id, { seq, state, count: (map.get(id)?.count ?? 0) + 1 });
    switch (payload.kind) {
      case 'keys':
        for (const key of payload.keys) note(keys, key.id, key);
        break;
      case 'organization':
        note(organizations, payload.organization.id, payload.organization);
        break;
      case 'operator':
        note(operators, payload.operator.id, { operator: payload.operator, key: payload.key });
        break;
      case 'configuration':
        configurations.push(seq);
    }
  }
  return { keys, organizations, operators, configurations };
}

/** The row as the change log would say it, its fields in the log's order. */
function toReplicatedKey(row: Row, secrets: readonly Row[]): ReplicatedKey {
  return {
    id: String(row['id']) as ReplicatedKey['id'],
    keyspace: String(row['keyspace']),
    number: Number(row['number']),
    organization: String(row['organization']),
    environment: row['environment'] as string | null,
    scopes: JSON.parse(String(row['scopes'])) as string[],
    name: String(row['name']),
    expiresAtMs: row['expires_at_ms'] as number | null,
    allowedCidrs: JSON.parse(String(row['allowed_cidrs'])) as string[],
    revoked: row['revoked_at_ms'] !== null,
    disabled: row['disabled_at_ms'] !== null,
    secrets: secrets.map((secret) => ({
      digest: String(secret['digest']),
      generation: Number(secret['generation']),
      notAfterMs: secret['not_after_ms'] as number | null,
    })),
  };
}
