import type { DatabaseSync } from 'node:sqlite';

/** The entries that a key's list has in both databases, in the order of its own. */
function common(column: 'scopes' | 'allowed_cidrs'): string {
  return `(
    SELECT json_group_array(mine.value ORDER BY mine.key) FROM json_each(key.${column}) AS mine
    WHERE mine.value IN (SELECT value FROM json_each(theirs.${column}))
  )`;
}

/** Both lists name addresses, and none of them in the same words: such a key keeps its own, and is disabled. */
const NO_COMMON_RANGE = `(
  key.allowed_cidrs <> '[]' AND theirs.allowed_cidrs <> '[]' AND ${common('allowed_cidrs')} = '[]'
)`;

/**
 * Makes a restored database as strict as the one it replaces, attached as `replaced`: afterwards nothing is accepted
 * that not both of them accept. A key's rows are met field by field; what the replaced database does not know is
 * disabled, to be reviewed.
 *
 * Keys that only the replaced database has are not brought over: they are unknown, and so denied.
 */
const STATEMENTS: readonly string[] = [
  `UPDATE key SET
     revoked_at_ms = coalesce(key.revoked_at_ms, theirs.revoked_at_ms),
     disabled_at_ms = coalesce(key.disabled_at_ms, theirs.disabled_at_ms, iif(${NO_COMMON_RANGE}, :nowMs, NULL)),
     -- Disabled by hand in one of them: that stays when the others are released.
     quarantined_at_ms = CASE
       WHEN key.disabled_at_ms IS NOT NULL AND key.quarantined_at_ms IS NULL THEN NULL
       WHEN theirs.disabled_at_ms IS NOT NULL AND theirs.quarantined_at_ms IS NULL THEN NULL
       ELSE coalesce(key.quarantined_at_ms, theirs.quarantined_at_ms, iif(${NO_COMMON_RANGE}, :nowMs, NULL))
     END,
     expires_at_ms = CASE
       WHEN key.expires_at_ms IS NULL THEN theirs.expires_at_ms
       WHEN theirs.expires_at_ms IS NULL THEN key.expires_at_ms
       ELSE min(key.expires_at_ms, theirs.expires_at_ms)
     END,
     scopes = ${common('scopes')},
     -- An empty list is every address.
     allowed_cidrs = CASE
       WHEN key.allowed_cidrs = '[]' THEN theirs.allowed_cidrs
       WHEN theirs.allowed_cidrs = '[]' OR ${NO_COMMON_RANGE} THEN key.allowed_cidrs
       ELSE ${common('allowed_cidrs')}
     END
   FROM replaced.key AS theirs
   WHERE theirs.id = key.id
     AND (theirs.revoked_at_ms, theirs.disabled_at_ms, theirs.quarantined_at_ms, theirs.expires_at_ms, theirs.scopes,
         theirs.allowed_cidrs)
       IS NOT (key.revoked_at_ms, key.disabled_at_ms, key.quarantined_at_ms, key.expires_at_ms, key.scopes,
         key.allowed_cidrs)`,

  `UPDATE secret SET not_after_ms = CASE
     WHEN secret.not_after_ms IS NULL THEN theirs.not_after_ms
     ELSE min(secret.not_after_ms, theirs.not_after_ms)
   END
   FROM replaced.secret AS theirs WHERE theirs.lookup = secret.lookup AND theirs.not_after_ms IS NOT NULL`,

  // A key with a secret that they do not know as this key's; every key has one.
  `UPDATE key SET disabled_at_ms = :nowMs, quarantined_at_ms = :nowMs
   WHERE disabled_at_ms IS NULL AND revoked_at_ms IS NULL AND position IN (
     SELECT own.position FROM main.key AS own
     JOIN main.secret ON secret.key_position = own.position
     LEFT JOIN replaced.secret AS known ON known.lookup = secret.lookup
     LEFT JOIN replaced.key AS theirs ON theirs.position = known.key_position
     WHERE theirs.id IS NOT own.id
   )`,

  `UPDATE organization SET
     suspended_at_ms = coalesce(organization.suspended_at_ms, theirs.suspended_at_ms),
     features = (
       SELECT json_group_array(mine.value ORDER BY mine.key) FROM json_each(organization.features) AS mine
       WHERE mine.value IN (SELECT value FROM json_each(theirs.features))
     )
   FROM replaced.organization AS theirs WHERE theirs.id = organization.id`,

  // What lets people in is as it was in the replaced database; whom it does not know it cannot vouch for.
  `UPDATE person SET
     role = theirs.role, password_hash = theirs.password_hash,
     totp_secret = theirs.totp_secret, totp_pending_secret = theirs.totp_pending_secret,
     totp_last_step = theirs.totp_last_step, recovery_digests = theirs.recovery_digests,
     provider_issuer = theirs.provider_issuer, provider_subject = theirs.provider_subject,
     invitation_id = theirs.invitation_id, invitation_expires_at_ms = theirs.invitation_expires_at_ms,
     disabled_at_ms = coalesce(person.disabled_at_ms, theirs.disabled_at_ms)
   FROM replaced.person AS theirs WHERE theirs.id = person.id`,

  `UPDATE person SET disabled_at_ms = :nowMs, invitation_id = NULL, invitation_expires_at_ms = NULL
   WHERE disabled_at_ms IS NULL AND id NOT IN (SELECT id FROM replaced.person)`,

  // Their key rows are written out by the server, as after the bulk revocation itself.
  `INSERT INTO organization_revocation (organization, keyspace, revoked_through, at_ms, written_out_at_ms)
   SELECT theirs.organization, theirs.keyspace, theirs.revoked_through, theirs.at_ms, NULL
   FROM replaced.organization_revocation AS theirs
   WHERE EXISTS (SELECT 1 FROM main.organization WHERE id = theirs.organization)
     AND EXISTS (SELECT 1 FROM main.keyspace WHERE id = theirs.keyspace)
   ON CONFLICT DO NOTHING`,

  // Numbers are never reused, those of keys that are not here included.
  `UPDATE keyspace SET last_number = max(keyspace.last_number, theirs.last_number)
   FROM replaced.keyspace AS theirs WHERE theirs.id = keyspace.id`,

  `INSERT INTO audit_event (id, at_ms, action, actor_kind, actor_id, subject_kind, subject_id, keyspace, organization,
     request_id, source_address, details)
   SELECT id, at_ms, action, actor_kind, actor_id, subject_kind, subject_id, keyspace, organization, request_id,
     source_address, details
   FROM replaced.audit_event AS theirs
   WHERE NOT EXISTS (SELECT 1 FROM main.audit_event AS own WHERE own.id = theirs.id)
   ORDER BY position`,

  `UPDATE head SET seq = max(seq, (SELECT seq FROM replaced.head))`,
];

export function carryOver(database: DatabaseSync, nowMs: number): void {
  for (const sql of STATEMENTS) {
    const statement = database.prepare(sql);
    statement.setAllowUnknownNamedParameters(true);
    statement.run({ nowMs });
  }
}

/** Customers' keys that the replaced database has and the backup does not. */
export function countLostKeys(database: DatabaseSync, operatorKeyspace: string): number {
  const row = database
    .prepare(
      `SELECT count(*) AS count FROM replaced.key AS theirs
       WHERE theirs.keyspace <> ? AND NOT EXISTS (SELECT 1 FROM main.key AS own WHERE own.id = theirs.id)`,
    )
    .get(operatorKeyspace);
  return Number(row?.['count']);
}
