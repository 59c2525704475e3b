-- The id under which the author's client knows it; empty when it gave none.
ALTER TABLE note ADD COLUMN stanza_id TEXT NOT NULL DEFAULT '';
-- 0 words, 1 a correction, 2 a reaction, 3 a retraction.
ALTER TABLE note ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;
-- The message it refers to, by the id that the reader's client knows, and whether the reader
-- wrote that himself.
ALTER TABLE note ADD COLUMN refers TEXT;
ALTER TABLE note ADD COLUMN refers_own BOOLEAN NOT NULL DEFAULT FALSE;
-- Further products, as they travel.
ALTER TABLE note ADD COLUMN products TEXT NOT NULL DEFAULT '';
CREATE INDEX note_stanza ON note (author, stanza_id);

-- What an account calls #12, be it sent to it or by it.
CREATE INDEX delivery_handle ON delivery (rcpt, handle);
CREATE INDEX share_handle ON share (sender, handle);
-- A conversation, in its order.
CREATE INDEX delivery_about ON delivery (about, id) WHERE about IS NOT NULL;
