"""The methods of proof, one module each, named after it. A new one is added to a list here."""

from ..method import Declaration, Method
from . import instance_01, vouch_01
from .dns_01 import Dns01
from .email_01 import Email01
from .oauth_01 import OAuth01
from .oidc_01 import Oidc01
from .profile_token_01 import ProfileToken01
from .rel_me_01 import RelMe01
from .site_01 import Site01

CHALLENGES: dict[str, type[Method]] = {
    kind.declaration.name: kind for kind in (RelMe01, ProfileToken01, OAuth01, Email01, Oidc01, Dns01, Site01)
}
"""What an order may be asked for, the usual way first."""

DECLARATIONS: dict[str, Declaration] = {
    declaration.name: declaration
    for declaration in (
        *(kind.declaration for kind in CHALLENGES.values()),
        vouch_01.DECLARATION,
        instance_01.DECLARATION,
    )
}
"""Every method that evidence may name: the challenges, and what no order asks for."""
