/** Keys that are handed over by a link. */
export const claimLinks = `
-- A secret on its way to whoever claims it. Until then its row in "secret" has not_after_ms 0, so it opens nothing.
CREATE TABLE claim_link (
  id               TEXT PRIMARY KEY,
  key_position     INTEGER NOT NULL REFERENCES key (position),
  generation       INTEGER NOT NULL,              -- of the secret
  sealed_key       TEXT,                          -- the key text under the link's own secret; null once the link is over
  secret_digest    TEXT NOT NULL,                 -- SHA-256 of the link's own secret, hex
  has_passphrase   INTEGER NOT NULL,              -- 1: the seal needs one as well
  failed_claims    INTEGER NOT NULL DEFAULT 0,    -- wrong passphrases
  created_at_ms    INTEGER NOT NULL,
  expires_at_ms    INTEGER NOT NULL,
  claimed_at_ms    INTEGER,
  claimed_from     TEXT,                          -- address
  ended_at_ms      INTEGER                        -- over without a claim
) STRICT, WITHOUT ROWID;
-- the links of a key
CREATE INDEX claim_link_key ON claim_link (key_position);
-- those that wait, for the one of a key and for what expires
CREATE INDEX claim_link_waiting ON claim_link (expires_at_ms) WHERE claimed_at_ms IS NULL AND ended_at_ms IS NULL;
`;
