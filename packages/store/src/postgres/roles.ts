import type { Session } from './connections.ts';

/** What the group roles may do with each table; the migrator's owns them all. */
const APP_TABLES = [
  'head',
  'change',
  'configuration',
  'keyspace',
  'keyspace_format',
  'organization',
  'organization_revocation',
  'key',
  'secret',
  'claim_link',
  'operator',
  'portal_session',
  'person',
  'person_session',
  'login_throttle',
  'audit_event',
  'key_last_used',
  'key_refusal',
  'verdict_watch',
  'recent_verdict',
  'usage',
  'idempotency',
  'store_secret',
  'lease',
];

/** Digests, MAC keys, passwords and the answers of creates are nobody's to look at. */
const UNREADABLE = [
  'secret',
  'claim_link',
  'store_secret',
  'idempotency',
  'portal_session',
  'person',
  'person_session',
  'login_throttle',
  'change',
];

/**
 * Makes the group roles: `keyhold_migrator` owns the tables, `keyhold_app` reads and writes their rows, `keyhold_read` reads
 * what holds no secret. Roles are the server's, so another database may have made them already. A user that may not make roles
 * goes on without them.
 */
export async function makeRoles(session: Session): Promise<void> {
  for (const role of ['keyhold_migrator', 'keyhold_app', 'keyhold_read']) {
    await tryTo(session, `IF to_regrole('${role}') IS NULL THEN CREATE ROLE ${role} NOLOGIN; END IF;`);
  }
  await tryTo(
    session,
    `EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO keyhold_migrator', current_schema());`,
  );
  await tryTo(
    session,
    `EXECUTE format('GRANT USAGE ON SCHEMA %I TO keyhold_app, keyhold_read', current_schema());`,
  );
  await tryTo(
    session,
    `IF NOT pg_has_role(current_user, 'keyhold_migrator', 'MEMBER') THEN
       EXECUTE format('GRANT keyhold_migrator TO %I', current_user);
     END IF;`,
  );
}

/** For the rest of the transaction acts as whoever owns the tables, or is to own them, where the user may. */
export async function assumeOwner(session: Session): Promise<void> {
  await tryTo(
    session,
    `DECLARE owner name := coalesce(
       (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('migration')), 'keyhold_migrator');
     BEGIN
       IF has_schema_privilege(owner, current_schema(), 'CREATE') THEN
         EXECUTE format('SET LOCAL ROLE %I', owner);
       END IF;
     END;`,
  );
}

/** Lets the group roles at the tables there are. @returns what a person should know; null: all is as it should be. */
export async function grantRoles(session: Session): Promise<string | null> {
  const { rows } = await session.query({
    text: `SELECT to_regrole('keyhold_app') IS NOT NULL AND to_regrole('keyhold_read') IS NOT NULL AS made,
      (SELECT array_agg(relname::text) FROM pg_class
       WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace) AS tables`,
  });
  const { made, tables }: { made: boolean; tables: readonly string[] } = rows[0];
  if (!made) {
    return "The roles keyhold_migrator, keyhold_app and keyhold_read are not there, and the database's user may not make them. Keyhold goes on as the owner of its tables; docs/operations/postgresql.md says how to have the roles.";
  }
  const written = APP_TABLES.filter((table) => tables.includes(table));
  const readable = written.filter((table) => !UNREADABLE.includes(table));
  await session.query({
    text: `
      GRANT SELECT, INSERT, UPDATE, DELETE ON ${written.join(', ')} TO keyhold_app;
      GRANT SELECT ON migration TO keyhold_app, keyhold_read;
      GRANT SELECT ON ${readable.join(', ')} TO keyhold_read`,
  });
  return null;
}

/** Runs a block of PL/pgSQL that may fail for want of rights, or because somebody else did the same at the same time. */
async function tryTo(session: Session, block: string): Promise<void> {
  await session.query({
    text: `DO $try$ BEGIN ${block} EXCEPTION
      WHEN insufficient_privilege OR undefined_object OR duplicate_object OR unique_violation OR invalid_grant_operation THEN NULL;
    END $try$`,
  });
}
