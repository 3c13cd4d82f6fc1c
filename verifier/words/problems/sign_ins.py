"""Problems of a proof by a sign-in elsewhere: the way there and back, and what an instance's API answers."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_AGAIN = N_("Nothing was lost. Start the sign-in again from the page of your request.")
_OTHER_WAYS = N_("Prove the account another way: with a link, or with a code, in the profile.")
_AGAIN_OR_OTHER = N_("Nothing was lost. Start the sign-in again, or prove it another way.")

SIGNIN_PROBLEMS: Mapping[str, Sentences] = {
    # There and back
    "signin-answer": Sentences(
        N_("This address is not the end of a sign-in"),
        N_("What the other server sent back is incomplete, too long, or says a thing twice."),
        _AGAIN,
    ),
    "signin-not-here": Sentences(
        N_("This sign-in was started in another browser"),
        N_("Here, nothing shows that the request is yours. Nothing was changed."),
        N_("Go back to the browser where you started your request, and sign in from there."),
    ),
    "signin-state": Sentences(
        N_("This is not the sign-in that was started last"),
        N_("It was used already, or another one was started since."),
        _AGAIN,
    ),
    "signin-expired": Sentences(
        N_("The sign-in took too long"), N_("It may take %(minutes)s minutes from start to end."), _AGAIN
    ),
    "signin-issuer": Sentences(
        N_("Another server answered"),
        N_("The answer does not come from the server where we sent you to sign in."),
        _AGAIN,
    ),
    "signin-declined": Sentences(
        N_("The sign-in was declined"),
        N_("You, or the server where you were to sign in, said no."),
        _AGAIN_OR_OTHER,
    ),
    "signin-failed": Sentences(
        N_("The sign-in did not succeed"), N_("The server where you were to sign in reports an error."), _AGAIN_OR_OTHER
    ),
    "signin-exhausted": Sentences(
        N_("Too many sign-ins were started"),
        N_("One request may start %(limit)s of them."),
        N_("Prove it another way, or start a new request."),
    ),
    # An instance's API
    "oauth-unsupported": Sentences(
        N_("This instance offers no sign-in to us"),
        N_("%(host)s does not speak Mastodon's API, or keeps it closed."),
        _OTHER_WAYS,
    ),
    "oauth-metadata": Sentences(
        N_("The instance describes its sign-in in a way that we do not accept"),
        N_("In its OAuth metadata, %(host)s gives no usable value of its own for “%(member)s”."),
        _OTHER_WAYS,
    ),
    "oauth-not-json": Sentences(
        N_("The instance describes its sign-in in a way that we do not accept"),
        N_("The OAuth metadata of %(host)s are not an object in strict JSON. %(fault)s"),
        _OTHER_WAYS,
    ),
    "oauth-scope-unknown": Sentences(
        N_("The instance does not know so small a permission"),
        N_("%(host)s cannot open the profile alone."),
        N_("Start the sign-in again: we then ask for the right to read, use it once and give it back."),
    ),
    "oauth-scope": Sentences(
        N_("The instance gave us more than we asked for"),
        N_("We asked %(host)s for %(asked)s and it gave %(given)s. We used none of it."),
        _OTHER_WAYS,
    ),
    "oauth-token": Sentences(
        N_("The instance did not complete the sign-in"),
        N_("%(host)s answered with status %(status)s, and gave no right that we can use."),
        _AGAIN_OR_OTHER,
    ),
    "oauth-account": Sentences(
        N_("The instance did not say who signed in"),
        N_("%(host)s answered with status %(status)s to that question."),
        _AGAIN_OR_OTHER,
    ),
    "oauth-other-account": Sentences(
        N_("You signed in with another account"),
        N_("On %(host)s, you are %(other)s; the request is about %(handle)s."),
        N_("Sign out there, then start the sign-in again with the right account."),
    ),
    "oauth-moved": Sentences(
        N_("The account is no longer on that instance"), N_("When you set out to sign in, it was on %(host)s."), _AGAIN
    ),
}
