-- What is to be sent is looked for by its channel, so that what one gateway does not take stands before
-- nothing that another would. The channel stands in a letter from the beginning.
UPDATE letter SET budget = CASE WHEN address LIKE 'tel:%' THEN 'tel:'
        WHEN address LIKE 'mailto:%' THEN 'mailto:' ELSE '' END
    WHERE state < 2;
DROP INDEX letter_first;
CREATE INDEX letter_way ON letter (budget, due_at) WHERE state < 2;
CREATE INDEX letter_way_first ON letter (budget, due_at) WHERE state < 2 AND kind <> 1;
