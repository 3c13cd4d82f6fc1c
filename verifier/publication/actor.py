"""The service as an ActivityPub actor: so far, as much as others need to verify who signed a request.

Anybody may read it without a signature: two servers that ask each other for signatures could never read a key.
"""

from ..core import strict_json
from ..core.site import Site
from ..core.strict_json import Json

USER = "attestations"
ACTIVITY = "application/activity+json"
RSA, ED25519 = "#main-key", "#ed25519-key"

_CONTEXT: Json = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://www.w3.org/ns/did/v1",  # assertionMethod: without it, who reads JSON-LD sees no Ed25519 key
    "https://w3id.org/security/multikey/v1",
    {"webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger"}},
]


def key_id(site: Site) -> str:
    """Where the RSA key is that signs requests."""
    return site.actor + RSA


def handle(site: Site) -> str:
    return f"{USER}@{site.authority}"


def document(site: Site, *, name: str, rsa_pem: str, ed25519_multibase: str) -> bytes:
    """The ActivityPub actor, with its keys as everybody reads them (``publicKey``) and as FEP-521a says."""
    actor = site.actor
    return strict_json.dumps(
        {
            "@context": _CONTEXT,
            "id": actor,
            "type": "Service",
            "preferredUsername": USER,
            "webfinger": handle(site),
            "name": name,
            "url": f"{site.base_url}/",
            "inbox": f"{actor}/inbox",
            "outbox": f"{actor}/outbox",
            "attachment": [],
            "publicKey": {"id": actor + RSA, "owner": actor, "publicKeyPem": rsa_pem},
            "assertionMethod": [
                {
                    "id": actor + ED25519,
                    "type": "Multikey",
                    "controller": actor,
                    "publicKeyMultibase": ed25519_multibase,
                }
            ],
        }
    )


def jrd(site: Site) -> bytes:
    """What WebFinger says of it."""
    return strict_json.dumps(
        {
            "subject": f"acct:{handle(site)}",
            "aliases": [site.actor],
            "links": [
                {"rel": "self", "type": ACTIVITY, "href": site.actor},
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": f"{site.base_url}/"},
            ],
        }
    )


def is_named(site: Site, resource: str) -> bool:
    """Whether a WebFinger question is about it, in whatever case where case makes no difference: all but a path."""
    if resource.lower() == f"acct:{handle(site)}".lower():
        return True
    scheme, mark, rest = resource.partition("://")
    host, slash, path = rest.partition("/")
    return scheme.lower() + mark + host.lower() + slash + path == site.actor
