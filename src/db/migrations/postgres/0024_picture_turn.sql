-- How many addresses its asker had asked for in the hour before this one: the lowest is fetched first.
ALTER TABLE picture_source ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
-- First tries come before second ones, whoever asks for them.
CREATE INDEX picture_source_turn ON picture_source (attempt, turn, due_at) WHERE state < 2;
DROP INDEX picture_source_due;
