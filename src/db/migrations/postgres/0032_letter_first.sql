-- Codes and notices that are to be sent, without the invitations (1) that a budget has put off.
CREATE INDEX letter_first ON letter (due_at) WHERE state < 2 AND kind <> 1;
