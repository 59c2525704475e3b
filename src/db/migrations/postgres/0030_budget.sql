-- Whose a letter's share of a day's budget is: how the addresses begin that its channel reaches, and on
-- behalf of which other server's site it was sent, '' of the service's own people. With these a budget
-- is counted in an index. Of what was sent before, each domain counts as another server's.
ALTER TABLE letter ADD COLUMN budget TEXT NOT NULL DEFAULT '';
ALTER TABLE letter ADD COLUMN site TEXT NOT NULL DEFAULT '';
UPDATE letter SET budget = CASE WHEN address LIKE 'tel:%' THEN 'tel:'
        WHEN address LIKE 'mailto:%' THEN 'mailto:' ELSE '' END,
    site = '@' || substr(account, strpos(account, '@') + 1)
    WHERE sent_at > 0;
DROP INDEX letter_sent;
CREATE INDEX letter_budget ON letter (budget, sent_at, site);
CREATE INDEX letter_site ON letter (budget, site, sent_at);
