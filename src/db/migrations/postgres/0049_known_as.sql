-- The name under which a card was saved, or that whoever keeps it gave it, and whether it is their own
-- word. What the giver has called it since is not what they mean by it.
ALTER TABLE collected ADD COLUMN known_as TEXT NOT NULL DEFAULT '';
ALTER TABLE collected ADD COLUMN own_name BOOLEAN NOT NULL DEFAULT FALSE;
-- Of one that follows nobody knows whose word its name is.
UPDATE collected SET known_as = name, own_name = giver IS NULL WHERE follows = FALSE;
