-- Since when it has waited for the end of its recipient's quiet hours: what its sender is told then says
-- nothing of these.
ALTER TABLE delivery ADD COLUMN quiet_at BIGINT;
