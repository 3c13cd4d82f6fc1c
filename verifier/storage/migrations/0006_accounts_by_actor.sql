-- Attestations, past ones too, are found by the account: its actor (account_by_actor), its key, its handle in any case.

CREATE INDEX account_by_key ON account (key_digest);
CREATE INDEX attestation_by_account ON attestation (account_id);
CREATE INDEX attestation_by_folded_handle ON attestation (LOWER(handle));
