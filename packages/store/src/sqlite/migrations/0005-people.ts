/** People who log in to the console. */
export const people = `
CREATE TABLE person (
  position                 INTEGER PRIMARY KEY,
  id                       TEXT NOT NULL UNIQUE,
  email                    TEXT NOT NULL,           -- as it was written
  email_key                TEXT NOT NULL UNIQUE,    -- in small letters, which is how it is compared
  name                     TEXT NOT NULL,
  role                     TEXT NOT NULL,           -- owner, operator, read_only
  password_hash            TEXT,                    -- argon2id in the PHC format; null: none
  totp_secret              TEXT,                    -- base32; null: no one-time codes
  totp_pending_secret      TEXT,                    -- begun, and not confirmed
  totp_last_step           INTEGER,                 -- of the last code taken, so that each works once
  recovery_digests         TEXT NOT NULL,           -- JSON list of SHA-256, hex, of the recovery codes that are left
  provider_issuer          TEXT,                    -- OpenID: iss and sub of who they are at the provider
  provider_subject         TEXT,
  invitation_id            TEXT UNIQUE,             -- the one that waits
  invitation_expires_at_ms INTEGER,
  created_at_ms            INTEGER NOT NULL,
  created_by               TEXT NOT NULL,           -- as the audit log names them
  disabled_at_ms           INTEGER,
  last_login_at_ms         INTEGER,
  UNIQUE (provider_issuer, provider_subject)
) STRICT;

CREATE TABLE person_session (
  id                       TEXT PRIMARY KEY,
  person_position          INTEGER NOT NULL REFERENCES person (position),
  created_at_ms            INTEGER NOT NULL,
  authenticated_at_ms      INTEGER NOT NULL,
  last_seen_at_ms          INTEGER NOT NULL,
  expires_at_ms            INTEGER NOT NULL,
  source_address           TEXT,
  user_agent               TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX person_session_person ON person_session (person_position);
CREATE INDEX person_session_expires ON person_session (expires_at_ms);

-- How often somebody failed to log in, by whom they said they were and from where.
CREATE TABLE login_throttle (
  subject                  TEXT PRIMARY KEY,        -- a MAC, since people type passwords into the wrong field
  attempts                 INTEGER NOT NULL,
  last_at_ms               INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_throttle_last ON login_throttle (last_at_ms);
`;
