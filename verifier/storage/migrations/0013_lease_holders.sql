-- Who holds a lease, drawn anew for each claim: two claims that end in the same second are told apart.
-- A release from before writes no holder; its own claims change lease_until, which is compared too.
ALTER TABLE challenge ADD COLUMN holder TEXT;
ALTER TABLE outbox ADD COLUMN holder TEXT;
ALTER TABLE job ADD COLUMN holder TEXT;
ALTER TABLE watched_host ADD COLUMN holder TEXT;
