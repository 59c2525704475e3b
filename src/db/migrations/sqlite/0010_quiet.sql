-- When nothing is sent to him that he has not asked for: 22:00-07:00; and the time zone that is
-- meant: Europe/Rome, or +02:00.
ALTER TABLE account ADD COLUMN quiet TEXT;
ALTER TABLE account ADD COLUMN zone TEXT;
-- Whether he has refused us his presence. He is not asked again until he joins anew.
ALTER TABLE account ADD COLUMN declined INTEGER NOT NULL DEFAULT 0;
