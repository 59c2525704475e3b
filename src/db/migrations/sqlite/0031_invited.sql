-- Who leaves: what they had invited until then, by its name, among what they have since.
CREATE INDEX invitation_name ON invitation (inviter, id);
