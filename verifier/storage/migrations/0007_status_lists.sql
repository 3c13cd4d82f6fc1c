-- A signed list follows the rows that it states: no change of a row waits for a signature.

-- version: counts what the list must say anew, a change of its rows or of the keys. signed_version: which of these the
-- stored body says. due_since: when the first change came that it does not say. Lists of before are all signed again.
ALTER TABLE status_list ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE status_list ADD COLUMN signed_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE status_list ADD COLUMN due_since BIGINT NOT NULL DEFAULT 0;
UPDATE status_list SET due_since = signed_at;
