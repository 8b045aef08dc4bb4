/** Which claim links somebody came with who found them used. */
export const linksTriedAgain = `
ALTER TABLE claim_link ADD COLUMN tried_again_at_ms INTEGER;  -- the last time after it was claimed; null: never
ALTER TABLE claim_link ADD COLUMN tried_again_from TEXT;      -- address
`;
