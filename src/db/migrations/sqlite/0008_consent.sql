-- When he wants to be asked: 0 remote, 1 always, 2 never; none is as the operator says.
ALTER TABLE account ADD COLUMN ask INTEGER;
-- Whether he has refused or blocked anybody: only then is that looked up for each share.
ALTER TABLE account ADD COLUMN guarded INTEGER NOT NULL DEFAULT 0;
-- Whether the operator lets him send nothing.
ALTER TABLE account ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;

-- What somebody has said about who may show him something.
CREATE TABLE consent (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    -- A bare address; or a domain, which can only be blocked.
    other TEXT NOT NULL,
    -- 0 he was asked and has not answered, 1 yes, 2 no, 3 blocked.
    verdict INTEGER NOT NULL,
    since INTEGER NOT NULL,
    -- The number of the request while it is open, else 0.
    number INTEGER NOT NULL,
    PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_verdict ON consent (account, verdict, since);

-- Whom the operator lets send nothing; stays when he leaves.
CREATE TABLE bar (
    jid TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people complain about, for the administrators.
CREATE TABLE report (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    reporter TEXT NOT NULL,
    accused TEXT NOT NULL,
    -- 0 spam, 1 abuse.
    reason INTEGER NOT NULL,
    -- The code of the share it is about; empty when it is about none.
    ref_code TEXT NOT NULL,
    text TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    UNIQUE (reporter, accused, ref_code)
) STRICT;
CREATE INDEX report_at ON report (reported_at);
