"""Problems of our own status lists and signatures: for those who wait for an attestation, and those who read one."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_LATER = N_("Nothing was lost. Try again in a few minutes.")
_OPERATOR = N_("Do not rely on this document. Tell the service that signed it.")

SIGNING_PROBLEMS: Mapping[str, Sentences] = {
    "bitstring-malformed": Sentences(
        N_("The status list cannot be read"), N_("It is not a compressed list of bits."), _OPERATOR
    ),
    "bitstring-short": Sentences(
        N_("The status list is too short"),
        N_("It has %(entries)s places, where at least %(minimum)s hide who is asked about."),
        _OPERATOR,
    ),
    "bitstring-large": Sentences(
        N_("The status list is too long"), N_("It is longer than %(limit)s bytes."), _OPERATOR
    ),
    "bitstring-index": Sentences(
        N_("The place in the status list does not exist"),
        N_("Place %(index)s is beyond the %(entries)s of the list."),
        _OPERATOR,
    ),
    "status-list-full": Sentences(
        N_("The attestation cannot be issued at the moment"), N_("The status lists have no free place left."), _LATER
    ),
    "storage-unavailable": Sentences(
        N_("The records of this service are out of reach at the moment"),
        N_("Its database does not answer, or its disk is full."),
        _LATER,
    ),
    "overloaded": Sentences(
        N_("Too many ask at the same time"),
        N_("This service does as much at once as it can; this request is one too many."),
        _LATER,
    ),
    "signer-unavailable": Sentences(
        N_("The attestation cannot be issued at the moment"), N_("The signing key does not answer."), _LATER
    ),
    "attestation-lost": Sentences(
        N_("The attestation cannot be issued at the moment"), N_("What was prepared for it is no longer there."), _LATER
    ),
    "lint-failed": Sentences(
        N_("The attestation cannot be issued at the moment"),
        N_("What was prepared to be signed does not pass our own check (%(problem)s at %(member)s)."),
        _LATER,
    ),
    "intent-differs": Sentences(
        N_("The attestation cannot be issued at the moment"),
        N_("What was prepared to be signed has been changed since: nothing was signed."),
        _LATER,
    ),
    "signed-differs": Sentences(
        N_("The attestation cannot be issued at the moment"),
        N_("What came back from the signature is not what was prepared: nothing was published."),
        _LATER,
    ),
}
