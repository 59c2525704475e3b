-- When the recipient first answered: it stays when what they said goes with them.
ALTER TABLE delivery ADD COLUMN answered_at INTEGER;
UPDATE delivery SET answered_at = (SELECT MIN(n.said_at) FROM note n
    WHERE n.share_id = delivery.share_id AND n.author = delivery.rcpt AND n.kind <> 9)
    WHERE carries = 0 AND share_id IN (SELECT share_id FROM note);
-- What is kept back for whoever is away counts as handed over.
UPDATE delivery SET quiet_at = (SELECT s.accepted_at FROM share s WHERE s.id = delivery.share_id)
    WHERE state = 1 AND carries = 0 AND quiet_at IS NULL AND stream = 0 AND fail IS NULL;
-- Whoever typed a number or mail address knows its owner by that alone.
UPDATE delivery SET author = (SELECT own.address FROM delivery own WHERE own.id = delivery.about)
    WHERE carries > 0 AND state < 5 AND EXISTS (SELECT 1 FROM delivery own
    JOIN share s ON s.id = own.share_id WHERE own.id = delivery.about
    AND own.address IS NOT NULL AND s.sender = delivery.rcpt AND own.rcpt <> delivery.rcpt);
