-- What waits for somebody in its order (held, parked), and what is queued by when it is due: what is
-- looked for is what is due later, however much is due already.
DROP INDEX delivery_waits;
CREATE INDEX delivery_waits ON delivery (rcpt, state, id) WHERE state + 0 < 2;
CREATE INDEX delivery_queued ON delivery (rcpt, due_at, id) WHERE state = 2;
-- What is let go together is due at one moment, and goes in its order.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (state, due_at, id) WHERE state < 5;
