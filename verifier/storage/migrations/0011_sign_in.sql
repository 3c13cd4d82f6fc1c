-- Who holds a mailbox, for one browser: a code that was sent, then a session. Both are short-lived.

-- token_digest: SHA-256 of the browser's cookie. person: keyed hash of the mailbox.
CREATE TABLE sign_in (
    token_digest BYTEA  PRIMARY KEY,
    purpose      TEXT   NOT NULL,
    person       BYTEA  NOT NULL,
    mac          TEXT   NOT NULL,
    sent_at      BIGINT NOT NULL,
    tries        BIGINT NOT NULL
);
CREATE INDEX sign_in_by_sent ON sign_in (sent_at);

CREATE TABLE session (
    token_digest BYTEA  PRIMARY KEY,
    purpose      TEXT   NOT NULL,
    person       BYTEA  NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX session_by_expires ON session (expires_at);

-- The open orders of a mailbox.
CREATE INDEX order_by_contact ON "order" (contact_key)
    WHERE status IN ('pending', 'ready', 'in_review', 'needs_info', 'issuing');
