-- Who has left with more than one transaction removes: a timer.
CREATE TABLE erasure (
    account TEXT NOT NULL PRIMARY KEY,
    -- What he did until then goes; if he has joined again, what came later is another account's.
    left_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_left ON erasure (left_at);

-- Links to all that somebody has here. The files are written when they are fetched.
CREATE TABLE export (
    -- SHA-256 of the token in the link, which is not kept.
    hash BLOB NOT NULL PRIMARY KEY,
    -- None when its owner has left.
    account TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX export_account ON export (account, expires_at);
CREATE INDEX export_expires ON export (expires_at);

-- Who came with a code is forgotten when he leaves.
CREATE INDEX invitation_redeemed ON invitation (redeemed_by) WHERE redeemed_by IS NOT NULL;
