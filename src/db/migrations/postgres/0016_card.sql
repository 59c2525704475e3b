-- What is shown may be a business card in place of products, as vCard 4.0 text.
ALTER TABLE share ADD COLUMN card TEXT;
-- How it is offered: see domain::offer.
ALTER TABLE share ADD COLUMN offered BIGINT NOT NULL DEFAULT 0;
-- The share whose offer this answers, or whose card this is the new version of.
ALTER TABLE share ADD COLUMN answers UUID;

-- Whether a client of his has ever acknowledged an offer: only then is one sent again unasked.
ALTER TABLE account ADD COLUMN acks BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether those to whom he gives his card get its changes.
ALTER TABLE account ADD COLUMN card_updates BOOLEAN NOT NULL DEFAULT FALSE;

-- Somebody's own cards, by the names that he gives them; the first is called ''.
CREATE TABLE own_card (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Which fields go when it is given: names of domain::card::Part with spaces between; empty is all.
    parts TEXT NOT NULL,
    template TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    card TEXT NOT NULL,
    -- What goes of it, in the version that all who follow it have.
    told TEXT NOT NULL,
    -- When they are told the next time: a timer. None when they have it all.
    tell_at BIGINT,
    -- The version that they are being told of, and the last of them who was.
    telling TEXT,
    told_to UUID,
    -- When they were told last.
    told_at BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX own_card_tell ON own_card (tell_at) WHERE tell_at IS NOT NULL;

-- The new-cards tray: one for each delivery of a card.
CREATE TABLE tray (
    delivery_id UUID NOT NULL PRIMARY KEY,
    share_id UUID NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    -- Which of the giver's own cards it is; none for the card of somebody else.
    own_card TEXT,
    -- 0 waits, 1 taken, 2 declined.
    state BIGINT NOT NULL,
    decided_at BIGINT,
    -- When a client acknowledged it.
    acked_at BIGINT,
    -- When it is looked at whether it is to be sent again: a timer.
    again_at BIGINT NOT NULL,
    -- How often it was sent again.
    again BIGINT NOT NULL
);
CREATE INDEX tray_share ON tray (share_id);
CREATE INDEX tray_again ON tray (again_at);

-- Cards that somebody has taken. What a list shows comes first: the card may have 64 KiB.
CREATE TABLE collected (
    id UUID NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    -- His number for it, of the same row of numbers as everything that he sends or is sent.
    handle BIGINT NOT NULL,
    -- What it is called, where that person works, and what it is called as that is sorted.
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    sorted TEXT COLLATE "C" NOT NULL,
    -- Who gave it, and which of his own cards it is; none for what was brought in a file.
    giver TEXT,
    giver_card TEXT,
    -- Whether it is the card of a third person.
    third BOOLEAN NOT NULL,
    -- Whether it follows the changes of the giver's card.
    follows BOOLEAN NOT NULL,
    -- Which parts were taken: names of domain::card::Part with spaces between; empty is all.
    parts TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Deleted, and forgotten when undo_until comes.
    deleted_at BIGINT,
    -- The card that it was merged into, if it was deleted for that.
    merged_into UUID,
    -- Until when the last change, or the deletion, can be undone: a timer.
    undo_until BIGINT,
    -- What is searched in it, folded.
    words TEXT NOT NULL,
    card TEXT NOT NULL,
    -- What the last change replaced.
    before TEXT,
    UNIQUE (account, handle)
);
CREATE INDEX collected_sorted ON collected (account, sorted, id) WHERE deleted_at IS NULL;
CREATE INDEX collected_giver ON collected (giver, giver_card, id) WHERE follows = TRUE;
CREATE INDEX collected_undo ON collected (account, undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX collected_over ON collected (undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX collected_merged ON collected (merged_into) WHERE merged_into IS NOT NULL;

-- Categories of collected cards, folded for comparing and as they were written, in the order of
-- the list. Those of deleted cards are not here.
CREATE TABLE collected_category (
    account TEXT NOT NULL,
    category TEXT NOT NULL,
    sorted TEXT COLLATE "C" NOT NULL,
    collected_id UUID NOT NULL REFERENCES collected (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (account, category, sorted, collected_id)
);
CREATE INDEX collected_category_card ON collected_category (collected_id);

-- By what two cards are known to be of one person: xmpp:…, tel:+39…, mailto:…. Those of deleted
-- cards are not here.
CREATE TABLE collected_key (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    collected_id UUID NOT NULL REFERENCES collected (id) ON DELETE CASCADE,
    PRIMARY KEY (account, key, collected_id)
);
CREATE INDEX collected_key_card ON collected_key (collected_id);

-- Links to somebody's address book: one for opening, spent at the first use, and what that made.
CREATE TABLE card_desk (
    -- SHA-256 of the token, which is not kept.
    hash BYTEA NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    -- 0 a link that opens, 1 an open desk, 2 a link to a file.
    kind BIGINT NOT NULL,
    -- What the file holds: a handle, a category, or nothing for all.
    what TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX card_desk_account ON card_desk (account, expires_at);
CREATE INDEX card_desk_expires ON card_desk (expires_at);
