/** Keys that are handed over by a link; units and reasons stand in SQLite's migration of the same name. */
export const claimLinks = `
CREATE TABLE claim_link (
  id               text COLLATE "C" PRIMARY KEY,
  key_position     bigint NOT NULL REFERENCES key (position),
  generation       bigint NOT NULL,
  sealed_key       text COLLATE "C",
  secret_digest    text COLLATE "C" NOT NULL,
  has_passphrase   bigint NOT NULL,
  failed_claims    bigint NOT NULL DEFAULT 0,
  created_at_ms    bigint NOT NULL,
  expires_at_ms    bigint NOT NULL,
  claimed_at_ms    bigint,
  claimed_from     text COLLATE "C",
  ended_at_ms      bigint
);
CREATE INDEX claim_link_key ON claim_link (key_position);
CREATE INDEX claim_link_waiting ON claim_link (expires_at_ms) WHERE claimed_at_ms IS NULL AND ended_at_ms IS NULL;
`;
