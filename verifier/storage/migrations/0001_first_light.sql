-- Times are whole Unix seconds (BIGINT), flags 0 or 1, JSON is TEXT, what was signed is BYTEA and never parsed here.
-- A migration is applied once, forward only, and the code before it must survive it.

CREATE TABLE body (
    id          TEXT   PRIMARY KEY,
    domain      TEXT   NOT NULL UNIQUE,
    name        TEXT   NOT NULL,
    parent_id   TEXT   REFERENCES body (id),
    siren       TEXT,
    token       TEXT,
    proved_at   BIGINT,
    proof_until BIGINT,
    created_at  BIGINT NOT NULL
);

-- key: HMAC of the mailbox without its tag (agent), or of the domain (institution): who somebody is.
-- contact: where to write to them; the mailbox, until they choose another address.
CREATE TABLE identity (
    id          TEXT   PRIMARY KEY,
    type        TEXT   NOT NULL,
    key         BYTEA  NOT NULL UNIQUE,
    body_id     TEXT   NOT NULL REFERENCES body (id),
    contact     TEXT,
    class       TEXT   NOT NULL,
    proved_at   BIGINT NOT NULL,
    proof_until BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- One row per pin. order_id: the order whose page and attestation speak for the handle.
CREATE TABLE account (
    id          TEXT   PRIMARY KEY,
    handle      TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    profile     TEXT   NOT NULL,
    key_digest  TEXT   NOT NULL,
    published   TEXT,
    pinned_at   BIGINT NOT NULL,
    order_id    TEXT   NOT NULL,
    current     BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_by_handle ON account (handle) WHERE current = 1;
CREATE INDEX account_by_order ON account (order_id);
CREATE INDEX account_by_actor ON account (actor);
CREATE INDEX account_by_profile ON account (profile);

CREATE TABLE "order" (
    id             TEXT   PRIMARY KEY,
    token_digest   BYTEA  NOT NULL,
    status         TEXT   NOT NULL,
    handle         TEXT   NOT NULL,
    identity_type  TEXT   NOT NULL,
    identity_key   BYTEA  NOT NULL,
    mailbox        TEXT,
    domain         TEXT   NOT NULL,
    body_id        TEXT   REFERENCES body (id),
    identity_id    TEXT   REFERENCES identity (id),
    account_id     TEXT   REFERENCES account (id),
    attestation_id TEXT,
    decision       TEXT   NOT NULL,
    class          TEXT   NOT NULL,
    rule           TEXT   NOT NULL,
    policy_version TEXT   NOT NULL,
    listed         BIGINT NOT NULL,
    affiliation    TEXT   NOT NULL,
    locale         TEXT   NOT NULL,
    reason         TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX order_by_status ON "order" (status, updated_at);
CREATE INDEX order_by_handle ON "order" (handle);

CREATE TABLE "authorization" (
    order_id TEXT NOT NULL REFERENCES "order" (id),
    "end"    TEXT NOT NULL,
    needs    TEXT NOT NULL,
    status   TEXT NOT NULL,
    PRIMARY KEY (order_id, "end")
);

-- state: what the method remembers between begin and check. lease_until: who works on it now, until when.
CREATE TABLE challenge (
    order_id    TEXT   NOT NULL REFERENCES "order" (id),
    type        TEXT   NOT NULL,
    "end"       TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    record_id   BIGINT,
    lease_until BIGINT NOT NULL,
    PRIMARY KEY (order_id, type)
);

CREATE TABLE validation_record (
    id             BIGINT PRIMARY KEY,
    order_id       TEXT   NOT NULL REFERENCES "order" (id),
    method         TEXT   NOT NULL,
    "end"          TEXT   NOT NULL,
    view           TEXT   NOT NULL,
    valid          BIGINT NOT NULL,
    checked_at     BIGINT NOT NULL,
    problem        TEXT,
    evidence       TEXT   NOT NULL,
    account        TEXT,
    policy_version TEXT   NOT NULL,
    class          TEXT   NOT NULL,
    consent        TEXT   NOT NULL,
    locale         TEXT   NOT NULL
);
CREATE INDEX validation_record_by_order ON validation_record (order_id, id);

-- intent: the document before its proofs. body: the signed bytes, served as they are. Steps done are times.
CREATE TABLE attestation (
    id                TEXT   PRIMARY KEY,
    order_id          TEXT   NOT NULL REFERENCES "order" (id),
    account_id        TEXT   REFERENCES account (id),
    identity_id       TEXT   REFERENCES identity (id),
    previous_id       TEXT   REFERENCES attestation (id),
    issuer            TEXT   NOT NULL,
    handle            TEXT   NOT NULL,
    intent            BYTEA  NOT NULL,
    body              BYTEA,
    revocation_list   BIGINT NOT NULL,
    revocation_index  BIGINT NOT NULL,
    suspension_list   BIGINT NOT NULL,
    suspension_index  BIGINT NOT NULL,
    listed            BIGINT NOT NULL,
    valid_from        BIGINT NOT NULL,
    valid_until       BIGINT NOT NULL,
    reserved_at       BIGINT NOT NULL,
    linted_at         BIGINT,
    signed_at         BIGINT,
    published_at      BIGINT,
    suspended_at      BIGINT,
    revoked_at        BIGINT,
    expired_at        BIGINT,
    UNIQUE (revocation_list, revocation_index),
    UNIQUE (suspension_list, suspension_index)
);
CREATE INDEX attestation_by_order ON attestation (order_id);
CREATE INDEX attestation_by_handle ON attestation (handle, published_at);
CREATE INDEX attestation_by_identity ON attestation (identity_id);
CREATE INDEX attestation_by_end ON attestation (valid_until) WHERE published_at IS NOT NULL;
CREATE INDEX attestation_suspended ON attestation (suspension_list) WHERE suspended_at IS NOT NULL;
CREATE INDEX attestation_revoked ON attestation (revocation_list) WHERE revoked_at IS NOT NULL;

-- body: the verdict's JSON exactly as the doors answer it.
CREATE TABLE verdict (
    order_id TEXT   NOT NULL REFERENCES "order" (id),
    version  BIGINT NOT NULL,
    status   TEXT   NOT NULL,
    reason   TEXT,
    at       BIGINT NOT NULL,
    body     BYTEA  NOT NULL,
    current  BIGINT NOT NULL,
    PRIMARY KEY (order_id, version)
);
CREATE UNIQUE INDEX verdict_now ON verdict (order_id) WHERE current = 1;

-- What a lookup of that handle gets, ready to be sent: the current verdict of the order that speaks for it, in one read.
CREATE TABLE answer (
    handle TEXT  PRIMARY KEY,
    etag   TEXT  NOT NULL,
    body   BYTEA NOT NULL
);

CREATE TABLE event (
    seq            BIGINT PRIMARY KEY,
    at             BIGINT NOT NULL,
    kind           TEXT   NOT NULL,
    attestation_id TEXT   NOT NULL REFERENCES attestation (id),
    handle         TEXT   NOT NULL,
    listed         BIGINT NOT NULL,
    reason         TEXT
);

CREATE TABLE status_list (
    purpose   TEXT   NOT NULL,
    number    BIGINT NOT NULL,
    length    BIGINT NOT NULL,
    body      BYTEA  NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, number)
);

-- What must leave the house (deliveries), and what the clockwork must do. lease_until: taken until then.
CREATE TABLE outbox (
    id          BIGINT PRIMARY KEY,
    kind        TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    next_at     BIGINT NOT NULL
);

CREATE TABLE job (
    name        TEXT   PRIMARY KEY,
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    next_at     BIGINT NOT NULL
);

CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
