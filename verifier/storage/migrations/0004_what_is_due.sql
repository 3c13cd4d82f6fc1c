-- What is due is found without reading whole tables.

-- watched_from: when it was first proved, or named by the body above. Of others, that anybody may name in a request,
-- nothing can be due.
ALTER TABLE body ADD COLUMN watched_from BIGINT;
UPDATE body SET watched_from = COALESCE(proved_at, vouched_at, created_at)
    WHERE proved_at IS NOT NULL OR parent_id IS NOT NULL
    OR id IN (SELECT parent_id FROM body)
    OR id IN (SELECT body_id FROM identity WHERE type = 'institution')
    OR id IN (SELECT body_id FROM instance);
CREATE INDEX body_to_check ON body (next_check_at, id) WHERE watched_from IS NOT NULL;
CREATE INDEX body_by_parent ON body (parent_id);
CREATE INDEX identity_by_body ON identity (body_id);
CREATE INDEX order_by_domain ON "order" (domain, status);
