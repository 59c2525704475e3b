-- What one sender sent to a number or mail address, however much others have sent there.
DROP INDEX delivery_address;
CREATE INDEX delivery_address ON delivery (address, author, id) WHERE address IS NOT NULL;
