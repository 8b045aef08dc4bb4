/** Which claim links somebody came with who found them used. */
export const linksTriedAgain = `
ALTER TABLE claim_link ADD COLUMN tried_again_at_ms bigint;
ALTER TABLE claim_link ADD COLUMN tried_again_from text COLLATE "C";
`;
