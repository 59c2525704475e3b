-- Invitations outlive the account that made them: whoever leaves has left at once, and what they had
-- invited goes in portions. As in 0022_leaving.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES account (jid) ON DELETE CASCADE', '')
    WHERE type = 'table' AND name = 'invitation';
PRAGMA writable_schema = RESET;
-- So that other connections read it again: a table that comes or goes tells them.
CREATE TABLE reread (no INTEGER NOT NULL) STRICT;
DROP TABLE reread;
