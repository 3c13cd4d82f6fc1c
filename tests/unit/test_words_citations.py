"""What is cited of an answer."""

import pytest
import segno

from verifier.words import citations
from verifier.words.phrases import say

LINK = "https://comptes.example.gouv.fr/?handle=%40" + "a" * 300


def test_t65_the_picture_of_a_link_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long one takes 20 ms, and the page of one name may be asked for without end."""
    made = []

    def make(link: str, **given: object) -> segno.QRCode:
        made.append(link)
        return original(link, **given)  # type: ignore[arg-type]

    original = segno.make_qr
    monkeypatch.setattr(segno, "make_qr", make)
    citation = citations.Citation(say("en", "%(link)s", link=LINK), LINK)
    assert citation.qr == citation.qr
    assert made == [LINK]
