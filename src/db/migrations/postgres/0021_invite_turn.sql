-- When it is an account's turn that some of its invitations are looked at: a timer. None when it
-- wants to invite nobody.
ALTER TABLE account ADD COLUMN invites_at BIGINT;
CREATE INDEX account_invites ON account (invites_at, jid) WHERE invites_at IS NOT NULL;
UPDATE account SET invites_at = 0 WHERE jid IN (SELECT inviter FROM invitation WHERE state = 0);
DROP INDEX invitation_due;
CREATE INDEX invitation_turn ON invitation (inviter, due_at) WHERE state = 0;
