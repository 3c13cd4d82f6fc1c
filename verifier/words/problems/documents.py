"""Problems of what somebody brings to be appraised, and of what it is appraised with away from the service."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

ORIGINAL = N_("Download the attestation again from its page, and drop the file here without opening it.")
_FROM_PAGE = N_("Open the page of the account, then its attestation: the signed document is offered there to download.")

DOCUMENT_PROBLEMS: Mapping[str, Sentences] = {
    "document-missing": Sentences(
        N_("There is nothing to verify"),
        N_("Neither a text nor a file was given."),
        N_("Paste the text of the attestation or its address, or choose its file."),
    ),
    "document-twice": Sentences(
        N_("Two things were given"),
        N_("A text and a file came together: the answer would be about one of them, and you could not tell which."),
        N_("Empty the text, or leave out the file."),
    ),
    "document-too-large": Sentences(
        N_("This file is too large to be an attestation"),
        N_("An attestation takes a few kilobytes; we read %(limit)s at most."),
        N_("Check that it is the right file, as it was downloaded."),
    ),
    "document-is-pdf": Sentences(
        N_("This is a PDF, not an attestation"),
        N_("It can show the text of an attestation, but it does not carry its signature."),
        _FROM_PAGE,
    ),
    "document-is-image": Sentences(
        N_("This is a picture, not an attestation"),
        N_("It can show the text of an attestation, but it does not carry its signature."),
        _FROM_PAGE,
    ),
    "document-is-page": Sentences(
        N_("This is a web page, not an attestation"),
        N_("It can show the text of an attestation, but it does not carry its signature."),
        N_(
            "On the page of the attestation, choose to download the signed document; or paste the address of that page."
        ),
    ),
    "document-not-text": Sentences(
        N_("This file is not a text"),
        N_("An attestation is a text file, whose name usually ends in .json."),
        ORIGINAL,
    ),
    "document-encoding": Sentences(
        N_("This file was written anew by another program"),
        N_("It is in UTF-16, or starts with an invisible mark: an attestation is in plain UTF-8, as it was signed."),
        ORIGINAL,
    ),
    "document-malformed": Sentences(
        N_("This text cannot be read to its end"),
        N_("A part of it is missing, stands twice or was changed; a word processor, for one, changes quotation marks."),
        ORIGINAL,
    ),
    "document-not-attestation": Sentences(
        N_("This is not an attestation"),
        N_("An attestation is a text that starts with a brace; what was given is something else."),
        N_("Paste the text of the attestation or its address, or choose its file."),
    ),
    "document-is-account": Sentences(
        N_("This names an account, not an attestation"),
        N_("We read it as %(handle)s."),
        N_("To know whether that account is official, look it up."),
    ),
    "address-elsewhere": Sentences(
        N_("This address belongs to another service"),
        N_("We do not go to %(host)s: nothing that is pasted here is fetched."),
        N_("Open it yourself, download the document, then drop the file here."),
    ),
    "address-not-attestation": Sentences(
        N_("This address of ours is not that of an attestation"),
        N_("The address of an attestation looks like this: %(example)s"),
        N_("Paste the address of the attestation, or that of the page of its account."),
    ),
    # Offline
    "did-document-malformed": Sentences(
        N_("The trust anchor cannot be read"),
        N_("It is not the DID document of a service, as its address /.well-known/did.json gives it."),
        N_("Get it again, in a way that you trust."),
    ),
    "status-list-malformed": Sentences(
        N_("This is not a status list of that service"),
        N_("It has not the form of one, or another service issued it."),
        N_("Download it from the address that the attestation names."),
    ),
    "status-list-stale": Sentences(
        N_("This status list is not of today"),
        N_("It says nothing after %(until)s."),
        N_("Download it again from the address that the attestation names."),
    ),
}
