-- What somebody has said of others outlives their account: whoever leaves has left at once, and this
-- goes in portions.
ALTER TABLE consent DROP CONSTRAINT consent_account_fkey;
