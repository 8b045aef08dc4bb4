/** What verification depends on; the log of changes says nothing of the other tables. */
const REPLICATED = [
  'key',
  'secret',
  'organization',
  'organization_revocation',
  'operator',
  'keyspace',
  'keyspace_format',
];

/** Rows that carry the seq of their last change. */
const STAMPED = ['key', 'organization', 'operator'];

const BY_HAND = `WHEN (current_setting('keyhold.writer', true) IS DISTINCT FROM 'keyhold')`;

/**
 * Whoever edits these tables by hand has nodes to tell, which answer from memory. The edit takes the next seq but one: the
 * seq that is missing makes every reader of the log load everything anew, so no node has to understand what was edited. It
 * takes it before its first row, as mutations do, so that the two wait for each other in one order. The rows get the seq,
 * so that a call that finds nothing left to do waits for it as well.
 *
 * The program marks its own transactions (\`keyhold.writer\`).
 */
export const editsByHand = `
CREATE FUNCTION keyhold_note_edit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  edit_seq bigint;
BEGIN
  UPDATE head SET seq = seq + 2 RETURNING seq INTO edit_seq;
  INSERT INTO change (seq, kind, subject, payload, at_ms)
  VALUES (edit_seq, 'edit_by_hand', TG_TABLE_NAME, '{"kind":"edit_by_hand"}',
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  PERFORM set_config('keyhold.edit_seq', edit_seq::text, true);
  PERFORM pg_notify('keyhold', 'committed'); -- nodes look when the edit commits
  RETURN NULL;
END $$;

CREATE FUNCTION keyhold_stamp_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.seq := current_setting('keyhold.edit_seq')::bigint;
  RETURN NEW;
END $$;

${REPLICATED.map(
  (table) => `
CREATE TRIGGER note_edit BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
  FOR EACH STATEMENT ${BY_HAND} EXECUTE FUNCTION keyhold_note_edit();`,
).join('')}
${STAMPED.map(
  (table) => `
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON ${table}
  FOR EACH ROW ${BY_HAND} EXECUTE FUNCTION keyhold_stamp_edit();`,
).join('')}
`;
