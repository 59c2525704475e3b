-- What was fetched, made small and written anew. Its name is the SHA-256 of its bytes.
CREATE TABLE picture (
    hash BYTEA NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    small BYTEA NOT NULL,
    bytes BYTEA NOT NULL
);
CREATE INDEX picture_expires ON picture (expires_at);

-- The address that a product named, and how far fetching it has come: a timer.
CREATE TABLE picture_source (
    url TEXT NOT NULL PRIMARY KEY,
    hash BYTEA REFERENCES picture (hash),
    state BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- What is wanted or being fetched.
CREATE INDEX picture_source_due ON picture_source (due_at) WHERE state < 2;
CREATE INDEX picture_source_expires ON picture_source (expires_at);
CREATE INDEX picture_source_hash ON picture_source (hash);

-- Shares that wait for a picture, or for a share of the same sender that does (no url).
CREATE TABLE picture_wait (
    share_id UUID NOT NULL PRIMARY KEY REFERENCES share (id) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    url TEXT,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX picture_wait_sender ON picture_wait (sender, share_id);
CREATE INDEX picture_wait_url ON picture_wait (url);
CREATE INDEX picture_wait_until ON picture_wait (until_at);
