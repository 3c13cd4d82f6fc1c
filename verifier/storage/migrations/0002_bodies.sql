-- Bodies that publish a record, people who signed in elsewhere, accounts that are looked at again, instances.

-- checked_at: when its DNS record was last seen; security: what DNSSEC said of it then.
-- vouched_at: when the body above it (parent_id) named it, in the place of a record of its own.
ALTER TABLE body ADD COLUMN checked_at BIGINT;
ALTER TABLE body ADD COLUMN security TEXT;
-- contact_key: HMAC of the mailbox that acts for it: whoever had its record published, or whom the body above named.
ALTER TABLE body ADD COLUMN vouched_at BIGINT;
ALTER TABLE body ADD COLUMN contact_key BYTEA;

-- subject: HMAC of who the OpenID provider says that it is, once known: a mailbox may pass to somebody else (T07).
ALTER TABLE identity ADD COLUMN subject BYTEA;

-- mail_domain: of the mailbox, which itself is forgotten. contact_key: HMAC of the mailbox that acts for a body.
-- subject: as of identity, until the order ends.
ALTER TABLE "order" ADD COLUMN mail_domain TEXT;
ALTER TABLE "order" ADD COLUMN contact_key BYTEA;
ALTER TABLE "order" ADD COLUMN subject BYTEA;

-- checked_at: when the account was last seen to be as it was pinned. failing_since: unreachable from then on.
-- missing_since: "not found" from then on. warned_at: when its holder was told. drifted_at: seen with another key or
-- actor. next_check_at: when to look again.
-- host: of its actor; of accounts from before, their own id until they are looked at.
ALTER TABLE account ADD COLUMN checked_at BIGINT;
ALTER TABLE account ADD COLUMN failing_since BIGINT;
ALTER TABLE account ADD COLUMN missing_since BIGINT;
ALTER TABLE account ADD COLUMN warned_at BIGINT;
ALTER TABLE account ADD COLUMN drifted_at BIGINT;
ALTER TABLE account ADD COLUMN next_check_at BIGINT;
ALTER TABLE account ADD COLUMN host TEXT;
UPDATE account SET host = id, next_check_at = 0;
CREATE INDEX account_to_check ON account (next_check_at, host) WHERE current = 1;
CREATE INDEX account_by_host ON account (host, next_check_at) WHERE current = 1;

-- Who looks at the accounts of a host now (lease_until), and when all of them were suspended together (T34).
CREATE TABLE watched_host (
    host        TEXT   PRIMARY KEY,
    lease_until BIGINT NOT NULL,
    alarmed_at  BIGINT
);

-- failing_since: its DNS record cannot be seen from then on. denied_since: an answer that nobody signed says no from
-- then on. next_check_at: when to look again.
ALTER TABLE body ADD COLUMN failing_since BIGINT;
ALTER TABLE body ADD COLUMN denied_since BIGINT;
ALTER TABLE body ADD COLUMN next_check_at BIGINT NOT NULL DEFAULT 0;

CREATE INDEX outbox_to_send ON outbox (kind, next_at);

-- A whole instance run by a body: its accounts read as hosted until ended_at.
CREATE TABLE instance (
    host          TEXT   PRIMARY KEY,
    body_id       TEXT   NOT NULL REFERENCES body (id),
    evidence      TEXT   NOT NULL,
    proved_at     BIGINT NOT NULL,
    checked_at    BIGINT NOT NULL,
    tried_at      BIGINT,
    failing_since BIGINT,
    denied_since  BIGINT,
    ended_at      BIGINT,
    reason        TEXT
);
CREATE INDEX instance_by_body ON instance (body_id) WHERE ended_at IS NULL;
