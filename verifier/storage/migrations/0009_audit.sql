-- Who did what.

-- Who acted; NULL for what is older than these columns. No public answer has them.
ALTER TABLE event ADD COLUMN "by" TEXT;
ALTER TABLE verdict ADD COLUMN "by" TEXT;

-- The acts of people, in one chain: each entry has the digest of the one before. Nothing changes or deletes an entry.
-- commitment: HMAC-SHA-256(opening, person).
CREATE TABLE audit_entry (
    seq        BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    act        TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    commitment BYTEA  NOT NULL,
    previous   BYTEA  NOT NULL,
    digest     BYTEA  NOT NULL
);

-- What an erasure deletes: without its row, nothing leads from an entry to the person, and the chain still verifies.
CREATE TABLE audit_person (
    seq     BIGINT PRIMARY KEY REFERENCES audit_entry (seq),
    opening BYTEA  NOT NULL,
    person  TEXT   NOT NULL
);
