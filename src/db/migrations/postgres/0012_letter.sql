-- When it was last given to a gateway, and how often without knowing whether an earlier attempt
-- was taken; 0 is never.
ALTER TABLE letter ADD COLUMN sent_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE letter ADD COLUMN resent BIGINT NOT NULL DEFAULT 0;
-- The page where its reader says "never again".
ALTER TABLE letter ADD COLUMN stop TEXT;
CREATE INDEX letter_sent ON letter (sent_at);
-- When its owner was asked to show again that it is his; 0 is never. From then on it does not
-- count.
ALTER TABLE contact ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
-- The number or mail address that the sender typed, where the delivery goes to the account that has
-- shown it to be its own: all that the sender may see of the recipient.
ALTER TABLE delivery ADD COLUMN address TEXT;
