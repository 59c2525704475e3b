-- What one transaction could not finish, and is gone on with in the next ones: a timer. Those who
-- have left (`erasure`) are one kind of it.
CREATE TABLE unfinished (
    account TEXT NOT NULL,
    -- See domain::unfinished.
    kind BIGINT NOT NULL,
    -- What else it is about; '' when nothing.
    other TEXT NOT NULL,
    since BIGINT NOT NULL,
    -- When it is gone on with.
    due_at BIGINT NOT NULL,
    PRIMARY KEY (account, kind, other)
);
CREATE INDEX unfinished_due ON unfinished (due_at);
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT account, 0, '', left_at, left_at FROM erasure;
DROP TABLE erasure;
