-- The same, by a comparison: for a list SQLite fills a table of its own, for each row that is written.
-- `state + 0` is no column by which another index would be preferred.
DROP INDEX delivery_author;
CREATE INDEX delivery_author ON delivery (rcpt, author, id) WHERE state + 0 < 3;
DROP INDEX delivery_typed;
CREATE INDEX delivery_typed ON delivery (address, author, id)
    WHERE address IS NOT NULL AND state + 0 < 3;
