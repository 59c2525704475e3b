-- The number of the question that they were asked last: the next one has the next, so that no number
-- means somebody else soon after.
ALTER TABLE account ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
UPDATE account SET asked = (SELECT MAX(number) FROM consent WHERE account = jid AND verdict = 0)
    WHERE jid IN (SELECT account FROM consent WHERE verdict = 0);
-- The questions that are open: about whom, and since when.
CREATE INDEX consent_asked ON consent (other, account) WHERE verdict = 0;
CREATE INDEX consent_since ON consent (since) WHERE verdict = 0;
