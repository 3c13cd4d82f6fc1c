"""Transparency logs in the formats of C2SP: what a log writes, what a reader checks. No input, no output.

``tree`` (RFC 6962) → ``tiles``, ``entries`` (its files) · ``keys`` → ``note`` → ``checkpoint`` → ``policy`` →
``proof_file`` · ``add_checkpoint`` (for witnesses) · ``audit``, ``report`` (all files of a log).
"""
