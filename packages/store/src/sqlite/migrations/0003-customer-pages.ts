/** Pages where customers manage their keys. */
export const customerPages = `
-- What the host says of the person whom it sends: a name for lists, and where the page's way back leads.
ALTER TABLE portal_session ADD COLUMN user_name TEXT;
ALTER TABLE portal_session ADD COLUMN return_url TEXT;
-- When the one-time code of the session's link was exchanged.
ALTER TABLE portal_session ADD COLUMN code_used_at_ms INTEGER;
-- The person behind the portal session that issued the key, as the host named them; the session's row does not last.
ALTER TABLE key ADD COLUMN created_by_name TEXT;
-- 1: a customer disabled the key, and may enable it again. Has no meaning while disabled_at_ms is null.
ALTER TABLE key ADD COLUMN disabled_by_customer INTEGER NOT NULL DEFAULT 0;
`;
