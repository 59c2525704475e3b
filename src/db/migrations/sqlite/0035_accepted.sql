-- Invitations that somebody may still come with or need not any more, of one address: not those that
-- were accepted (2) or withdrawn (3), however many there are.
CREATE INDEX invitation_open ON invitation (address, state, expires_at)
    WHERE state + 0 <> 2 AND state + 0 <> 3;
