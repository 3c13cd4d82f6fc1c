-- What lookups are answered, and for whom it changed.

-- key: a handle in lower case, a host, an actor id or a profile URL, by kind. Numbers follow each other without a gap;
-- the oldest rows are forgotten.
CREATE TABLE changed (
    seq  BIGINT PRIMARY KEY,
    kind TEXT   NOT NULL,
    key  TEXT   NOT NULL
);

-- The few that are listed are found without reading all, and not by reading what was signed.
CREATE INDEX attestation_listed ON attestation (order_id) WHERE listed = 1;
