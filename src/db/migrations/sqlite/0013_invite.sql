-- When an invitation is to be sent, or looked at again: a timer.
ALTER TABLE invitation ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX invitation_due ON invitation (due_at) WHERE state = 0;
CREATE INDEX invitation_made ON invitation (made_at);

-- Who has asked whom, as keyed hashes. It outlives both accounts: nobody is asked more often
-- because somebody has left and joined again.
CREATE TABLE asked (
    inviter BLOB NOT NULL,
    address BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (inviter, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_address ON asked (address, asked_at);
CREATE INDEX asked_inviter ON asked (inviter, asked_at);
CREATE INDEX asked_at ON asked (asked_at);
