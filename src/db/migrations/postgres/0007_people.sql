-- Phone numbers and mail addresses that somebody has shown to be his: tel:+39…, mailto:….
CREATE TABLE contact (
    address TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    proved_at BIGINT NOT NULL,
    discoverable BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX contact_account ON contact (account);
CREATE INDEX contact_proved ON contact (proved_at);

-- A code that was sent to an address and has not come back yet.
CREATE TABLE proof (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    address TEXT NOT NULL,
    -- Keyed hash of the code.
    hash BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);
CREATE INDEX proof_expires ON proof (expires_at);

-- What leaves by mail and SMS: a timer. It stays for a while after its end, without its words,
-- so that what was spent can be counted.
CREATE TABLE letter (
    -- Also the key by which the gateway knows a second attempt for what it is.
    id UUID NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    -- On whose behalf.
    account TEXT NOT NULL,
    -- 0 a code, 1 an invitation, 2 a notice.
    kind BIGINT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    -- 0 waiting, 1 being sent, 2 taken by the gateway, 3 failed, 4 withdrawn.
    state BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    fail TEXT
);
CREATE INDEX letter_due ON letter (due_at) WHERE state < 2;
CREATE INDEX letter_made ON letter (made_at);
CREATE INDEX letter_account ON letter (account, made_at);
CREATE INDEX letter_address ON letter (address, made_at);

-- One for each sender and recipient.
CREATE TABLE invitation (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the code, which is not kept.
    hash BYTEA NOT NULL UNIQUE,
    inviter TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    address TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 0 kept back by a limit, 1 told, 2 accepted, 3 withdrawn, 4 could not be told.
    state BIGINT NOT NULL,
    -- Who came with its code; only he who proves the address gets what was held.
    redeemed_by TEXT,
    UNIQUE (inviter, address)
);
CREATE INDEX invitation_address ON invitation (address, made_at);
CREATE INDEX invitation_inviter ON invitation (inviter, made_at);
CREATE INDEX invitation_expires ON invitation (expires_at);

-- Who wants to hear nothing from anybody: keyed hashes of addresses, for ever.
CREATE TABLE silence (
    hash BYTEA NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);

-- Keys for keyed hashes, made at the first start.
CREATE TABLE key (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
