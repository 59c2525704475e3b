-- Cards that somebody has not decided about: not those that were cancelled before they came, however
-- many they are.
DROP INDEX delivery_undecided;
CREATE INDEX delivery_undecided ON delivery (rcpt, handle) WHERE undecided = TRUE AND state + 0 < 7;
