CREATE TABLE account (
    jid TEXT PRIMARY KEY,
    nick TEXT,
    lang TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    next_handle INTEGER NOT NULL,
    sees_us INTEGER NOT NULL,
    seen_by_us INTEGER NOT NULL,
    online INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    suspended_until INTEGER NOT NULL,
    paced_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_sees_us ON account (jid) WHERE sees_us = 1;

CREATE TABLE share (
    id BLOB NOT NULL PRIMARY KEY,
    sender TEXT NOT NULL,
    sender_nick TEXT,
    submit_id TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    ref_code TEXT NOT NULL UNIQUE,
    handle INTEGER NOT NULL,
    comment_lang TEXT,
    comment TEXT,
    products TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    UNIQUE (sender, submit_id)
) STRICT;
-- What is to be forgotten.
CREATE INDEX share_expires_at ON share (expires_at);

CREATE TABLE delivery (
    id BLOB NOT NULL PRIMARY KEY,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    rcpt TEXT NOT NULL,
    handle INTEGER NOT NULL,
    held INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    resent INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    fail INTEGER,
    -- 0 the share, -1 that it was taken back, else the note with this number.
    carries INTEGER NOT NULL DEFAULT 0,
    -- The delivery of the share to whoever the conversation is with; none for the share itself.
    about BLOB,
    UNIQUE (share_id, rcpt, carries)
) STRICT, WITHOUT ROWID;
-- Every timer of a delivery that has not ended (states 0 to 4).
CREATE INDEX delivery_due ON delivery (state, due_at) WHERE state < 5;
-- What waits for somebody, or was handed over to him; what came last.
CREATE INDEX delivery_rcpt ON delivery (rcpt, state, sent_at) WHERE state < 7;

CREATE TABLE stream (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    boot TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;

CREATE TABLE leader (
    role TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
