-- Invitations outlive the account that made them: whoever leaves has left at once, and what they had
-- invited goes in portions.
ALTER TABLE invitation DROP CONSTRAINT invitation_inviter_fkey;
