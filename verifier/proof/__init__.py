"""Data Integrity proofs: canonical forms, cryptosuites, proof sets, DIDs, bit strings. Verification raises."""
