-- What was sent to a number or mail address since somebody asked for something, whatever has become of
-- it.
DROP INDEX delivery_address;
CREATE INDEX delivery_address ON delivery (address, id) WHERE address IS NOT NULL;
