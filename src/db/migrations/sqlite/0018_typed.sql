-- What was sent to a number or mail address is found by it, whoever has it.
CREATE INDEX delivery_address ON delivery (address) WHERE address IS NOT NULL;
