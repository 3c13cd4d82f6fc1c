"""Problems of a sign-in at the OpenID provider (``oidc-01``)."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_AGAIN = N_("Nothing was lost. Start the sign-in again, or use the code by mail.")
_BY_MAIL = N_("Use the code by mail, and tell us: this is not of your doing.")

OPENID_PROBLEMS: Mapping[str, Sentences] = {
    "oidc-unavailable": Sentences(
        N_("One cannot sign in there at the moment"),
        N_("%(host)s does not answer, or not as it should."),
        N_("Nothing was lost. Try again in a few minutes, or use the code by mail."),
    ),
    "oidc-metadata": Sentences(
        N_("The sign-in service does not describe itself as it should"),
        N_("What it says of itself cannot be relied on: %(member)s."),
        _BY_MAIL,
    ),
    "oidc-key-unknown": Sentences(
        N_("The answer of the sign-in service is signed with a key that it does not publish"),
        N_("It may have changed its keys a moment ago."),
        _AGAIN,
    ),
    "oidc-code-refused": Sentences(
        N_("The sign-in service does not recognise this sign-in"),
        N_("It answered with status %(status)s: the sign-in took too long, or was used already."),
        _AGAIN,
    ),
    "oidc-token": Sentences(
        N_("The answer of the sign-in service cannot be relied on"),
        N_("It does not hold together: %(claim)s."),
        _BY_MAIL,
    ),
    "oidc-acr": Sentences(
        N_("You signed in with less assurance than is asked here"),
        N_("The sign-in service did not confirm the level that we asked for."),
        N_("Start again, and choose a stronger way to sign in; or use the code by mail."),
    ),
    "oidc-stale": Sentences(
        N_("This sign-in is too old"),
        N_("The service used a session that was open already: it may be somebody else's, on a shared computer."),
        N_("Sign out there, then start the sign-in again."),
    ),
    "oidc-mailbox-missing": Sentences(
        N_("The sign-in service gave no mailbox"),
        N_("It did not say which mailbox is yours, or in a form that we cannot use."),
        _BY_MAIL,
    ),
    "oidc-mailbox-unverified": Sentences(
        N_("The sign-in service has not checked your mailbox"),
        N_("It says itself that it does not know whether the mailbox is yours."),
        N_("Use the code by mail: it proves the same."),
    ),
    "oidc-other-mailbox": Sentences(
        N_("You signed in with another mailbox"),
        N_("The sign-in is of somebody at %(domain)s, whose mailbox is not the one of this request."),
        N_("Sign in with the mailbox of this request, or start a new request for the other one."),
    ),
}
