-- What the sender says, spoken: a file as it travels. Most shares and notes have none.
ALTER TABLE share ADD COLUMN recording TEXT;
ALTER TABLE note ADD COLUMN recording TEXT;
