-- What is asked about one sender, and what is held of them, however much else of theirs waits. An offer
-- that was taken back waits for nobody.
CREATE INDEX delivery_question ON delivery (rcpt, author, id) WHERE carries = -3;
CREATE INDEX delivery_held ON delivery (rcpt, author, id) WHERE state = 0;
UPDATE delivery SET undecided = FALSE WHERE undecided = TRUE
    AND share_id IN (SELECT id FROM share WHERE revoked_at IS NOT NULL);
