/** What the console searches, sorts and counts by, why keys were refused, and verdicts as they come. */
export const consoleData = `
-- Lists by name, and its beginning. lower() changes A–Z and nothing else, in both dialects.
CREATE INDEX key_by_name ON key (lower(name), position);
-- Lists by expiry, and those that expire soon, have expired, or never do: 2^53 − 1, in place of null.
CREATE INDEX key_by_expiry ON key (coalesce(expires_at_ms, 9007199254740991), position);
-- What lists show of a key: its beginning, and its end.
CREATE INDEX key_by_masked ON key (masked_key);
CREATE INDEX key_by_masked_end ON key (substr(masked_key, length(masked_key) - 3));
-- key_by_expiry does its work
DROP INDEX key_expiring;

-- Every customer's key has a row from the moment it is made. at_ms is when it was last used; before its first use it is
-- when it was made, with a minus: then the idle keys of both kinds are one range.
ALTER TABLE key_last_used ADD COLUMN address TEXT;  -- where that came from; null: not said
INSERT INTO key_last_used (key_position, at_ms)
  SELECT position, -created_at_ms FROM key
  WHERE keyspace <> 'keyhold' AND position NOT IN (SELECT key_position FROM key_last_used);
-- lists by last use, never used, idle
CREATE INDEX key_last_used_at ON key_last_used (at_ms, key_position);

CREATE TABLE key_refusal (
  key_position INTEGER NOT NULL REFERENCES key (position),
  reason       TEXT NOT NULL,
  count        INTEGER NOT NULL,              -- requests
  last_at_ms   INTEGER NOT NULL,
  address      TEXT,                          -- of the last one; null: not said
  operation    TEXT,                          -- METHOD /path, likewise
  PRIMARY KEY (key_position, reason)
) STRICT, WITHOUT ROWID;

-- One row: somebody looks at verdicts as they come, until then.
CREATE TABLE verdict_watch (
  only     INTEGER PRIMARY KEY CHECK (only = 1),
  until_ms INTEGER NOT NULL
) STRICT;
INSERT INTO verdict_watch (only, until_ms) VALUES (1, 0);

-- The last minute of what somebody looks at. No foreign keys: a verdict may be about a key that nobody knows.
CREATE TABLE recent_verdict (
  position     INTEGER PRIMARY KEY,           -- a reader goes on behind the last it saw: the newest row is never deleted
  at_ms        INTEGER NOT NULL,
  node         TEXT NOT NULL,
  face         TEXT NOT NULL,
  keyspace     TEXT,
  organization TEXT,
  key_id       TEXT,
  reason       TEXT,                          -- null: accepted
  operation    TEXT,
  address      TEXT,
  sampled      INTEGER NOT NULL               -- 1: there were more in that second
) STRICT;
-- the ones to delete
CREATE INDEX recent_verdict_at ON recent_verdict (at_ms);

-- the audit log between two moments
CREATE INDEX audit_event_at ON audit_event (at_ms, position);
-- organizations by the beginning of their id or name, and the suspended ones
CREATE INDEX organization_by_id ON organization (lower(id));
CREATE INDEX organization_by_name ON organization (lower(name));
CREATE INDEX organization_suspended ON organization (position) WHERE suspended_at_ms IS NOT NULL;
`;
