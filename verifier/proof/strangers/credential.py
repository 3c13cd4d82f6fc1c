"""Verification of anybody's credentials and presentations (VCDM 2.0, 7.1; Data Integrity 1.0, 4.4).

It runs where it can be stopped: the cost of a stranger's contexts and schemas has no bound of its own (T44).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ...core.errors import ProofError
from ...core.strict_json import Json
from .. import rdfc
from ..contexts import Contexts
from ..sets import ResolveKey
from ..suites import Document
from .forms import each, listed
from .proofs import Expected, verify_proofs
from .resources import Resources, check_related
from .structure import check_credential, check_presentation, is_enveloped, owner, period


@dataclass(frozen=True, slots=True)
class Known:
    """What the verifier has at hand: nothing is fetched.

    :param fits: whether a credential fits the JSON Schema at that URL; none when the schema is not known
    """

    contexts: Contexts
    resources: Resources
    fits: Callable[[str, Document], bool | None]
    resolve_key: ResolveKey


def check_unsigned(credential: Json, known: Known) -> None:
    """A credential as its issuer may sign it: well formed, true to its own digests, without loss as RDF.

    :raises ProofError: as :mod:`.structure`, :mod:`.resources` and :mod:`verifier.proof.rdfc`;
        ``credential-schema``
    """
    check_credential(credential)
    check_related(credential, known.resources)
    bare = {name: value for name, value in credential.items() if name != "proof"}
    for pointer, schema in each(credential, "credentialSchema"):
        if "JsonSchema" in listed(schema["type"]) and known.fits(schema["id"], bare) is False:
            raise ProofError("credential-schema", pointer=pointer, schema=schema["id"][:200])
    # The jcs suites sign what JSON-LD drops; whoever reads the document as JSON-LD would miss it.
    rdfc.canonicalize(bare, known.contexts)


def verify_credential(credential: Json, expected: Expected, known: Known, now: datetime, *, bound: bool = True) -> None:
    """Whether the credential is well formed, in its time, and proved, by its issuer among others.

    :param bound: a proof by a key of the issuer is asked for; without, it is known that somebody signed it
    :raises ProofError: as :func:`check_unsigned` and :func:`verify_proofs`; ``issuer-unproved``,
        ``credential-not-yet``, ``credential-expired``
    """
    check_unsigned(credential, known)
    methods = verify_proofs(credential, expected, known.resolve_key, known.contexts, now)
    if bound and owner(credential, "issuer") not in {method.partition("#")[0] for method in methods}:
        raise ProofError("issuer-unproved", pointer="/issuer")
    start, end = period(credential)
    if start is not None and now < start:
        raise ProofError("credential-not-yet", pointer="/validFrom")
    if end is not None and now > end:
        raise ProofError("credential-expired", pointer="/validUntil")


def verify_presentation(presentation: Json, expected: Expected, known: Known, now: datetime) -> list[str]:
    """Whether the presentation is proved for this purpose, and every credential in it is verified.

    :returns: the pointers of credentials in envelopes of other kinds, which say nothing before they are opened
    :raises ProofError: as :func:`verify_credential`; ``holder-unproved``
    """
    check_presentation(presentation)
    unopened = []
    for pointer, credential in each(presentation, "verifiableCredential"):
        try:
            if is_enveloped(credential):
                unopened.append(pointer)
            else:
                verify_credential(credential, Expected("assertionMethod"), known, now)
        except ProofError as error:
            raise error.at(pointer + (error.pointer or "")) from None
    methods = verify_proofs(presentation, expected, known.resolve_key, known.contexts, now)
    if "holder" in presentation and owner(presentation, "holder") not in {
        method.partition("#")[0] for method in methods
    }:
        raise ProofError("holder-unproved", pointer="/holder")
    return unopened
