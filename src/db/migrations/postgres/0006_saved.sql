-- Links to what somebody keeps of a share. The files are written when they are fetched.
CREATE TABLE saved (
    -- SHA-256 of the token in the link, which is not kept.
    hash BYTEA NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    share_id UUID NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    -- The one conversation that a recipient sees; none for the sender, who sees all.
    about UUID,
    expires_at BIGINT NOT NULL
);
CREATE INDEX saved_account ON saved (account, expires_at);
CREATE INDEX saved_share ON saved (share_id);
CREATE INDEX saved_expires ON saved (expires_at);
