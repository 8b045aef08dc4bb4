import { defaultKeyspaceDefinition, type KeyspaceDefinition } from '@keyhold/core';

/** Nearly every key is of the first one, one in a hundred of the second, and twenty of the third. */
export const MIXED_KEYSPACES: readonly KeyspaceDefinition[] = ['default', 'small', 'tiny'].map((id) => ({
  ...defaultKeyspaceDefinition(),
  id,
  realm: id,
}));

const DAY_MS = 86_400_000;

/** Statements that fill an empty store with keys of every kind, of 10,000 organizations, made over the last year. */
export function fillMixed(
  dialect: 'sqlite' | 'postgres',
  keyCount: number,
  nowMs: number,
): readonly string[] {
  const upTo = (count: number) =>
    dialect === 'sqlite'
      ? `(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count}) SELECT n FROM counted)`
      : `(SELECT n::bigint AS n FROM generate_series(1, ${count}) AS n)`;
  const stepMs = Math.floor((365 * DAY_MS) / keyCount);
  const createdMs = `${nowMs} - (${keyCount} - n) * ${stepMs}`;
  return [
    // For PostgreSQL, which tells nodes of edits by hand.
    ...(dialect === 'postgres' ? ["SET keyhold.writer = 'keyhold'"] : []),
    `INSERT INTO organization (id, name, features, tags, created_at_ms, seq)
      SELECT 'org-' || n, 'Customer ' || n, '[]', '[]', 0, 1 FROM ${upTo(10_000)} AS counted`,
    `INSERT INTO key (id, keyspace, number, organization, name, environment, scopes, masked_key, allowed_cidrs, metadata,
        generation, created_at_ms, created_by, expires_at_ms, disabled_at_ms, revoked_at_ms, seq)
      SELECT 'key_0' || substr('0000000000000000000000000', 1, 25 - length(CAST(n AS text))) || n,
        CASE WHEN n % ${keyCount / 20} = 1 THEN 'tiny' WHEN n % 100 = 0 THEN 'small' ELSE 'default' END,
        n, 'org-' || (n % 10000 + 1), CASE WHEN n % 3 = 0 THEN 'Production' ELSE 'Server ' || (n * 7919 % 1000003) END,
        'live', '[]', 'kh_live_****' || (n * 7919 % 9000 + 1000), '[]', '{}', 1, ${createdMs}, 'op_bench',
        CASE WHEN n % 10 = 0 THEN ${nowMs - 60 * DAY_MS} + n * 104729 % ${365 * DAY_MS} END,
        CASE WHEN n % 1000 = 7 THEN ${nowMs} END, CASE WHEN n % 5 = 0 THEN ${nowMs} END, 1
      FROM ${upTo(keyCount)} AS counted`,
    `INSERT INTO key_last_used (key_position, at_ms)
      SELECT position, CASE WHEN number % 4 = 0 THEN -created_at_ms ELSE ${nowMs} - number * 7919 % ${120 * DAY_MS} END
      FROM key`,
    ...(dialect === 'postgres' ? ['ANALYZE'] : []),
  ];
}
