-- Whether pictures go to him.
ALTER TABLE account ADD COLUMN pictures BOOLEAN NOT NULL DEFAULT TRUE;
