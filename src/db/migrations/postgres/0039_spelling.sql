-- A mail address is compared, hashed and kept in small letters: what stands here in others is found no
-- more. They are of ASCII, and so lowered by its rules alone.

-- What is known of them by keyed hashes cannot be made anew here: each spelling is put down, and gone
-- on with (domain::unfinished, Respelt).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT DISTINCT lower(address COLLATE "C"), 13, address, 0, 1 FROM (
        SELECT address FROM invitation UNION ALL SELECT address FROM letter
        UNION ALL SELECT address FROM delivery WHERE address IS NOT NULL) spelt
    WHERE address LIKE 'mailto:%' AND address <> lower(address COLLATE "C");

-- Whoever has shown one last has it, as ever.
DELETE FROM contact WHERE address IN (SELECT address FROM (
        SELECT address, ROW_NUMBER() OVER (PARTITION BY lower(address COLLATE "C")
            ORDER BY proved_at DESC, address DESC) AS place
        FROM contact WHERE address LIKE 'mailto:%') spelt
    WHERE place > 1);
UPDATE contact SET address = lower(address COLLATE "C")
    WHERE address LIKE 'mailto:%' AND address <> lower(address COLLATE "C");
-- Codes (`proof`) are good for ten minutes, as they are.

UPDATE letter SET address = lower(address COLLATE "C")
    WHERE address LIKE 'mailto:%' AND address <> lower(address COLLATE "C");

-- Of several spellings by one inviter the first stands for all. The others stay as they are, for the
-- links in their letters, until they are forgotten as every invitation is; those that have not left
-- find nothing held for them, and go.
UPDATE invitation SET address = lower(address COLLATE "C") WHERE id IN (SELECT id FROM (
        SELECT id, address, ROW_NUMBER() OVER (PARTITION BY inviter, lower(address COLLATE "C")
            ORDER BY address = lower(address COLLATE "C") DESC, id) AS place
        FROM invitation WHERE address LIKE 'mailto:%') spelt
    WHERE place = 1 AND address <> lower(address COLLATE "C"));

-- What was sent to two spellings by one share is held for the first, and expires for the other.
UPDATE delivery SET rcpt = lower(rcpt COLLATE "C") WHERE id IN (SELECT id FROM (
        SELECT id, rcpt, ROW_NUMBER() OVER (PARTITION BY share_id, carries, lower(rcpt COLLATE "C")
            ORDER BY rcpt = lower(rcpt COLLATE "C") DESC, id) AS place
        FROM delivery WHERE rcpt LIKE 'mailto:%') spelt
    WHERE place = 1 AND rcpt <> lower(rcpt COLLATE "C"));
UPDATE delivery SET address = lower(address COLLATE "C")
    WHERE address LIKE 'mailto:%' AND address <> lower(address COLLATE "C");
UPDATE delivery SET author = lower(author COLLATE "C")
    WHERE author LIKE 'mailto:%' AND author <> lower(author COLLATE "C");
UPDATE note SET author = lower(author COLLATE "C")
    WHERE author LIKE 'mailto:%' AND author <> lower(author COLLATE "C");

-- What is gone on with names them as its account (0) or as the other thing (4, 10, 11, 12).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT lower(account COLLATE "C"), kind, lower(other COLLATE "C"), since, due_at FROM unfinished
    WHERE kind IN (0, 4, 10, 11, 12) AND (account LIKE 'mailto:%' OR other LIKE '%mailto:%')
    AND (account <> lower(account COLLATE "C") OR other <> lower(other COLLATE "C"))
    ORDER BY due_at
    ON CONFLICT (account, kind, other) DO NOTHING;
DELETE FROM unfinished
    WHERE kind IN (0, 4, 10, 11, 12) AND (account LIKE 'mailto:%' OR other LIKE '%mailto:%')
    AND (account <> lower(account COLLATE "C") OR other <> lower(other COLLATE "C"));

-- What was held for other spellings of what somebody has shown goes to them (Proved).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT account, 4, address, 0, 0 FROM contact
    WHERE address LIKE 'mailto:%' AND asked_at = 0 AND EXISTS (
        SELECT 1 FROM delivery WHERE rcpt = contact.address AND state = 0)
    ON CONFLICT (account, kind, other) DO NOTHING;
