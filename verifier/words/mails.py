"""The letters that the service sends: plain text, no link to click, no word of a user in the subject (T08, T10)."""

from ..core.identifiers import Handle
from .languages import Lang
from .phrases import N_, say

_SUBJECT = N_("Your verification code")
# No sentence is wrapped: a line that held one word of eight letters would look like a second code.
_BODY = (
    N_("Hello,"),
    N_("Somebody, probably you, asks %(service)s to attest the account %(handle)s with this mailbox."),
    N_("To confirm it, type this code on the page where the request was started:"),
    "%(code)s",
    N_("It can be used for %(minutes)s minutes, until another one is asked for."),
    N_("Was that page closed? The browser that opened it finds it again among Your requests, at: %(place)s"),
    N_("In another browser, go on at: %(resume)s"),
    N_("The code is worth nothing anywhere else, and we never ask for it by telephone or by mail."),
    N_("It was not you? Do nothing: without this code, the request goes no further and nothing is published."),
    N_("Nothing in this mail needs to be clicked, and it needs no answer."),
    "%(service)s",
)
_TRIAL_SUBJECT = N_("A mail to try the relay")
_TRIAL = (
    N_("This mail was sent by %(service)s, because whoever runs it asked for it, to see that its mails arrive."),
    N_("Look at its headers: SPF, DKIM and DMARC should pass. Did it land among the spam? So will the codes."),
)


def code_letter(
    code: str, handle: Handle | str, lang: Lang, service: str, *, minutes: int, place: str, resume: str
) -> tuple[str, str]:
    """Subject and body of the mail of ``email-01``: the code stands alone on its line, the only such line.

    :param service: what the service calls itself to its readers
    :param minutes: how long the code can be used
    :param place: where the requests of a browser are listed, without a scheme: it is to be read, not clicked
    :param resume: where a request is gone on with in another browser
    """
    values: dict[str, str | int] = {
        "code": code,
        "handle": str(handle),
        "service": service,
        "minutes": minutes,
        "place": place,
        "resume": resume,
    }
    lines = [say(lang, line, **values) if line[0] != "%" else line % values for line in _BODY]
    return say(lang, _SUBJECT), "\n\n".join(lines) + "\n"


def trial_letter(lang: Lang, service: str) -> tuple[str, str]:
    """Subject and body of the mail that an operator sends to see that mails arrive."""
    lines = [say(lang, line, service=service) for line in _TRIAL]
    return say(lang, _TRIAL_SUBJECT), "\n\n".join(lines) + "\n"
