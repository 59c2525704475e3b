-- Collected cards outlive the account that had them: whoever leaves has left at once, and what they
-- collected goes in portions. SQLite cannot drop a foreign key; this is how it says that it is done
-- (lang_altertable.html, 7).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES account (jid) ON DELETE CASCADE', '')
    WHERE type = 'table' AND name = 'collected';
PRAGMA writable_schema = RESET;
-- So that other connections read it again: a table that comes or goes tells them.
CREATE TABLE reread (no INTEGER NOT NULL) STRICT;
DROP TABLE reread;
