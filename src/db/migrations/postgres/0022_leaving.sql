-- Collected cards outlive the account that had them: whoever leaves has left at once, and what they
-- collected goes in portions.
ALTER TABLE collected DROP CONSTRAINT collected_account_fkey;
