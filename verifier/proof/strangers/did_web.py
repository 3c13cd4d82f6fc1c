"""did:web of other issuers, through the guarded way out. Our own DID document is read without the network."""

from collections.abc import Mapping

from ...core.errors import BadInput, ProofError
from ...core.identifiers import HttpsUrl
from ...core.strict_json import Json, loads_object
from ...fetch import Fetcher
from ...signer import PublicKey
from ..sets import ResolveKey
from .forms import listed

_PREFIX = "did:web:"
_MAX_BYTES = 65_536


def address(did: str) -> HttpsUrl:
    """Where the DID document is (did:web method, Read): a host alone, or with a path; no port.

    :raises ProofError: ``did-malformed``
    """
    host, *path = did.removeprefix(_PREFIX).split(":")
    try:
        if not did.startswith(_PREFIX) or not all(path) or "/" in did or "?" in did:
            raise ProofError("did-malformed", did=did[:200])
        return HttpsUrl.parse("/".join(["https:/", host, *(path or [".well-known"]), "did.json"]))
    except BadInput:
        raise ProofError("did-malformed", did=did[:200]) from None


async def resolve(did: str, fetcher: Fetcher) -> ResolveKey:
    """The keys that the controller of `did` asserts with, as its document names them now.

    :raises ProofError: ``did-malformed``, ``did-document``: it does not answer with its own DID document
    :raises OutsideError: as :meth:`Fetcher.get`
    """
    response = await fetcher.get(address(did), accept="application/did+json, application/json", max_bytes=_MAX_BYTES)
    try:
        document = loads_object(response.body) if response.status == 200 else {}
        keys = _keys(did, document)
    except (BadInput, TypeError, AttributeError):
        raise ProofError("did-document", did=did[:200]) from None

    def key(method: str, _created: str) -> str:
        if method not in keys:
            raise ProofError("method-unknown", method=method[:200])
        return PublicKey.parse(keys[method]).multibase

    return key


def _keys(did: str, document: Mapping[str, Json]) -> dict[str, str]:
    if document.get("id") != did:
        raise ProofError("did-document", did=did[:200])
    named = {str(item["id"]): item for item in listed(document.get("verificationMethod", [])) if "id" in item}
    found = {}
    for item in listed(document.get("assertionMethod", [])):
        method = item if isinstance(item, dict) else named.get(item, {})
        # A document may name keys of others, but only its controller's own speak for it.
        if method.get("type") == "Multikey" and method.get("controller") == did:
            found[str(method.get("id"))] = str(method.get("publicKeyMultibase"))
    return {name: key for name, key in found.items() if name.partition("#")[0] == did}
