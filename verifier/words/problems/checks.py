"""Problems of what a check found elsewhere: servers, accounts, signed documents."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_THEIR_SIDE = N_(
    "Nothing was lost. Check the name of the server, and that its pages open in a browser, then try again later."
)
_THEIR_ADMIN = N_("Nothing was lost. Tell the administrator of that server, then try again.")
_LATER = N_("Nothing was lost. Try again in a few minutes.")
_NO_TRUST = N_("Do not rely on this document. Ask for the original at the address that it names.")
_AS_DOWNLOADED = N_("Compare it with the schema, or paste the whole document as it was downloaded.")
_PAGE = N_("Check that the page opens in a browser without signing in, then try again.")
_NEW_COPY = N_("Download the document again. If nothing changes, tell the service that signed it.")
_OPERATOR = N_("Do not rely on this document. Tell the service that signed it.")

CHECK_PROBLEMS: Mapping[str, Sentences] = {
    # The way out
    "fetch-unreachable": Sentences(N_("The server does not answer"), N_("We could not connect to it."), _THEIR_SIDE),
    "fetch-timeout": Sentences(
        N_("The server takes too long to answer"), N_("%(host)s did not answer in time."), _THEIR_SIDE
    ),
    "fetch-name": Sentences(
        N_("The server cannot be found"),
        N_("Its name leads to no address of the public Internet."),
        _THEIR_SIDE,
    ),
    "fetch-tls": Sentences(
        N_("The server does not prove who it is"), N_("Its certificate is missing, wrong or out of date."), _THEIR_ADMIN
    ),
    "fetch-too-large": Sentences(
        N_("The answer of the server is too long"), N_("It is longer than a profile ever is."), _THEIR_ADMIN
    ),
    "fetch-headers": Sentences(
        N_("The headers of the answer are too long"),
        N_("It sends more than 64 kB of them, and we read no more."),
        _THEIR_ADMIN,
    ),
    "fetch-malformed": Sentences(
        N_("The answer of the server cannot be read"),
        N_("What it sends breaks off, or is not HTTP."),
        _THEIR_ADMIN,
    ),
    "fetch-encoded": Sentences(
        N_("The answer of the server is compressed"),
        N_("We asked for plain bytes, and take nothing else."),
        _THEIR_ADMIN,
    ),
    "fetch-redirect": Sentences(
        N_("The server sends us elsewhere"), N_("%(host)s redirects where an answer was expected."), _THEIR_ADMIN
    ),
    "fetch-redirect-refused": Sentences(
        N_("The server sends us where we do not go"),
        N_("It redirects to another server, or to an address that cannot be read."),
        _THEIR_ADMIN,
    ),
    "fetch-busy": Sentences(
        N_("Many checks of this server are under way"), N_("We contact %(host)s little by little."), _LATER
    ),
    "fetch-resting": Sentences(
        N_("The server is left alone for a while"),
        N_("%(host)s did not answer several times in a row, or asked us to wait."),
        N_("Nothing was lost. Check that its pages open in a browser, then try again in %(minutes)s min."),
    ),
    "fetch-egress": Sentences(
        N_("We cannot reach the outside at the moment"), N_("Our own way to the network does not answer."), _LATER
    ),
    "fetch-exhausted": Sentences(
        N_("We cannot reach the outside at the moment"), N_("Our own machine has no connection left to give."), _LATER
    ),
    "dns-resolver": Sentences(
        N_("We cannot reach the outside at the moment"), N_("Our own DNS resolver does not answer."), _LATER
    ),
    "check-too-long": Sentences(
        N_("The check took too long"),
        N_("It was stopped after %(seconds)s s, while %(host)s was asked."),
        _THEIR_SIDE,
    ),
    "dns-too-many": Sentences(
        N_("The check asks the DNS too much"),
        N_("It was stopped at %(host)s: it leads to more names than any that succeeds."),
        _THEIR_ADMIN,
    ),
    # Accounts
    "account-unknown": Sentences(
        N_("This account does not exist"),
        N_("Its instance does not know %(handle)s."),
        N_("Check the spelling of the identifier, on the profile itself."),
    ),
    "handle-like-mailbox": Sentences(
        N_("No account was found under this name"),
        N_("No account answers as %(handle)s. Mailboxes may stand at %(host)s: it may be one."),
        N_(
            "If it is your mailbox, give the identifier of the account in its place, as it stands on its profile. If it"
            " is the account, check its spelling, then try again later."
        ),
    ),
    "account-other-since": Sentences(
        N_("The account has changed since it was proved"),
        N_("Its key, its address or its name is another one."),
        N_("If the account is still yours, prove it again. If not, do not."),
    ),
    "account-gone": Sentences(
        N_("This account was deleted"), N_("%(host)s says that it is gone for good."), N_("Use an account that exists.")
    ),
    "account-suspended": Sentences(
        N_("This account is suspended"),
        N_("%(host)s says that it has suspended it."),
        N_("Ask those who run the instance. Once the account is open again, start again."),
    ),
    "profile-missing": Sentences(
        N_("The profile is no longer there"),
        N_("%(host)s no longer finds its page, as when an account is suspended or deleted."),
        N_("Ask those who run the instance whether the account is still open."),
    ),
    "account-moved": Sentences(
        N_("This account has moved"),
        N_("Its profile says that it now is %(to)s."),
        N_("Start a new request with the new account."),
    ),
    "account-moved-alone": Sentences(
        N_("This account says that it has moved"),
        N_("%(host)s sends its readers to another account, which does not say so or cannot be read."),
        N_("Use the account where you are. If you did not move, change your password and tell your administrator."),
    ),
    "handle-not-canonical": Sentences(
        N_("This account has another name"),
        N_("%(handle)s leads to the account %(canonical)s."),
        N_("Start a new request with that identifier."),
    ),
    "instance-error": Sentences(
        N_("The instance is out of order"),
        N_("%(host)s answers with an error (status %(status)s). That says nothing of the account."),
        _LATER,
    ),
    "webfinger-status": Sentences(
        N_("The instance does not say where the account is"),
        N_("%(host)s answers a WebFinger request with status %(status)s."),
        _THEIR_ADMIN,
    ),
    "webfinger-malformed": Sentences(
        N_("The answer of the instance cannot be read"),
        N_("The WebFinger answer of %(host)s is not an object in strict JSON. %(fault)s"),
        _THEIR_ADMIN,
    ),
    "webfinger-subject": Sentences(
        N_("The instance does not say which account this is"),
        N_("The WebFinger answer of %(host)s has no subject that can be read."),
        _THEIR_ADMIN,
    ),
    "webfinger-no-actor": Sentences(
        N_("The instance does not say where the account is"),
        N_("The WebFinger answer of %(host)s names no ActivityPub account."),
        _THEIR_ADMIN,
    ),
    "webfinger-third-name": Sentences(
        N_("The name of the account goes in circles"),
        N_("%(handle)s leads to %(second)s, which names yet another account."),
        _THEIR_ADMIN,
    ),
    "webfinger-one-way": Sentences(
        N_("The account does not confirm its name"),
        N_("The account says that it is %(handle)s, but that name leads elsewhere."),
        _THEIR_ADMIN,
    ),
    "host-meta-malformed": Sentences(
        N_("The answer of the instance cannot be read"),
        N_("The host-meta document of %(host)s is malformed."),
        _THEIR_ADMIN,
    ),
    "actor-private": Sentences(
        N_("The instance does not show the account to strangers"),
        N_("%(host)s asks who reads (status %(status)s)."),
        N_("Nothing was lost. Ask the administrator of that instance to let our service read public profiles."),
    ),
    "actor-status": Sentences(
        N_("The account cannot be read"), N_("%(host)s answers with status %(status)s."), _THEIR_SIDE
    ),
    "actor-type": Sentences(
        N_("The answer of the instance is not an account"),
        N_("%(host)s sends another kind of document where the account should be."),
        _THEIR_ADMIN,
    ),
    "actor-malformed": Sentences(
        N_("The account cannot be read"),
        N_("A part of the account that %(host)s sends is missing or malformed: %(member)s"),
        _THEIR_ADMIN,
    ),
    "actor-not-json": Sentences(
        N_("The account cannot be read"),
        N_("What %(host)s sends for the account is not an object in strict JSON. %(fault)s"),
        _THEIR_ADMIN,
    ),
    "actor-other-id": Sentences(
        N_("The answer is about another account"),
        N_("%(host)s sends an account under an address that is not its own."),
        _THEIR_ADMIN,
    ),
    "actor-key": Sentences(
        N_("The account has no key that we can recognise it by"),
        N_("%(host)s should show a public key of its own, the first if it shows several."),
        _THEIR_ADMIN,
    ),
    # Links back
    "backlink-missing": Sentences(
        N_("The profile does not link to the page"),
        N_(
            "Fields read: %(fields)s. Links in the head of the profile page: %(links)s. None of them is %(page)s"
            " Read: %(read)s"
        ),
        N_("Put the link in a field of the profile, as its whole content, save, wait a moment and check again."),
    ),
    "backlink-not-alone": Sentences(
        N_("The link does not stand alone"),
        N_("The profile holds %(page)s with something around it, or where anybody could have written it."),
        N_("Leave the link alone in a field of the profile, without a word beside it, then save and check again."),
    ),
    "backlink-near": Sentences(
        N_("The link is nearly right"),
        N_("The profile links to %(seen)s instead of %(page)s"),
        N_("Copy the link again, whole, without changing a character, then save and check again."),
    ),
    "backlink-other-order": Sentences(
        N_("The link is that of another request"),
        N_("The profile links to %(seen)s instead of %(page)s"),
        N_("Each request has a page of its own: put the link of this one in the profile, save and check again."),
    ),
    "token-missing": Sentences(
        N_("The code is not in the profile"),
        N_("Fields read: %(fields)s. None of them holds %(token)s"),
        N_("Put the code in a field of the profile, as its whole content, save, wait a moment and check again."),
    ),
    "token-not-alone": Sentences(
        N_("The code does not stand alone"),
        N_("A field of the profile holds %(token)s among other things."),
        N_("Leave the code alone in its field, without a word or a link beside it, then save and check again."),
    ),
    "page-status": Sentences(
        N_("The page does not answer as it should"), N_("It answers with status %(status)s instead of 200."), _PAGE
    ),
    "page-no-rel-me": Sentences(
        N_("The page has no link that counts"),
        N_("A link counts when it says rel=me; this page has none."),
        N_("Add to the page a link to the profile, with rel=me."),
    ),
    "page-cut": Sentences(
        N_("The page is too long"),
        N_("No link that counts stands in its first megabyte, and nothing is read beyond."),
        N_("Put the link to the profile near the top of the page, with rel=me."),
    ),
    "page-other-link": Sentences(
        N_("The page links to another profile"),
        N_("Links with rel=me: %(links)s. The nearest is %(seen)s instead of %(profile)s"),
        N_("Correct the link, character for character."),
    ),
    "fields-unreadable": Sentences(
        N_("The fields of the profile cannot be read"),
        N_("Their HTML takes too long to read."),
        N_("Leave plain links and words in the fields of the profile, then try again."),
    ),
    "page-unreadable": Sentences(
        N_("The page cannot be read"), N_("Its HTML takes too long to read, or cannot be."), _PAGE
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
    "schema-too-large": Sentences(
        N_("The document is too large for an attestation"),
        N_("It holds more than %(limit)s values; an attestation has fewer than a hundred."),
        _AS_DOWNLOADED,
    ),
    "context-unknown": Sentences(
        N_("The document uses a vocabulary that we do not have"),
        N_("We fetch no vocabulary: those of an attestation are fixed."),
        _NO_TRUST,
    ),
    "json-ld-refused": Sentences(
        N_("The document cannot be read as linked data"), N_("It uses what no attestation needs."), _NO_TRUST
    ),
    "graph-too-complex": Sentences(
        N_("The document is too tangled"), N_("Its parts point at each other in too many ways."), _NO_TRUST
    ),
    "term-undefined": Sentences(
        N_("A word of the document is not defined"), N_("The signature would not cover %(term)s."), _NO_TRUST
    ),
    "member-dropped": Sentences(
        N_("A part of the document would not be signed"), N_("The signature would not cover all of it."), _NO_TRUST
    ),
    "jcs-refused": Sentences(
        N_("The document has no canonical form"),
        N_("A number or a text in it can be written in several ways."),
        _NO_TRUST,
    ),
    "signature-wrong": Sentences(
        N_("The signature does not match"),
        N_("The document was changed after it was signed, or another key signed it."),
        _NO_TRUST,
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
        N_("The key is no longer trusted"),
        N_("After %(after)s it is worth nothing, and this service has no record of this document from before."),
        _NO_TRUST,
    ),
    "context-not-ours": Sentences(
        N_("The document uses another vocabulary"),
        N_("An attestation has two contexts: that of the W3C, then %(expected)s"),
        _NO_TRUST,
    ),
    "context-keyword": Sentences(
        N_("The document redefines its own words"),
        N_("The keyword %(member)s has no place in an attestation."),
        _NO_TRUST,
    ),
    "type-undefined": Sentences(
        N_("A type of the document is not defined"), N_("The signature would not cover %(value)s."), _NO_TRUST
    ),
    "iri-relative": Sentences(
        N_("An address of the document is not absolute"), N_("The signature would not cover %(value)s."), _NO_TRUST
    ),
    "issuer-not-us": Sentences(
        N_("This attestation was not issued here"),
        N_("Only what %(expected)s issued is appraised here."),
        N_("Ask the service that it names, once you trust that service."),
    ),
    "validity-malformed": Sentences(
        N_("The dates of the attestation cannot be read"),
        N_("They are whole seconds of universal time, such as 2026-11-23T10:00:00Z."),
        _NO_TRUST,
    ),
    "not-yet-valid": Sentences(
        N_("The attestation is not valid yet"),
        N_("It is valid from %(since)s."),
        N_("Check the clock, then try again."),
    ),
    "expired": Sentences(
        N_("The attestation has ended"),
        N_("It was valid until %(until)s."),
        N_("Look up the account: it may have a more recent one."),
    ),
    "status-revocation": Sentences(
        N_("The attestation was revoked"),
        N_("The service no longer vouches for it."),
        N_("Look up the account to read why."),
    ),
    "status-suspension": Sentences(
        N_("The attestation is suspended"),
        N_("Something changed, and the account must be proved again."),
        N_("Look up the account to read why."),
    ),
    "status-unknown": Sentences(
        N_("The state of the attestation is not known"),
        N_(
            "Whether it was withdrawn (%(purpose)s) cannot be learned: its status list is missing or out of date, or"
            " there is no record of it."
        ),
        N_("Try again later; until then, do not rely on it."),
    ),
    "status-not-ours": Sentences(
        N_("The state of the attestation is not known"),
        N_("It names no list of this service."),
        _NO_TRUST,
    ),
    "proof-missing": Sentences(N_("The document is not signed"), N_("It holds no proof."), _NEW_COPY),
    "proof-not-object": Sentences(
        N_("The signature cannot be read"), N_("What stands in its place is not an object."), _NEW_COPY
    ),
    "proof-not-checked": Sentences(
        N_("The signature was not checked"),
        N_("The document has not the shape of an attestation: correct that first."),
        _AS_DOWNLOADED,
    ),
    "proof-suite-missing": Sentences(
        N_("A signature is missing"), N_("An attestation also has a proof of the suite %(suite)s."), _NEW_COPY
    ),
    "proof-suite-repeated": Sentences(
        N_("A signature stands twice"), N_("There are two proofs of the suite %(suite)s."), _NO_TRUST
    ),
    "proof-context": Sentences(
        N_("The signature is about another vocabulary"),
        N_("The contexts of the proof are not those of the document."),
        _NO_TRUST,
    ),
    "proof-purpose": Sentences(
        N_("The signature has another purpose"), N_("An attestation is signed to assert, nothing else."), _NO_TRUST
    ),
    "proof-value": Sentences(N_("The signature cannot be read"), N_("Its value is not written in base58."), _NEW_COPY),
    "suite-unknown": Sentences(
        N_("This kind of signature is unknown"), N_("We do not know the suite %(suite)s."), _NO_TRUST
    ),
    "suite-algorithm": Sentences(
        N_("The key does not fit the signature"),
        N_("The suite %(suite)s does not use keys of the kind %(algorithm)s."),
        _NO_TRUST,
    ),
    "method-unknown": Sentences(
        N_("The key of the signature is unknown"), N_("The service has no key %(method)s for this."), _NO_TRUST
    ),
}
