"""Where the service lives: every absolute URL that it writes is made here."""

from dataclasses import dataclass
from urllib.parse import quote

CONTEXT_PATH = "/contexts/fediverse-account/v1"
SCHEMA_PATH = "/schemas/fediverse-account-attestation-v1.json"


@dataclass(frozen=True, slots=True)
class Site:
    """:param base_url: the public origin, ``https://host`` without a trailing slash (loopback http in the sandbox)"""

    base_url: str

    @property
    def did(self) -> str:
        """``did:web`` of the origin; a port's colon is percent-encoded (did:web method, 3.1)."""
        return "did:web:" + quote(self.authority, safe=".-")

    @property
    def authority(self) -> str:
        """The host, with its port in a sandbox."""
        return self.base_url.partition("://")[2]

    @property
    def actor(self) -> str:
        """The service's own ActivityPub actor."""
        return f"{self.base_url}/actor"

    @property
    def context(self) -> str:
        return self.base_url + CONTEXT_PATH

    @property
    def schema(self) -> str:
        return self.base_url + SCHEMA_PATH

    def page(self, order_id: str) -> str:
        return f"{self.base_url}/v/{order_id}"

    def order(self, order_id: str) -> str:
        return f"{self.base_url}/api/v1/orders/{order_id}"

    def challenge(self, order_id: str, type_: str) -> str:
        return f"{self.order(order_id)}/challenges/{type_}"

    def attestation(self, attestation_id: str) -> str:
        return f"{self.base_url}/attestations/{attestation_id}"

    def affiliation(self, domain: str) -> str:
        return f"{self.base_url}/affiliations/{domain}"

    def status_list(self, purpose: str, number: int) -> str:
        return f"{self.base_url}/status/{purpose}/{number}"
