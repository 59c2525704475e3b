-- Which shares need what came from an address. With the last of them it goes.
CREATE TABLE picture_use (
    share_id UUID NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    PRIMARY KEY (share_id, url)
);
CREATE INDEX picture_use_url ON picture_use (url);

-- The address that showed a picture before it showed another one: messages may still show it.
ALTER TABLE picture ADD COLUMN former_of TEXT;
CREATE INDEX picture_former_of ON picture (former_of);

-- How many addresses a sender had fetched since a moment, an hour back at the most.
CREATE TABLE picture_ask (
    sender TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL,
    asked BIGINT NOT NULL
);
CREATE INDEX picture_ask_since ON picture_ask (since);
