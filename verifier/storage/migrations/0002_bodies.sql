-- Bodies that publish a record, people who signed in elsewhere, accounts that are looked at again, instances.

-- checked_at: when its DNS record was last seen; security: what DNSSEC said of it then.
-- vouched_at: when the body above it (parent_id) named it, in the place of a record of its own.
ALTER TABLE body ADD COLUMN checked_at BIGINT;
ALTER TABLE body ADD COLUMN security TEXT;
ALTER TABLE body ADD COLUMN vouched_at BIGINT;

-- subject: HMAC of who the OpenID provider says that it is, once known: a mailbox may pass to somebody else (T07).
ALTER TABLE identity ADD COLUMN subject BYTEA;

-- mail_domain: of the mailbox, which itself is forgotten. contact_key: HMAC of the mailbox that acts for a body.
-- subject: as of identity, until the order ends.
ALTER TABLE "order" ADD COLUMN mail_domain TEXT;
ALTER TABLE "order" ADD COLUMN contact_key BYTEA;
ALTER TABLE "order" ADD COLUMN subject BYTEA;

-- checked_at: when the account was last seen to be as it was pinned. failing_since: unreachable from then on.
ALTER TABLE account ADD COLUMN checked_at BIGINT;
ALTER TABLE account ADD COLUMN failing_since BIGINT;
CREATE INDEX account_to_check ON account (checked_at) WHERE current = 1;

-- A whole instance run by a body: its accounts read as hosted until ended_at.
CREATE TABLE instance (
    host          TEXT   PRIMARY KEY,
    body_id       TEXT   NOT NULL REFERENCES body (id),
    evidence      TEXT   NOT NULL,
    proved_at     BIGINT NOT NULL,
    checked_at    BIGINT NOT NULL,
    failing_since BIGINT,
    ended_at      BIGINT,
    reason        TEXT
);
