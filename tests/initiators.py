"""Who acts in tests that do not ask who acts."""

from verifier.core.initiator import operator

OPERATOR = operator("alice")
