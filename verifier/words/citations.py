"""The verdict as one sentence to cite: the account, what is said of it, the body, who says so, when."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import segno
from markupsafe import Markup

from ..core.models import Status
from ..core.strict_json import Json
from .bodies import affiliation, belonging
from .languages import Lang
from .phrases import N_, Ident, Phrase, say, service_name
from .times import when

_CITED = N_("%(handle)s: %(claim)s, according to “%(service)s” (%(place)s), on %(moment)s.")
_OF_BODY = {
    "office": N_("official account %(of_body)s"),
    "mandate": N_("official account of a public function %(of_body)s"),
    "agent": N_("account of a person who has a mailbox %(of_body)s"),
    "contractor": N_("account of a contractor %(of_body)s"),
    "trainee": N_("account of a trainee %(of_body)s"),
}
_CLAIMS = {
    Status.VERIFIED: "%(account)s",
    Status.DEGRADED: N_("%(account)s, of which a check has failed since %(since)s"),
    Status.HOSTED: N_("account without an attestation of its own, on an official instance %(of_body)s"),
    Status.SUSPENDED: N_("account once attested, %(account)s, and no longer confirmed since %(since)s"),
    Status.REVOKED: N_("account once attested, %(account)s, whose attestation was withdrawn on %(since)s"),
    Status.EXPIRED: N_("account once attested, %(account)s, whose attestation ended on %(until)s"),
    Status.NOT_ATTESTED: N_("no attestation for this account, which does not make it false"),
}
_RESEMBLES = N_("no attestation for this account, whose name resembles that of the official account %(official)s")


@dataclass(frozen=True, slots=True)
class Citation:
    """One sentence, and the link to the same answer.

    :param link: absolute URL
    """

    sentence: Phrase
    link: str

    @property
    def qr(self) -> Markup:
        """The link as a QR code (ISO/IEC 18004), an image in the page itself."""
        return _qr(self.link)


# Made once for each link: a long one takes 20 ms, in which nobody else is answered, and the same page may be asked for
# without end.
@lru_cache(512)
def _qr(link: str) -> Markup:
    code = segno.make_qr(link, error="m", boost_error=False)
    image = code.svg_inline(scale=4, border=4, svgclass=None, lineclass=None, dark="#000", light="#fff")
    return Markup(image.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation needs beside the verdict.

    :param base: base URL of this service
    :param link: absolute URL under which the same answer is read
    :param at: when it was looked up, in Unix seconds
    """

    base: str
    link: str
    at: int


def citation(verdict: Mapping[str, Json], role: str, cited: Cited, lang: Lang) -> Citation | None:
    """The citation; None for a link that names no account."""
    if not verdict["handle"]:
        return None
    status = Status(verdict["status"])
    since = when(verdict.get("since") or verdict["asOf"], lang)
    values: dict[str, str] = {"since": since, "of_body": belonging(affiliation(verdict, lang), lang)}
    if verdict.get("validUntil"):
        values["until"] = when(verdict["validUntil"], lang)
    if verdict.get("lookalike"):
        claim = say(lang, _RESEMBLES, official=Ident(verdict["lookalike"]["handle"]))
    else:
        account = say(lang, _OF_BODY[role], of_body=values["of_body"])
        form = _CLAIMS[status]
        claim = account if status is Status.VERIFIED else say(lang, form, **values, account=account)
    # Of an absence, and of what is no longer vouched for, what counts is when it was read.
    seen = verdict["asOf"] if status in (Status.VERIFIED, Status.HOSTED) else cited.at
    sentence = say(
        lang,
        _CITED,
        handle=Ident(verdict["handle"]),
        claim=claim,
        service=service_name(lang),
        place=cited.base.partition("://")[2],
        moment=when(seen, lang),
    )
    return Citation(sentence, cited.link)
