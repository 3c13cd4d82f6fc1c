"""What people paste into the one field, and what is left of it for the strict parser."""

import pytest

from verifier.web.pages.pasted import pasted, pasted_domain

HANDLE = "@camille@social.example"
PROFILE = "https://social.example/@camille"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"  {HANDLE}\n", HANDLE),
        (f"\u200e{HANDLE}\u200b", HANDLE),
        (f"\ufeff{HANDLE}", HANDLE),
        (f"«\u00a0{HANDLE}\u00a0»", HANDLE),
        (f"<{HANDLE}>", HANDLE),
        (f"({HANDLE}).", HANDLE),
        ("social.example/@camille", PROFILE),
        ("http://social.example/@camille", PROFILE),
        (f"{PROFILE}/", f"{PROFILE}/"),
        (f"{PROFILE}#top", PROFILE),
        (f"{PROFILE}/1234", f"{PROFILE}/1234"),
    ],
)
def test_what_copying_brings_along_is_left_out(typed: str, kept: str) -> None:
    assert pasted(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" numerique.gouv.fr\n", "numerique.gouv.fr"),
        ("https://www.numerique.gouv.fr/contact?a=b#c", "numerique.gouv.fr"),
        ("HTTP://Numerique.gouv.fr", "numerique.gouv.fr"),
        ("www.numerique.gouv.fr", "www.numerique.gouv.fr"),
        ("ftp://numerique.gouv.fr", "ftp://numerique.gouv.fr"),
        ("https://a@numerique.gouv.fr:8080/", "a@numerique.gouv.fr:8080"),
    ],
)
def test_a_domain_may_be_pasted_as_the_address_of_its_site(typed: str, kept: str) -> None:
    assert pasted_domain(typed) == kept


@pytest.mark.parametrize(
    "typed", ["@a@mastodon.so/cial", "@camille@social\u200b.example", "@mini\u0441tere@social.example", "@a @b.example"]
)
def test_t31_what_names_the_account_is_not_repaired(typed: str) -> None:
    assert pasted(typed) == typed
