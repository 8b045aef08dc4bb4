/**
 * Every table is STRICT; text compares byte for byte (BINARY, SQLite's default). `*_ms` is ms since the epoch, flags are
 * the instant at which they were set (null: not set), lists and objects are JSON text.
 *
 * `position` is the rowid: rows are never deleted from such a table, so it only grows, lists page on it, and the other
 * tables refer to it because it is a quarter of the size of an id.
 */
export const initialSchema = `
CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 1),  -- one row
  seq  INTEGER NOT NULL                       -- of the newest change; 0 before the first
) STRICT;
INSERT INTO head (only, seq) VALUES (1, 0);

CREATE TABLE change (
  seq     INTEGER PRIMARY KEY,                -- gapless, in commit order; old ones are trimmed from the front
  kind    TEXT NOT NULL,                      -- of the payload, for a person who looks
  subject TEXT NOT NULL,                      -- id of what changed, likewise
  payload TEXT NOT NULL,                      -- JSON, the whole new state (coherence's ChangePayload)
  at_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE configuration (
  revision      INTEGER PRIMARY KEY,          -- 1, 2, …; the highest is in force
  digest        TEXT NOT NULL,                -- SHA-256 (hex) of the keyspaces, by which an older file is recognised
  applied_at_ms INTEGER NOT NULL,
  seq           INTEGER NOT NULL              -- of its change
) STRICT;
-- "was this configuration in force before?" at every start
CREATE INDEX configuration_digest ON configuration (digest);

CREATE TABLE keyspace (
  id                TEXT PRIMARY KEY,
  definition        TEXT,                     -- JSON (KeyspaceDefinition); null: built in, or removed from the configuration
  last_number       INTEGER NOT NULL,         -- highest key number given out; numbers are never reused
  format_used_at_ms INTEGER                   -- when a key was first made under the present format; null: none was
) STRICT, WITHOUT ROWID;

CREATE TABLE keyspace_format (
  keyspace       TEXT NOT NULL REFERENCES keyspace (id),
  template       TEXT NOT NULL,               -- keys were made under it, and it was replaced
  environments   TEXT NOT NULL,               -- JSON list of text, in order of name: those that its keys name
  replaced_at_ms INTEGER NOT NULL,
  PRIMARY KEY (keyspace, template, environments)
) STRICT, WITHOUT ROWID;

CREATE TABLE organization (
  position        INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL,
  features        TEXT NOT NULL,              -- JSON list of text
  tags            TEXT NOT NULL,              -- JSON list of text
  suspended_at_ms INTEGER,
  created_at_ms   INTEGER NOT NULL,
  seq             INTEGER NOT NULL            -- of its last change
) STRICT;

-- One row for each bulk revocation and keyspace: every key of the organization up to the number is revoked, from at_ms on.
CREATE TABLE organization_revocation (
  organization      TEXT NOT NULL REFERENCES organization (id),
  keyspace          TEXT NOT NULL REFERENCES keyspace (id),
  revoked_through   INTEGER NOT NULL,         -- a key number
  at_ms             INTEGER NOT NULL,
  written_out_at_ms INTEGER,                  -- when the last of its key rows said so itself; null: some do not yet
  PRIMARY KEY (organization, keyspace, revoked_through)
) STRICT, WITHOUT ROWID;
-- what is left to write out
CREATE INDEX organization_revocation_pending ON organization_revocation (organization, keyspace, revoked_through)
  WHERE written_out_at_ms IS NULL;

CREATE TABLE key (
  position       INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  keyspace       TEXT NOT NULL REFERENCES keyspace (id),
  number         INTEGER NOT NULL,            -- in its keyspace, from 1
  organization   TEXT NOT NULL REFERENCES organization (id),
  name           TEXT NOT NULL,
  environment    TEXT,
  scopes         TEXT NOT NULL,               -- JSON list of text
  masked_key     TEXT NOT NULL,               -- of the newest secret
  allowed_cidrs  TEXT NOT NULL,               -- JSON list of text
  metadata       TEXT NOT NULL,               -- JSON object
  generation     INTEGER NOT NULL,            -- of the newest secret, from 1
  created_at_ms  INTEGER NOT NULL,
  created_by     TEXT NOT NULL,               -- the audit log's actor id
  expires_at_ms  INTEGER,
  disabled_at_ms INTEGER,
  revoked_at_ms  INTEGER,                     -- a bulk revocation not written out yet is not here
  seq            INTEGER NOT NULL,            -- of its last change
  UNIQUE (keyspace, number)                   -- self-service names a key by its number
) STRICT;
-- lists of one keyspace
CREATE INDEX key_of_keyspace ON key (keyspace, position);
-- lists of one organization, with or without a keyspace
CREATE INDEX key_of_organization ON key (organization, position);
CREATE INDEX key_of_organization_keyspace ON key (organization, keyspace, position);
-- the cap's count, and the rows a bulk revocation is written out to
CREATE INDEX key_unrevoked ON key (organization, keyspace, number, expires_at_ms) WHERE revoked_at_ms IS NULL;
-- lists of one keyspace by a state that few of its keys are in
CREATE INDEX key_revoked ON key (keyspace, position) WHERE revoked_at_ms IS NOT NULL;
CREATE INDEX key_disabled ON key (keyspace, position) WHERE disabled_at_ms IS NOT NULL;
CREATE INDEX key_expiring ON key (keyspace, position) WHERE expires_at_ms IS NOT NULL;

CREATE TABLE secret (
  key_position   INTEGER NOT NULL REFERENCES key (position),
  generation     INTEGER NOT NULL,            -- from 1, one more at each recycle
  lookup         BLOB NOT NULL UNIQUE,        -- SHA-256 of the key text (32 bytes) while pepper_version is 0; unique in the whole store
  not_after_ms   INTEGER,                     -- when this secret stops; null: with its key
  pepper_version INTEGER NOT NULL,            -- 0: none
  PRIMARY KEY (key_position, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE operator (
  position     INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  key_position INTEGER NOT NULL UNIQUE REFERENCES key (position), -- its token; name, scopes and expiry stand there
  keyspaces    TEXT,                          -- JSON list of text; null: every keyspace
  seq          INTEGER NOT NULL               -- of its last change
) STRICT;

CREATE TABLE portal_session (
  id            TEXT PRIMARY KEY,
  keyspace      TEXT NOT NULL REFERENCES keyspace (id),
  organization  TEXT NOT NULL REFERENCES organization (id),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  ended_at_ms   INTEGER
) STRICT, WITHOUT ROWID;
-- the ones to delete
CREATE INDEX portal_session_expires ON portal_session (expires_at_ms);

-- No foreign keys: the log outlives what it tells of.
CREATE TABLE audit_event (
  position       INTEGER PRIMARY KEY,         -- commit order
  id             TEXT NOT NULL UNIQUE,
  at_ms          INTEGER NOT NULL,
  action         TEXT NOT NULL,
  actor_kind     TEXT NOT NULL,
  actor_id       TEXT NOT NULL,
  subject_kind   TEXT NOT NULL,
  subject_id     TEXT NOT NULL,
  keyspace       TEXT,
  organization   TEXT,
  request_id     TEXT,
  source_address TEXT,
  details        TEXT NOT NULL                -- JSON object
) STRICT;
-- the audit log by one of its filters, newest first
CREATE INDEX audit_event_subject ON audit_event (subject_id, position);
CREATE INDEX audit_event_actor ON audit_event (actor_id, position);
CREATE INDEX audit_event_organization ON audit_event (organization, position);
CREATE INDEX audit_event_keyspace ON audit_event (keyspace, position);
CREATE INDEX audit_event_action ON audit_event (action, position);

CREATE TABLE key_last_used (
  key_position INTEGER PRIMARY KEY REFERENCES key (position),
  at_ms        INTEGER NOT NULL
) STRICT;

CREATE TABLE usage (
  key_position INTEGER NOT NULL REFERENCES key (position),
  hour_ms      INTEGER NOT NULL,              -- start of the hour, ms since the epoch
  outcome      TEXT NOT NULL,
  node         TEXT NOT NULL,                 -- the process that counted; two never update one row
  count        INTEGER NOT NULL,              -- requests
  PRIMARY KEY (key_position, hour_ms, outcome, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  actor           TEXT NOT NULL,              -- kind and id: keys of different actors never meet
  idempotency_key TEXT NOT NULL,
  request_digest  TEXT NOT NULL,              -- SHA-256 (hex) of method, path and body
  answer          TEXT NOT NULL,              -- JSON, the record as it was answered; never a secret
  seq             INTEGER NOT NULL,           -- as it was answered
  created_at_ms   INTEGER NOT NULL,
  PRIMARY KEY (actor, idempotency_key)
) STRICT, WITHOUT ROWID;
-- the ones to delete
CREATE INDEX idempotency_created ON idempotency (created_at_ms);

CREATE TABLE store_secret (
  name   TEXT PRIMARY KEY,                    -- what it is for
  secret BLOB NOT NULL                        -- 32 random bytes
) STRICT, WITHOUT ROWID;

-- Operator tokens are keys of a keyspace and an organization of their own.
INSERT INTO keyspace (id, definition, last_number) VALUES ('keyhold', NULL, 0);
INSERT INTO organization (id, name, features, tags, created_at_ms, seq) VALUES ('keyhold', 'Keyhold', '[]', '[]', 0, 0);
`;
