-- Nothing that one stanza asks for reads more the more there has been before.

-- What tells a message that comes again from a new one: a hash of who said what under which id.
ALTER TABLE note ADD COLUMN digest BYTEA;
CREATE INDEX note_digest ON note (digest, said_at) WHERE digest IS NOT NULL;
-- What somebody said under an id, the last first.
DROP INDEX note_stanza;
CREATE INDEX note_stanza ON note (author, stanza_id, no);
-- What was said about a share, in its order.
CREATE INDEX note_order ON note (share_id, no);
-- What carries a note.
CREATE INDEX delivery_note ON delivery (carries) WHERE carries > 0;
-- A share's own deliveries, without all that was said about it.
CREATE INDEX delivery_share ON delivery (share_id, id) WHERE carries = 0;
-- The same for what an account calls #12.
DROP INDEX delivery_handle;
CREATE INDEX delivery_handle ON delivery (rcpt, carries, handle, id);
DROP INDEX share_handle;
CREATE INDEX share_handle ON share (sender, handle, id);

-- Who has sent the share, or written the note: a bare JID.
ALTER TABLE delivery ADD COLUMN author TEXT NOT NULL DEFAULT '';
UPDATE delivery SET author = COALESCE(
    (SELECT n.author FROM note n WHERE n.no = delivery.carries),
    (SELECT s.sender FROM share s WHERE s.id = delivery.share_id), '');
-- What waits for somebody (states 0 to 2): in its order, and of whom.
CREATE INDEX delivery_waits ON delivery (rcpt, state, id) WHERE state < 3;
CREATE INDEX delivery_author ON delivery (rcpt, author, id) WHERE state IN (0, 1, 2);

-- Whether it brings a card that its recipient has not decided about.
ALTER TABLE delivery ADD COLUMN undecided BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE delivery SET undecided = TRUE WHERE id IN (SELECT delivery_id FROM tray WHERE state = 0);
CREATE INDEX delivery_undecided ON delivery (rcpt, handle) WHERE undecided = TRUE;
-- Which cards of somebody an account follows; and which offers of a card let it be followed.
CREATE INDEX collected_follow ON collected (account, giver, giver_card) WHERE follows = TRUE;
CREATE INDEX share_follow ON share (sender) WHERE card IS NOT NULL AND (offered & 4) <> 0;

-- What one person complains about, the last first.
CREATE INDEX report_reporter ON report (reporter, no);
-- Streams that nobody has closed.
CREATE INDEX stream_open ON stream (no) WHERE closed_at IS NULL;
