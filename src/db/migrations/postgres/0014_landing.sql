-- Links with which somebody who was invited makes himself an account on the server.
CREATE TABLE account_link (
    -- SHA-256 of the invitation's code. What was made is counted for a day, whatever becomes of
    -- the invitation.
    invitation BYTEA NOT NULL PRIMARY KEY,
    -- Empty while the server is being asked.
    uri TEXT NOT NULL,
    page TEXT,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_link_made ON account_link (made_at);
CREATE INDEX account_link_expires ON account_link (expires_at);
