-- What was sent to a number or mail address and waits for its owner's word.
CREATE INDEX delivery_held_typed ON delivery (rcpt, address, id) WHERE state = 0 AND address IS NOT NULL;
