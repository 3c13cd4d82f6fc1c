"""The validation authority: one module for each way of proving an end of an attestation. Records, never rows."""

from collections.abc import Mapping

from .email import Email01
from .method import Method, State, Tools
from .profile_token import ProfileToken01
from .rel_me import RelMe01

METHODS: Mapping[str, Method] = {method.name: method for method in (RelMe01(), ProfileToken01(), Email01())}

__all__ = ["METHODS", "Method", "State", "Tools"]
