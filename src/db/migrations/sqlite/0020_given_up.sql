-- What has not left of what somebody sent to a number or mail address (states 0 to 2).
CREATE INDEX delivery_typed ON delivery (address, author, id)
    WHERE address IS NOT NULL AND state IN (0, 1, 2);
