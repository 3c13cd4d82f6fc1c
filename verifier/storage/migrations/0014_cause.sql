-- What the service itself saw when it withdrew an attestation (core.models.Cause); NULL for an act of a person, and for
-- what is older than this column. No public answer has it.
ALTER TABLE verdict ADD COLUMN cause TEXT;
