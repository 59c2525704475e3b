-- Whose turn it is among those who have much to be gone on with: an account's, or a whole site's.
ALTER TABLE unfinished ADD COLUMN turn TEXT;
UPDATE unfinished SET turn = account WHERE due_at < 1000000000000;
DROP INDEX unfinished_turn;
CREATE INDEX unfinished_turn ON unfinished (turn, due_at) WHERE turn IS NOT NULL;
