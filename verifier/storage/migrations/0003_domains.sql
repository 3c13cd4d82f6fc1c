-- The registered domains of the hosts where attested accounts live, and of bodies (T34).

-- next_at: when to look again. name_servers, statuses: JSON lists; told: JSON object, times by name.
-- read_at: when the registry last answered. missing_since: it says from then on that there is no such domain.
-- bought_at: when it was seen to be registered anew. problem: why the registry did not answer the last time.
CREATE TABLE watched_domain (
    domain        TEXT   PRIMARY KEY,
    next_at       BIGINT NOT NULL,
    name_servers  TEXT   NOT NULL DEFAULT '[]',
    registered_at BIGINT,
    expires_at    BIGINT,
    changed_at    BIGINT,
    registrant    TEXT,
    statuses      TEXT   NOT NULL DEFAULT '[]',
    read_at       BIGINT,
    missing_since BIGINT,
    bought_at     BIGINT,
    problem       TEXT,
    told          TEXT   NOT NULL DEFAULT '{}'
);
CREATE INDEX watched_domain_due ON watched_domain (next_at);

-- subject: an account, of which the host of its actor and that of its handle count, a body, or the host of an instance.
CREATE TABLE domain_of (
    subject TEXT NOT NULL,
    domain  TEXT NOT NULL REFERENCES watched_domain (domain),
    PRIMARY KEY (subject, domain)
);
CREATE INDEX domain_of_by_domain ON domain_of (domain);
