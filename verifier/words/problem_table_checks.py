"""Problems of what a check found elsewhere: servers, accounts, signed documents."""

from collections.abc import Mapping

from .phrases import N_, Sentences

_THEIR_SIDE = N_("Nothing was lost. Check that the profile opens in a browser, then try again later.")
_THEIR_ADMIN = N_("Nothing was lost. Tell the administrator of that instance, then try again.")
_LATER = N_("Nothing was lost. Try again in a few minutes.")
_NO_TRUST = N_("Do not rely on this document. Ask for the original at the address that it names.")
_AS_DOWNLOADED = N_("Compare it with the schema, or paste the whole document as it was downloaded.")
_OPERATOR = N_("Do not rely on this document. Tell the service that signed it.")

CHECK_PROBLEMS: Mapping[str, Sentences] = {
    # The way out
    "fetch-unreachable": Sentences(
        N_("The server does not answer"), N_("We could not connect to %(host)s."), _THEIR_SIDE
    ),
    "fetch-timeout": Sentences(
        N_("The server takes too long to answer"), N_("%(host)s did not answer in time."), _THEIR_SIDE
    ),
    "fetch-name": Sentences(
        N_("The server cannot be found"), N_("The name %(host)s leads to no address."), _THEIR_SIDE
    ),
    "fetch-address-refused": Sentences(
        N_("The server is not on the public network"),
        N_("We contact public addresses only."),
        N_("Use an instance that is open to the Internet."),
    ),
    "fetch-tls": Sentences(
        N_("The server does not prove who it is"), N_("Its certificate is missing, wrong or out of date."), _THEIR_ADMIN
    ),
    "fetch-too-large": Sentences(
        N_("The answer of the server is too long"), N_("It is longer than a profile ever is."), _THEIR_ADMIN
    ),
    "fetch-encoded": Sentences(
        N_("The answer of the server is compressed"), N_("We asked for plain bytes, and take nothing else."), _THEIR_ADMIN
    ),
    "fetch-redirect": Sentences(
        N_("The server sends us elsewhere"), N_("%(host)s redirects where an answer was expected."), _THEIR_ADMIN
    ),
    "fetch-redirect-refused": Sentences(
        N_("The server sends us where we do not go"),
        N_("%(host)s redirects to another server, or to an address that cannot be read."),
        _THEIR_ADMIN,
    ),
    "fetch-busy": Sentences(
        N_("Many checks of this server are under way"), N_("We contact %(host)s little by little."), _LATER
    ),
    "fetch-egress": Sentences(
        N_("We cannot reach the outside at the moment"), N_("Our own way to the network does not answer."), _LATER
    ),
    # Signed documents
    "schema-member-missing": Sentences(
        N_("A member of the attestation is missing"), N_("Every attestation has %(member)s."), _AS_DOWNLOADED
    ),
    "schema-member-unknown": Sentences(
        N_("The attestation says something that no attestation says"),
        N_("The member %(member)s is not part of an attestation."),
        _NO_TRUST,
    ),
    "schema-member-wrong": Sentences(
        N_("A member of the attestation is not as it should be"),
        N_("The member %(member)s has another form, or does not agree with the rest."),
        _NO_TRUST,
    ),
    "context-unknown": Sentences(
        N_("The document uses a vocabulary that we do not have"),
        N_("We fetch no vocabulary: those of an attestation are fixed."),
        _NO_TRUST,
    ),
    "json-ld-refused": Sentences(
        N_("The document cannot be read as linked data"), N_("It uses what no attestation needs."), _NO_TRUST
    ),
    "term-undefined": Sentences(
        N_("A word of the document is not defined"), N_("The signature would not cover %(term)s."), _NO_TRUST
    ),
    "member-dropped": Sentences(
        N_("A part of the document would not be signed"), N_("The signature would not cover all of it."), _NO_TRUST
    ),
    "jcs-refused": Sentences(
        N_("The document has no canonical form"), N_("A number or a text in it can be written in several ways."), _NO_TRUST
    ),
    "signature-wrong": Sentences(
        N_("The signature does not match"), N_("The document was changed after it was signed, or another key signed it."), _NO_TRUST
    ),
    "key-malformed": Sentences(
        N_("A public key cannot be read"), N_("It is not of a kind that signs attestations."), _OPERATOR
    ),
    "key-not-yet": Sentences(
        N_("The signature is older than its key"), N_("The key exists since %(since)s only."), _NO_TRUST
    ),
    "key-retired": Sentences(
        N_("The signature is more recent than its key"), N_("The key signs nothing since %(retired)s."), _NO_TRUST
    ),
    "key-distrusted": Sentences(
        N_("The key is no longer trusted"), N_("What it signed after %(after)s is worth nothing."), _NO_TRUST
    ),
}
