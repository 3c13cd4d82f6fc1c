-- Names as their servers spell them (T00f).

-- handle: from now on as the server spells it. folding: whether that server takes all spellings for one ("yes", "no",
-- "unknown", which counts as no); NULL: the pin is of before, in lower case, and any spelling is its name until it is
-- looked at. folding_asked_at: when that was last learned. folding_unknown_since: it cannot be learned from then on.
ALTER TABLE account ADD COLUMN folding TEXT;
ALTER TABLE account ADD COLUMN folding_asked_at BIGINT;
ALTER TABLE account ADD COLUMN folding_unknown_since BIGINT;

-- The folded name is an index and no column: what the code before writes is found too.
CREATE INDEX account_by_folded ON account (LOWER(handle)) WHERE current = 1;

-- folding: as of its account. All spellings of a name are next to each other, and found in one read.
ALTER TABLE answer ADD COLUMN folding TEXT;
CREATE INDEX answer_by_folded ON answer (LOWER(handle));
