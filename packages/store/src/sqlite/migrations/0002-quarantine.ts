/** A restored database denies what it cannot vouch for until somebody has looked at it. */
export const quarantine = `
-- When a restore disabled the key; disabled_at_ms is set as well. Null: nobody has to review it.
ALTER TABLE key ADD COLUMN quarantined_at_ms INTEGER;
-- what is left to review, and to release
CREATE INDEX key_quarantined ON key (keyspace, position) WHERE quarantined_at_ms IS NOT NULL;
`;
