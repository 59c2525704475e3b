-- What somebody says about a share that was delivered; deliveries carry it by its number.
CREATE TABLE note (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    author_nick TEXT,
    lang TEXT,
    text TEXT NOT NULL,
    said_at INTEGER NOT NULL
) STRICT;
CREATE INDEX note_share ON note (share_id, author, said_at);
