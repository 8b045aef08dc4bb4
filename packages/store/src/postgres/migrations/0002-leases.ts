/** One row for each incarnation of each node that may answer from memory; see `LeaseRow` in coherence. */
export const leases = `
CREATE TABLE lease (
  incarnation      uuid PRIMARY KEY,
  node             text COLLATE "C" NOT NULL, -- for people
  round            bigint NOT NULL,           -- renewals so far
  acked_seq        bigint NOT NULL,           -- every change up to it is applied under this lease
  ttl_ms           bigint NOT NULL,
  protocol_version bigint NOT NULL
) WITH (fillfactor = 50); -- a row is written several times a second: its versions stay on one page
`;
