"""Which part of a host's name was registered, and may be lost (T34)."""

import pytest

from verifier.core.identifiers import Host
from verifier.fetch.registrable import _rules, registrable


# The cases of the list's own test_psl.txt that are about registries (CC0), and ours.
@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("example.example", "example.example"),  # a top that the list lacks
        ("b.example.example", "example.example"),
        ("b.domain.biz", "domain.biz"),
        ("test.ac", "test.ac"),
        ("test.ac.jp", "test.ac.jp"),
        ("www.test.kyoto.jp", "test.kyoto.jp"),
        ("b.ide.kyoto.jp", "b.ide.kyoto.jp"),
        ("a.b.c.kobe.jp", "b.c.kobe.jp"),
        ("b.c.kobe.jp", "b.c.kobe.jp"),
        ("www.city.kobe.jp", "city.kobe.jp"),  # an exception
        ("www.ck", "www.ck"),
        ("www.www.ck", "www.ck"),
        ("a.b.test.ck", "b.test.ck"),
        ("www.xn--85x722f.com.cn", "xn--85x722f.com.cn"),
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("social.numerique.gouv.fr", "numerique.gouv.fr"),
        ("gouv.fr", "gouv.fr"),  # a suffix stands for itself
        ("c.kobe.jp", "c.kobe.jp"),
        ("mastodon.social", "mastodon.social"),
        ("somebody.github.io", "github.io"),  # what a company gives away is no registration
    ],
)
def test_the_name_that_was_registered(host: str, domain: str) -> None:
    assert registrable(Host.parse(host)) == Host.parse(domain)


def test_the_list_is_whole_and_in_ascii() -> None:
    rules = _rules()
    assert len(rules) > 6_900
    assert all(rule.isascii() and rule == rule.lower() for rule in rules)
