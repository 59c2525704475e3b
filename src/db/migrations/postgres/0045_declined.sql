-- Of whom a card waits for somebody's word: it is declined when they are refused or blocked.
CREATE INDEX delivery_undecided_of ON delivery (rcpt, author, id)
    WHERE undecided = TRUE AND state + 0 < 7;
