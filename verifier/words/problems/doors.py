"""Problems of what is typed, sent, asked for: code → (what happened, why, what to do)."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_CHECK_TEXT = N_("Check what you typed, then try again.")
_CHECK_HANDLE = N_("Write it as it stands on the profile, for example: @name@instance.example")
_CHECK_URL = N_("Copy the address from your browser and paste it whole.")
_CHECK_JSON = N_("Correct the request, then send it again.")
_RESEND = N_("Nothing was lost. Try again in a moment.")
_ASK_AGAIN = N_("Start a new request: it takes a few minutes.")
_LIST = N_(
    "Check its spelling. If it is right, it must first be added to that list: ask whoever runs this service, through"
    " those in charge of the domain names of your administration."
)
_WORK_MAIL = N_("Use a professional mailbox, given by your administration.")

DOOR_PROBLEMS: Mapping[str, Sentences] = {
    # What was typed
    "handle-missing": Sentences(N_("No account was given"), N_("The field was left empty."), _CHECK_HANDLE),
    "handle-malformed": Sentences(
        N_("This is not the identifier of an account"),
        N_("An identifier has a name and an instance, with an @ sign before each."),
        _CHECK_HANDLE,
    ),
    "handle-name": Sentences(
        N_("The name in this identifier cannot be read"),
        N_(
            "What stands before the server is made of letters from a to z without accents, digits, and the signs _, ."
            " and - between them, 64 characters at most."
        ),
        _CHECK_HANDLE,
    ),
    "handle-international": Sentences(
        N_("The name in this identifier has letters beyond a to z"),
        N_(
            "Character %(place)s, %(sign)s (%(point)s), is none of the letters a to z, even where it looks like one."
            " Such letters can pass one name off as another, so we read no name that has them."
        ),
        N_(
            "If you copied this name from a profile, be wary: it may resemble that of another account. Type the name"
            " that you expect, by hand, to see what we know of that one."
        ),
    ),
    "handle-is-mailbox": Sentences(
        N_("This is your mailbox, not an account"),
        N_("What you typed for the account is the mailbox of the request."),
        N_(
            "Type the identifier of the account as it stands on its profile, for example: @name@instance.example. If"
            " the account truly has this name, put an @ sign before it."
        ),
    ),
    "host-malformed": Sentences(
        N_("This is not the name of a server"),
        N_(
            "A server name has at least two parts, with a dot between them, each of letters from a to z, digits and"
            " hyphens, 63 characters at most."
        ),
        _CHECK_TEXT,
    ),
    "host-international": Sentences(
        N_("The name of this server has letters beyond a to z"),
        N_("Two such names can look alike, so we read the spelling that the network uses."),
        N_("Did you mean %(suggestion)s?"),
    ),
    "host-port": Sentences(
        N_("The name of a server was given with a port"),
        N_("What stands after the colon is no part of the name."),
        N_("Did you mean %(suggestion)s?"),
    ),
    "host-labels": Sentences(
        N_("This name of a server is too long"),
        N_("A server name has %(most)s parts at most, with dots between them."),
        _CHECK_TEXT,
    ),
    "host-is-address": Sentences(
        N_("A number is not the name of a server"),
        N_("We accept names such as instance.example, not numeric addresses."),
        _CHECK_TEXT,
    ),
    "url-malformed": Sentences(
        N_("This address cannot be read"), N_("It has a form that two programs could read in two ways."), _CHECK_URL
    ),
    "url-not-https": Sentences(
        N_("This address does not start with https"), N_("We read https addresses only."), _CHECK_URL
    ),
    "url-port": Sentences(
        N_("This address names a port"), N_("We read addresses on the usual port only, without a number."), _CHECK_URL
    ),
    "url-userinfo": Sentences(
        N_("This address hides a name before the server"),
        N_("What stands before an @ sign in an address can mislead about where it goes."),
        _CHECK_URL,
    ),
    "email-is-handle": Sentences(
        N_("This is the identifier of an account, not a mailbox"),
        N_("A mailbox has one @ sign, and a name before it."),
        N_("Give the mailbox, such as prenom.nom@numerique.gouv.fr."),
    ),
    "email-malformed": Sentences(
        N_("This is not a mail address that we can use"),
        N_("We accept simple addresses: letters without accents, digits, dots and hyphens, then @ and a domain."),
        _CHECK_TEXT,
    ),
    "digest-malformed": Sentences(
        N_("This fingerprint cannot be read"), N_("A fingerprint starts with zQm and is copied whole."), _CHECK_JSON
    ),
    "time-malformed": Sentences(
        N_("This date cannot be read"),
        N_("Dates are written in whole seconds of universal time, such as 2026-11-23T10:00:00Z."),
        _CHECK_JSON,
    ),
    # What was sent
    "json-malformed": Sentences(
        N_("This is not JSON"),
        N_(
            "From line %(line)s, column %(column)s on, the text is not JSON. JSON has neither comments nor a comma"
            " after the last member."
        ),
        _CHECK_JSON,
    ),
    "json-encoding": Sentences(N_("This is not JSON"), N_("The text is not in UTF-8."), _CHECK_JSON),
    "json-bom": Sentences(
        N_("This is not JSON"),
        N_("The text begins with an invisible mark of its encoding (BOM), which JSON does not allow."),
        _CHECK_JSON,
    ),
    "json-duplicate-name": Sentences(
        N_("A name stands twice in an object"), N_("Two readers would keep two different values."), _CHECK_JSON
    ),
    "json-number": Sentences(
        N_("A number cannot be kept exactly"), N_("Numbers stay within 53 bits and are finite."), _CHECK_JSON
    ),
    "json-surrogate": Sentences(
        N_("A text holds half a character"), N_("An escaped surrogate stands alone."), _CHECK_JSON
    ),
    "json-depth": Sentences(
        N_("The document is nested too deeply"), N_("We read %(limit)s levels at most."), _CHECK_JSON
    ),
    "json-not-object": Sentences(N_("An object was expected"), N_("The text is JSON, but not an object."), _CHECK_JSON),
    "media-type": Sentences(
        N_("This kind of content is not accepted here"),
        N_("Send the body as application/json."),
        _CHECK_JSON,
    ),
    "member-unknown": Sentences(
        N_("A member of the request is unknown"), N_("We do not know %(name)s, and ignore nothing."), _CHECK_JSON
    ),
    "member-missing": Sentences(
        N_("A member of the request is missing"), N_("The member %(name)s is required."), _CHECK_JSON
    ),
    "member-type": Sentences(
        N_("A member of the request is not of the right kind"), N_("The member %(name)s has another type."), _CHECK_JSON
    ),
    "batch-size": Sentences(
        N_("The batch is empty or too long"), N_("Ask for 1 to 100 accounts at once."), _CHECK_JSON
    ),
    "too-large": Sentences(
        N_("The request is too large"), N_("It is longer than this door takes."), N_("Send less, or in several parts.")
    ),
    # Doors
    "not-found": Sentences(
        N_("This page does not exist"),
        N_("The address is wrong, or what it named is no longer here."),
        N_("Check the address, or start again from the first page."),
    ),
    "page-unknown": Sentences(
        N_("This page attests nothing."),
        N_("No attestation stands at this address."),
        N_("Look up the account itself from the first page."),
    ),
    "method-not-allowed": Sentences(
        N_("This address does not take such a request"),
        N_("The address exists, but not for this method."),
        N_("Look at the description of the API, or start again from the first page."),
    ),
    "internal": Sentences(
        N_("Something went wrong on our side"),
        N_("You did nothing wrong: the service met an error that it did not expect."),
        N_("Nothing was lost. Try again in a few minutes; if it happens again, give us the reference of this page."),
    ),
    "rate-limited": Sentences(
        N_("Too many requests in a short time"),
        N_("To stay open to all, the service limits the requests of each."),
        N_("Nothing was lost. Try again in %(minutes)s min."),
    ),
    "csrf": Sentences(
        N_("This form does not come from this site"),
        N_("Nothing shows that one of our own pages sent it."),
        N_(
            "Nothing was lost. Open the page here, and send the form from it. If it happens again, update your browser."
        ),
    ),
    "other-origin": Sentences(
        N_("You have opened this site at another address than its own"),
        N_("You are at %(opened)s; this site is at %(base)s."),
        N_("Nothing was lost. Open %(base)s, and start again there."),
    ),
    "unauthorized": Sentences(
        N_("You do not have access to this"),
        N_("The request is followed from the browser, or with the token, that started it."),
        N_("Come back with the same browser, or start a new request."),
    ),
    "bad-request": Sentences(
        N_("This request cannot be read"), N_("It is not an HTTP request as this door expects it."), _CHECK_JSON
    ),
    "number-malformed": Sentences(
        N_("This is not a number that we take"), N_("We take whole numbers from %(least)s to %(limit)s."), _CHECK_JSON
    ),
    "events-beyond": Sentences(
        N_("We have no event of that number yet"),
        N_(
            "Our last event has the number %(last)s. A higher one was given out before this service lost its newest"
            " data, or by another service."
        ),
        N_("Read all events again, from after=0, and look the accounts up again that you keep."),
    ),
    # Requests
    "identity-type": Sentences(
        N_("This kind of identity is unknown"), N_("An identity is an agent or an institution."), _CHECK_JSON
    ),
    "body-unknown": Sentences(
        N_("We do not know this organisation"),
        N_("Nobody has asked for an account of %(domain)s yet, and no other organisation has named it."),
        N_("Start a request for one of its accounts first."),
    ),
    "body-not-proved": Sentences(
        N_("This organisation is not proved"),
        N_("Only an organisation whose DNS names this service, and that has an attested account, may name others."),
        N_("Publish the record of %(domain)s, have one of its accounts attested, then try again."),
    ),
    "child-not-below": Sentences(
        N_("This organisation is not below yours"),
        N_("%(domain)s is neither below %(parent)s in the DNS nor known as part of it."),
        N_("Take that line out of the list; that organisation can prove its own domain."),
    ),
    "child-unknown": Sentences(
        N_("This organisation is not among those that you named"),
        N_("%(parent)s has not named %(domain)s, or another organisation has named it since."),
        N_("Read the list again, and check the name of the domain."),
    ),
    "child-is-parent": Sentences(
        N_("This organisation is your own"),
        N_("%(domain)s is proved already; the list names those below it."),
        N_("Take that line out of the list."),
    ),
    "views-disagree": Sentences(
        N_("Not everybody sees the same"),
        N_("Looking from %(views)s places of the network, we saw the same from %(agree)s; %(quorum)s are needed."),
        N_(
            "If it was changed just now, wait a few hours. Else ask whoever runs the server if its readers get"
            " different answers."
        ),
    ),
    "instance-taken": Sentences(
        N_("This instance is another organisation's"),
        N_("%(host)s is attested as run by another organisation."),
        N_("Ask that organisation to give it up, or write to those who run this service."),
    ),
    "instance-not-yours": Sentences(
        N_("This instance is not one of yours"),
        N_("%(host)s was not attested as run by %(domain)s, or another organisation has taken it since."),
        N_("Read the list again, and check the name of the server."),
    ),
    "instance-unknown": Sentences(
        N_("This instance is not attested"),
        N_("No organisation is known to run %(host)s."),
        N_("Check the name of the server."),
    ),
    "instance-open": Sentences(
        N_("Anybody can register on this instance"),
        N_("%(host)s says that registration is open: an account there may be anybody's."),
        N_("Close registration, then try again. Accounts can still be attested one by one."),
    ),
    "instance-silent": Sentences(
        N_("This instance does not say who can register"),
        N_("Neither /api/v2/instance nor NodeInfo of %(host)s shows whether registration is closed."),
        N_("Check the name of the server; it must be the one in the identifiers of its accounts."),
    ),
    "children-line": Sentences(
        N_("A line of the list cannot be read"),
        N_("Line %(line)s: %(seen)s"),
        N_(
            "Write the domain alone (neither https:// nor a page), a comma, the name; then, if you wish, a comma and a"
            " mailbox. A name that holds a comma stands in quotes. No domain stands twice."
        ),
    ),
    "children-malformed": Sentences(
        N_("This list cannot be read"),
        N_("Line %(line)s is not a domain and a name, or it repeats one."),
        N_("Write a first line with the words domain,name, then one organisation a line."),
    ),
    "body-proof-ended": Sentences(
        N_("The domain is no longer proved"),
        N_("The DNS record of %(domain)s, or the word of the organisation above it, holds no more."),
        N_("Publish the record that the request shows, check it, then publish."),
    ),
    "account-proof-ended": Sentences(
        N_("The account is no longer what was proved"),
        N_(
            "Before it signs, the service looks at the account once more. What it saw stands at the step of the"
            " account."
        ),
        N_("If the account is still yours, prove it again, then publish."),
    ),
    "account-not-seen": Sentences(
        N_("The account cannot be seen at the moment"),
        N_(
            "Before it signs, the service looks at the account once more, and its instance does not answer as it"
            " should."
        ),
        N_("Nothing was lost. Check that the profile opens in a browser, then publish again."),
    ),
    "children-count": Sentences(
        N_("This list is empty or too long"),
        N_("A list names from 1 to %(most)s organisations."),
        N_("Cut it into several lists."),
    ),
    "order-not-yours": Sentences(
        N_("This request was not started in this browser"),
        N_(
            "A request is followed from one browser: the one that started it, or went on with it last. Or it does not"
            " exist."
        ),
        N_("Come back with that browser, or go on in this one with a code that is sent to the mailbox of the request."),
    ),
    "sign-in-over": Sentences(
        N_("Too much time has passed since the code was typed"),
        N_("What a code opens can be used for %(minutes)s minutes."),
        N_("Ask for another code."),
    ),
    "order-not-found": Sentences(
        N_("This request does not exist"), N_("The address is wrong, or the request was removed."), _ASK_AGAIN
    ),
    "order-not-ready": Sentences(
        N_("The request is not complete"),
        N_("All that the request asks for must be proved before the attestation is published."),
        N_("Finish the steps that remain, then publish."),
    ),
    "order-closed": Sentences(
        N_("This request is closed"), N_("It has been decided, and no longer takes answers."), _ASK_AGAIN
    ),
    "order-expired": Sentences(N_("This request has expired"), N_("It was not completed in time."), _ASK_AGAIN),
    "challenge-unknown": Sentences(
        N_("This way of proving is unknown"),
        N_("The request does not offer it."),
        N_("Choose one of those that it lists."),
    ),
    "code-missing": Sentences(
        N_("The code is missing"),
        N_("The field was left empty."),
        N_("Type the 8 characters that stand alone in the mail."),
    ),
    "code-not-sent": Sentences(
        N_("No code was sent yet"), N_("There is nothing to compare with."), N_("Ask for a code first.")
    ),
    "code-wrong": Sentences(
        N_("This is not the code"),
        N_("Tries left: %(left)s."),
        N_("Copy the 8 characters of the last mail; those of an earlier one are worth nothing."),
    ),
    "code-locked": Sentences(
        N_("Too many wrong codes"), N_("A code takes %(tries)s tries."), N_("Ask for another code.")
    ),
    "code-expired": Sentences(
        N_("This code is too old"), N_("A code lives %(minutes)s minutes."), N_("Ask for another code.")
    ),
    "email-sends-exhausted": Sentences(
        N_("No code can be sent any more for this request"), N_("We send %(limit)s codes at most."), _ASK_AGAIN
    ),
    "attestation-not-found": Sentences(
        N_("This attestation does not exist"),
        N_("The address is wrong, or nothing was ever issued under it."),
        N_("Look up the account itself from the first page."),
    ),
    "attestation-state": Sentences(
        N_("The attestation is not in the right state"),
        N_("What you ask does not apply to its present state."),
        N_("Read its page again: it may have changed meanwhile."),
    ),
    "attestation-erased": Sentences(
        N_("This attestation was erased"),
        N_("Its holder asked for it; nothing of it is kept here."),
        N_("Look up the account itself from the first page."),
    ),
    "not-attested": Sentences(
        N_("No attestation for this account"),
        N_("That does not make it false: nobody asked us, or the request did not go through."),
        N_("Look up the account itself from the first page."),
    ),
    "not-an-attestation": Sentences(
        N_("This is not one of our attestations"),
        N_("Only attestations of fediverse accounts are appraised here."),
        N_("Paste the whole document, as it was downloaded."),
    ),
    # Mailboxes
    "mailbox-refused": Sentences(
        N_("This mailbox does not prove an official account"),
        N_("Mailboxes of this kind are not accepted."),
        _WORK_MAIL,
    ),
    "mailbox-domain-unknown": Sentences(
        N_("We do not know the domain of this mailbox"),
        N_("It is not on the list of domains that this service takes. That says nothing against it."),
        _LIST,
    ),
    "mailbox-pupil": Sentences(
        N_("A pupil's mailbox does not prove an official account"),
        N_("It shows that its holder studies in a school of the State, not that they work for it."),
        N_("Once in post, ask with the mailbox of your administration."),
    ),
    "mailbox-student": Sentences(
        N_("A university's mailbox does not prove an official account"),
        N_(
            "Mailboxes of %(domain)s are also, or only, given to students: they do not show that their holder works for"
            " the State."
        ),
        N_("Once in post, ask with the mailbox of your administration."),
    ),
    "mailbox-typosquat": Sentences(
        N_("This domain imitates that of an administration"),
        N_("Its name resembles an official domain, but it is not one."),
        N_("Check its spelling, letter by letter. If somebody gave it to you, be careful: it may be a fraud."),
    ),
    "mailbox-free": Sentences(
        N_("A personal mailbox does not prove an official account"),
        N_("Anybody can open a mailbox at this provider."),
        _WORK_MAIL,
    ),
    "mailbox-excluded": Sentences(
        N_("This domain is not accepted"),
        N_("%(domain)s is on a list of names whose mailboxes do not show that their holders work for the State."),
        _WORK_MAIL,
    ),
    "mailbox-armed-forces": Sentences(
        N_("Mailboxes of the armed forces are not accepted yet"),
        N_(
            "Members of the armed forces, the gendarmerie and the intelligence services are attested only with their"
            " explicit consent, which cannot be given here yet."
        ),
        N_("Ask your unit which account speaks for it."),
    ),
    "shared-mailbox": Sentences(
        N_("This mailbox is that of a function, not of a person"),
        N_(
            "The word %(word)s in it names a function. Several people may read such a mailbox, so it shows of none of"
            " them that they work for the State."
        ),
        N_(
            "For an account of the organisation (%(domain)s), go on with its form: what you typed is kept. For your own"
            " account, type a mailbox of yours alone."
        ),
    ),
    "name-malformed": Sentences(
        N_("This cannot be the name of an organisation"),
        N_("A name has 1 to %(limit)s characters that can be seen, a letter among them, and no space around it."),
        N_("Type it again by hand: what was pasted may hold characters that do not show."),
    ),
    "name-taken": Sentences(
        N_("This is the name of another organisation"),
        N_("%(name)s is the name of the State, or of an organisation that has another domain."),
        N_("Give the name of your own organisation in full."),
    ),
    "domain-not-accepted": Sentences(
        N_("We do not know this domain as that of a public body"),
        N_("%(domain)s is not on the list of domains that this service takes. That says nothing against it."),
        _LIST,
    ),
    "mailbox-other-body": Sentences(
        N_("This mailbox is not of that body"),
        N_("A contact of %(body)s holds a mailbox of that body; %(domain)s belongs to another."),
        N_("Give a mailbox of the body that asks, or have the second mail domain of the body recorded."),
    ),
    "domain-www": Sentences(
        N_("This is the name of a website"),
        N_("Give the domain of the organisation: what stands after the @ sign of its mailboxes."),
        N_("Take off the www. in front: %(domain)s"),
    ),
    "domain-malformed": Sentences(
        N_("This is not a domain"),
        N_("A domain is what stands after the @ sign of a mailbox, with a dot in it."),
        N_("Write it alone, without an @ sign: as numerique.gouv.fr, not as a mailbox."),
    ),
    "mailbox-sandbox": Sentences(
        N_("This mailbox is made for tests"), N_("A test domain attests nothing, here or elsewhere."), _WORK_MAIL
    ),
    # Mail
    "letter-malformed": Sentences(
        N_("The mail could not be written"), N_("A line of its header is not of the form that mail asks."), _RESEND
    ),
    "mail-unreachable": Sentences(
        N_("We cannot send mail at the moment"), N_("Our mail server does not answer."), _RESEND
    ),
    "mail-domain-null-mx": Sentences(
        N_("This domain takes no mail"),
        N_("The domain %(domain)s says in its DNS that it has no mailboxes."),
        _WORK_MAIL,
    ),
    "mail-refused": Sentences(
        N_("This mailbox takes no mail from us"),
        N_("The mail server refused our message to it, and not only for now."),
        N_("Check its spelling. If it is right, tell those who run this service: trying again changes nothing."),
    ),
    "mail-delayed": Sentences(
        N_("The mail could not be handed over yet"),
        N_("The mail server asks us to try again later."),
        N_("Nothing was lost. Try again in some minutes."),
    ),
    "mail-relay": Sentences(
        N_("We cannot send mail at the moment"),
        N_("Our own mail server refuses what comes from us. Your mailbox has nothing to do with it."),
        N_("Nothing was lost. Try again later; if it lasts, tell those who run this service."),
    ),
}
