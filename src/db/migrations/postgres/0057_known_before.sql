-- Under which name a card was known before its last change, and whose word that was, if the change was its
-- keeper's own.
ALTER TABLE collected ADD COLUMN known_before TEXT;
ALTER TABLE collected ADD COLUMN own_before BOOLEAN NOT NULL DEFAULT FALSE;
-- When what was before was changed first.
ALTER TABLE collected ADD COLUMN before_since BIGINT;
UPDATE collected SET known_before = known_as, own_before = own_name, before_since = changed_at
    WHERE before IS NOT NULL;
