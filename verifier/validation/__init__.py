"""The validation authority: one module for each way of proving an end of an attestation. Records, never rows."""

from collections.abc import Mapping

from .method import Method, State, Tools
from .methods.dns_01 import Dns01
from .methods.email_01 import Email01
from .methods.oauth_01 import OAuth01
from .methods.oidc_01 import Oidc01
from .methods.profile_token_01 import ProfileToken01
from .methods.rel_me_01 import RelMe01
from .methods.site_01 import Site01

METHODS: Mapping[str, Method] = {
    method.name: method for method in (RelMe01(), ProfileToken01(), OAuth01(), Email01(), Oidc01(), Dns01(), Site01())
}


def available(tools: Tools) -> Mapping[str, Method]:
    """The methods that this deployment is set up for."""
    return {name: method for name, method in METHODS.items() if name != "oidc-01" or tools.openid is not None}


__all__ = ["METHODS", "Method", "State", "Tools", "available"]
