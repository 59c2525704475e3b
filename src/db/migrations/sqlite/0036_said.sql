-- What somebody has said of others outlives their account: whoever leaves has left at once, and this
-- goes in portions. As in 0022_leaving.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES account (jid) ON DELETE CASCADE', '')
    WHERE type = 'table' AND name = 'consent';
PRAGMA writable_schema = RESET;
-- So that other connections read it again: a table that comes or goes tells them.
CREATE TABLE reread (no INTEGER NOT NULL) STRICT;
DROP TABLE reread;
