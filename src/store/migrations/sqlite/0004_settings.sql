-- Whether pictures go to him.
ALTER TABLE account ADD COLUMN pictures INTEGER NOT NULL DEFAULT 1;
-- What somebody calls by his own number.
CREATE INDEX IF NOT EXISTS share_handle ON share (sender, handle);
CREATE INDEX IF NOT EXISTS delivery_handle ON delivery (rcpt, handle);
