-- On whose behalf an account was made on the server: who invited, by a keyed hash, and the site of their
-- server, '' of the service's own people. Of what was made before nobody knows it.
ALTER TABLE account_link ADD COLUMN inviter BYTEA;
ALTER TABLE account_link ADD COLUMN site TEXT NOT NULL DEFAULT '';
-- The same of whoever has come with the code of such an invitation: what is made on their behalf counts as
-- made on behalf of who invited them.
ALTER TABLE account ADD COLUMN made_for BYTEA;
