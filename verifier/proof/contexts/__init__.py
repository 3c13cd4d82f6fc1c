"""JSON-LD contexts, from pinned bytes only: none is ever fetched (T43).

``credentials-v2.jsonld`` is https://www.w3.org/ns/credentials/v2 as published by W3C (w3c/vc-data-model,
revision 08b83e46; W3C Software and Document License, https://www.w3.org/copyright/software-license-2023/).
Our own context is ``schemas/context/fediverse-account-v1.jsonld``: frozen, the same at every deployment.
"""

import hashlib
from collections.abc import Mapping
from copy import copy
from importlib.resources import files
from typing import Any, Self

from ...core.attestation import CREDENTIALS_V2
from ...core.errors import ConfigError, ProofError
from ...core.site import Site
from ...core.strict_json import Json, loads
from .. import schemas

V2_FILE = "credentials-v2.jsonld"
OWN_FILE = "context/fediverse-account-v1.jsonld"

# SHA-256 of what is signed under: another byte could give every member another meaning.
PINS = {
    V2_FILE: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    OWN_FILE: "2aac85a7c2ec481e539359e60860b7c598a269263f49fa561ca988ce014b596d",
}


class Contexts:
    """The contexts that documents may name.

    :param pinned: the bytes at each URL
    :ivar names: which URL holds which of PINS, byte for byte: what ``fixed_shape`` may stand for
    """

    def __init__(self, pinned: Mapping[str, bytes]) -> None:
        self._documents = {url: loads(data) for url, data in pinned.items()}
        by_digest = {digest: name for name, digest in PINS.items()}
        digests = {url: hashlib.sha256(data).hexdigest() for url, data in pinned.items()}
        self.names = {url: by_digest[digest] for url, digest in digests.items() if digest in by_digest}
        # What the JSON-LD processor makes of them, kept between documents; see proof.rdfc.
        self.resolved: dict[str, Any] = {}

    def through_pyld(self) -> Self:
        """The same contexts, under which every document takes the long way."""
        long = copy(self)
        long.names = {}
        return long

    def load(self, url: str) -> Json:
        """The context document at `url`.

        :raises ProofError: ``context-unknown``
        """
        try:
            return self._documents[url]
        except KeyError:
            raise ProofError("context-unknown", url=url[:200]) from None


def of_site(site: Site) -> Contexts:
    """The two contexts of our attestations.

    :raises ConfigError: their bytes are not those that attestations are signed under
    """
    return Contexts(
        {
            CREDENTIALS_V2: _pinned(V2_FILE, (files(__name__) / V2_FILE).read_bytes()),
            site.context: _pinned(OWN_FILE, schemas.read(OWN_FILE)),
        }
    )


def _pinned(name: str, data: bytes) -> bytes:
    if hashlib.sha256(data).hexdigest() != PINS[name]:
        raise ConfigError(f"{name}: this file was changed; attestations are signed under its exact bytes. Reinstall.")
    return data
