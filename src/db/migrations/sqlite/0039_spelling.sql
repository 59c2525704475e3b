-- A mail address is compared, hashed and kept in small letters: what stands here in others is found no
-- more. `lower` changes ASCII alone, of which they are.

-- What is known of them by keyed hashes cannot be made anew here: each spelling is put down, and gone
-- on with (domain::unfinished, Respelt).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT DISTINCT lower(address), 13, address, 0, 1 FROM (
        SELECT address FROM invitation UNION ALL SELECT address FROM letter
        UNION ALL SELECT address FROM delivery WHERE address IS NOT NULL) spelt
    WHERE address LIKE 'mailto:%' AND address <> lower(address);

-- Whoever has shown one last has it, as ever.
DELETE FROM contact WHERE address IN (SELECT address FROM (
        SELECT address, ROW_NUMBER() OVER (PARTITION BY lower(address)
            ORDER BY proved_at DESC, address DESC) AS place
        FROM contact WHERE address LIKE 'mailto:%') spelt
    WHERE place > 1);
UPDATE contact SET address = lower(address)
    WHERE address LIKE 'mailto:%' AND address <> lower(address);
-- Codes (`proof`) are good for ten minutes, as they are.

UPDATE letter SET address = lower(address)
    WHERE address LIKE 'mailto:%' AND address <> lower(address);

-- Of several spellings by one inviter the first stands for all. The others stay as they are, for the
-- links in their letters, until they are forgotten as every invitation is; those that have not left
-- find nothing held for them, and go.
UPDATE invitation SET address = lower(address) WHERE id IN (SELECT id FROM (
        SELECT id, address, ROW_NUMBER() OVER (PARTITION BY inviter, lower(address)
            ORDER BY address = lower(address) DESC, id) AS place
        FROM invitation WHERE address LIKE 'mailto:%') spelt
    WHERE place = 1 AND address <> lower(address));

-- What was sent to two spellings by one share is held for the first, and expires for the other.
UPDATE delivery SET rcpt = lower(rcpt) WHERE id IN (SELECT id FROM (
        SELECT id, rcpt, ROW_NUMBER() OVER (PARTITION BY share_id, carries, lower(rcpt)
            ORDER BY rcpt = lower(rcpt) DESC, id) AS place
        FROM delivery WHERE rcpt LIKE 'mailto:%') spelt
    WHERE place = 1 AND rcpt <> lower(rcpt));
UPDATE delivery SET address = lower(address)
    WHERE address LIKE 'mailto:%' AND address <> lower(address);
UPDATE delivery SET author = lower(author)
    WHERE author LIKE 'mailto:%' AND author <> lower(author);
UPDATE note SET author = lower(author)
    WHERE author LIKE 'mailto:%' AND author <> lower(author);

-- What is gone on with names them as its account (0) or as the other thing (4, 10, 11, 12).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT lower(account), kind, lower(other), since, due_at FROM unfinished
    WHERE kind IN (0, 4, 10, 11, 12) AND (account LIKE 'mailto:%' OR other LIKE '%mailto:%')
    AND (account <> lower(account) OR other <> lower(other))
    ORDER BY due_at
    ON CONFLICT (account, kind, other) DO NOTHING;
DELETE FROM unfinished
    WHERE kind IN (0, 4, 10, 11, 12) AND (account LIKE 'mailto:%' OR other LIKE '%mailto:%')
    AND (account <> lower(account) OR other <> lower(other));

-- What was held for other spellings of what somebody has shown goes to them (Proved).
INSERT INTO unfinished (account, kind, other, since, due_at)
    SELECT account, 4, address, 0, 0 FROM contact
    WHERE address LIKE 'mailto:%' AND asked_at = 0 AND EXISTS (
        SELECT 1 FROM delivery WHERE rcpt = contact.address AND state = 0)
    ON CONFLICT (account, kind, other) DO NOTHING;
