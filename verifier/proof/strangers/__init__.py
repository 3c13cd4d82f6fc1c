"""Credentials of others: the whole W3C data model, not the one shape of an attestation.

For conformance and for tools. No door of the service appraises a stranger's credential: nothing else of the
package imports this one.
"""
