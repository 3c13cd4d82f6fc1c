"""An appraisal away from the service, without store or network: a trust anchor, and status lists from files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ..appraisal import Appraisal, appraise
from ..core import strict_json
from ..core.attestation import Attestation
from ..core.clock import from_rfc3339
from ..core.errors import BadInput, ConfigError, VerifierError
from ..core.models import Purpose, StatusBit
from ..core.site import Site
from ..core.strict_json import Json
from ..proof import bitstring, did
from ..proof import contexts as pinned
from ..proof.sets import ResolveKey, verify_set
from ..publication.status_lists import PURPOSES, unsigned
from ..signer import SignedRegistry, SignedRoot, store
from ..signer.trust import follow


@dataclass(frozen=True, slots=True)
class Anchor:
    """Whom the caller trusts.

    :param did: of the service
    :param issuing: the keys of its attestations
    :param status: the keys of its status lists: the issuing keys, and in older registries some of their own
    """

    did: str
    issuing: ResolveKey
    status: ResolveKey


def did_document_anchor(data: bytes) -> Anchor:
    """The service and the keys that its DID document names: its issuing keys, since it tells no purposes (T00h).

    :raises BadInput: ``did-document-malformed``
    """
    try:
        document = strict_json.loads_object(data)
        methods, named = document["verificationMethod"], document["assertionMethod"]
        texts = [document["id"], *named, *(each[name] for each in methods for name in ("id", "publicKeyMultibase"))]
    except (BadInput, KeyError, TypeError):
        raise BadInput("did-document-malformed") from None
    if not all(isinstance(text, str) for text in texts) or not document["id"].startswith("did:web:"):
        raise BadInput("did-document-malformed")
    keys = did.document_keys(document)
    return Anchor(document["id"], keys, keys)


def registry_anchor(root: Path, registry: Path, document: Mapping[str, Json], now: int) -> Anchor:
    """The keys that the root pinned in `root` vouches for, through the file `registry`, each with its purpose.

    The registry names no origin: the service is the one that `document` says it comes from, since only its keys count.

    :raises ConfigError: a sentence that says which of the two files does not hold, and why
    """
    pinned_root = store.read(root, SignedRoot)
    signed = store.read(registry, SignedRegistry)
    if pinned_root is None or signed is None:
        raise ConfigError(f"{root if pinned_root is None else registry}: no such file.")
    try:
        followed = follow(signed, pinned_root.signed, now=now).registry
    except ConfigError as error:
        raise ConfigError(f"{registry}: {error.sentence}") from None
    service = str(document.get("issuer"))
    return Anchor(
        service,
        did.registry_keys(service, followed, Purpose.ISSUING),
        did.registry_keys(service, followed, Purpose.ISSUING, Purpose.STATUS),
    )


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list that holds.

    :param signed_at: Unix seconds
    """

    purpose: str
    number: int
    signed_at: int
    bits: bytes


@dataclass(frozen=True, slots=True)
class Offline:
    """Says what a document is worth as an attestation of the anchor's service."""

    anchor: Anchor
    site: Site
    now: int

    @classmethod
    def of(cls, anchor: Anchor, document: Mapping[str, Json], now: int) -> "Offline":
        # A DID does not tell http, the sandbox's, from https: the document does, if it is of that service at all.
        named = Site(str(document.get("id")).partition("/attestations/")[0])
        https = Site("https://" + unquote(anchor.did.removeprefix("did:web:")))
        return cls(anchor, named if named.did == anchor.did else https, now)

    async def appraise(self, document: Mapping[str, Json], lists: Iterable[StatusList]) -> Appraisal:
        """:raises Refused: ``not-an-attestation``"""
        # Of two copies of a list, the newer one counts.
        bits_of = {(each.purpose, each.number): each.bits for each in sorted(lists, key=lambda each: each.signed_at)}

        async def status_of(purpose: str, list_number: int, index: int) -> StatusBit:
            bits = bits_of.get((purpose, list_number), b"")
            if index >= len(bits) * 8:
                return "unknown"
            return "set" if bitstring.is_set(bits, index) else "clear"

        return await appraise(
            document,
            site=self.site,
            contexts=pinned.of_site(self.site),
            resolve_key=self.anchor.issuing,
            status_of=status_of,
            now=self.now,
        )

    def read_list(self, data: bytes) -> StatusList:
        """The status list in `data`: of this service, signed, and of today (T48).

        :raises VerifierError: ``status-list-malformed``, ``status-list-stale``, or why its proof does not hold
        """
        try:
            document = strict_json.loads_object(data)
            purpose, number = self._place(document)
            begins, ends = from_rfc3339(document["validFrom"]), from_rfc3339(document["validUntil"])
        except (BadInput, KeyError, TypeError, AttributeError):
            raise BadInput("status-list-malformed") from None
        verify_set(document, self.anchor.status, pinned.of_site(self.site))
        if not begins <= self.now < ends:
            raise BadInput("status-list-stale", until=document["validUntil"])
        return StatusList(purpose, number, begins, bitstring.decode(document["credentialSubject"]["encodedList"]))

    def _place(self, document: Mapping[str, Json]) -> tuple[str, int]:
        """Purpose and number of a list of exactly our shape: no other reaches the canonicalisation (T44)."""
        subject = document["credentialSubject"]
        purpose, number = subject["statusPurpose"], str(document["id"]).rpartition("/")[2]
        if purpose not in PURPOSES or not number.isascii() or not number.isdecimal() or len(number) > 9:
            raise BadInput("status-list-malformed")
        times = str(document["validFrom"]), str(document["validUntil"])
        expected = unsigned(self.site, purpose, int(number), str(subject["encodedList"]), *times)
        if type(subject.get("ttl")) is int:
            expected["credentialSubject"]["ttl"] = subject["ttl"]
        else:
            del expected["credentialSubject"]["ttl"]
        if {name: value for name, value in document.items() if name != "proof"} != expected:
            raise BadInput("status-list-malformed")
        return purpose, int(number)


def read_lists(
    offline: Offline, files: Iterable[tuple[str, bytes]]
) -> tuple[list[StatusList], dict[str, VerifierError]]:
    """The lists that hold, and for each file that is none, why."""
    lists, refused = [], {}
    for name, data in files:
        try:
            lists.append(offline.read_list(data))
        except VerifierError as error:
            refused[name] = error
    return lists, refused


def state_read_at(attestation: Attestation, lists: Iterable[StatusList]) -> int | None:
    """When the list was signed that says the state of an attestation: the one with its bit set, else the older one.

    Of two lists, one alone shows a withdrawal: the time of the other, which may be from before it, says nothing of it.
    """
    newest = {(each.purpose, each.number): each for each in sorted(lists, key=lambda each: each.signed_at)}
    read = [
        (each.signed_at, bitstring.is_set(each.bits, entry.index))
        for entry in attestation.credential_status
        if (each := newest.get((entry.status_purpose, entry.list_number))) and entry.index < len(each.bits) * 8
    ]
    withdrawn = [at for at, is_set in read if is_set]
    return min(withdrawn or [at for at, _ in read], default=None)
