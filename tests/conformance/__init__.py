"""An application apart, for the public conformance suites: issuer and verifier of anybody's credentials.

It signs what it is brought, with keys that live as long as it runs. Nothing of it is in the service.
"""
