-- What somebody was sent and will not get, of whom: it takes a place of its sender's day, as if they had
-- not joined.
CREATE INDEX delivery_kept_back ON delivery (rcpt, author, id) WHERE state = 9 AND carries = 0;
