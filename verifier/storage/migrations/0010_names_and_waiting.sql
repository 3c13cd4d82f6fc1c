-- Names that applicants claim, and DNS records that are waited for.

-- What the applicant says that the body is called; people examine it.
ALTER TABLE "order" ADD COLUMN claimed_name TEXT;
-- Addresses at which the owners of the domains asked to be told (report=), divided by a space; until it is published.
ALTER TABLE "order" ADD COLUMN report TEXT;

-- When the service looks for it by itself.
ALTER TABLE challenge ADD COLUMN next_look_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX challenge_to_look ON challenge (next_look_at, order_id) WHERE type = 'dns-01' AND status <> 'valid';
