-- Whose turn it is among those who have much to be gone on with.
CREATE INDEX unfinished_turn ON unfinished (account, due_at);
-- What somebody was sent and has not had, without all that was said about it; and that, by its share.
CREATE INDEX delivery_held_first ON delivery (rcpt, author, id) WHERE state = 0 AND carries = 0;
CREATE INDEX delivery_held_note ON delivery (share_id) WHERE state = 0 AND carries > 0;
