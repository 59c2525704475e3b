-- Since when a card follows the changes of the giver's: what ends for all who follow it does not
-- end for those who begin to follow it later.
ALTER TABLE collected ADD COLUMN followed_at INTEGER NOT NULL DEFAULT 0;
