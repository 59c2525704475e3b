-- Whether pictures go to him.
ALTER TABLE account ADD COLUMN pictures INTEGER NOT NULL DEFAULT 1;
