import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from hypothesis import example, given, reject
from hypothesis import strategies as st
from yarl import URL

from tests.property.texts import each_way, edited
from verifier.core.errors import BadInput
from verifier.core.identifiers import Digest, Handle, Host, HttpsUrl, MailAddress

# Texts near the border: mostly of the right form, with some of every other kind.
odd = st.sampled_from("\n\r\t \x00@:/\\?#%[]<>\"'()*,;=+._-éſK\u0430\u200b。\u202e")
letters = st.sampled_from("abcxyzABCXYZ0189")
noisy = st.text(letters | letters | letters | odd, max_size=12)


def near(pattern: str) -> st.SearchStrategy[str]:
    """Texts of `pattern`, three times in four."""
    right = st.from_regex(pattern, fullmatch=True)
    return right | right | right | noisy


host = near(r"([a-zA-Z0-9]([a-z0-9-]{0,8}[a-z0-9])?\.){1,3}([a-z]{1,5}|xn--bcher-kva)")
local = near(r"[a-zA-Z0-9]+([._-][a-z0-9]+){0,2}(\+[a-z0-9._-]+)?")
user = near(r"[a-zA-Z0-9_]+([.-]+[a-z0-9_]+){0,2}")
path = near(r"(/([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2}){0,6}){0,4}")
query = near(r"([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-fA-F]{2}){0,6}")
PREFIX = st.sampled_from(["", "@", "acct:"])

Parsed = TypeVar("Parsed")


def accepted(parse: Callable[[str], Parsed], text: str) -> Parsed:
    """The value of `text`; another text is drawn when it is refused (hypothesis complains when most are)."""
    try:
        return parse(text)
    except BadInput:
        reject()


# The dot-string of RFC 5321, 4.1.2.
DOT_STRING = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@given(host)
def test_host_round_trips_and_folds_once(text: str) -> None:
    parsed = accepted(Host.parse, text)
    assert Host.parse(str(parsed)) == parsed
    assert str(parsed) == text.lower()
    assert Host.parse(text.upper()) == parsed


@given(host, host)
def test_t02_host_is_within_only_by_a_border_of_labels(below: str, above: str) -> None:
    child, parent = accepted(Host.parse, below), accepted(Host.parse, above)
    assert child.is_within(parent) == f".{child}".endswith(f".{parent}")
    assert not Host.parse(f"x{parent}").is_within(parent)
    assert Host.parse(f"x.{parent}").is_within(parent)


@given(user, host, PREFIX)
def test_handle_round_trips_in_each_spelling(name: str, domain: str, prefix: str) -> None:
    parsed = accepted(Handle.parse, f"{prefix}{name}@{domain}")
    assert Handle.parse(str(parsed)) == Handle.parse(parsed.acct) == parsed
    assert (parsed.user, str(parsed.host)) == (name, domain.lower())
    assert str(parsed).isascii()


def test_handle_is_never_made_of_anything_else() -> None:
    def check(text: str) -> bool:
        try:
            parsed = Handle.parse(text)
        except BadInput:
            return False
        bare = text[5:] if text[:5].lower() == "acct:" else text.removeprefix("@")
        name, _, domain = bare.partition("@")
        assert str(parsed) == f"@{name}@{domain.lower()}"
        return True

    right = st.builds(lambda prefix, name, domain: f"{prefix}{name}@{domain}", PREFIX, user, host)
    each_way(check, edited(right, letters | odd))


@given(host, path, query)
@example("social.example", "/a/..;/b", "")
@example("xn--bcher-kva.example", "/", "a=b")
def test_url_has_one_reading(domain: str, at: str, asked: str) -> None:
    text = f"https://{domain}{at}?{asked}" if asked else f"https://{domain}{at}"
    parsed = accepted(HttpsUrl.parse, text)
    assert HttpsUrl.parse(str(parsed)) == parsed
    split, made = urlsplit(text), URL(text, encoded=True)
    assert split.hostname == (made.raw_host or "").lower() == str(parsed.host)
    assert (split.port, made.explicit_port, split.username, made.user) == (None, None, None, None)
    assert (split.path or "/") == made.raw_path == parsed.path
    assert split.query == made.raw_query_string == parsed.query
    assert str(URL(str(parsed))).split("/")[2] == str(parsed.host)


@given(local, host)
@example("a+b", "numerique.gouv.fr")
@example("A.B+C", "Numerique.Gouv.FR")
def test_t01_mailbox_has_one_reading(name: str, domain: str) -> None:
    text = f"{name}@{domain}"
    parsed = accepted(MailAddress.parse, text)
    assert MailAddress.parse(str(parsed)) == parsed
    assert str(parsed) == text.lower()
    assert DOT_STRING.fullmatch(parsed.local)
    assert MailAddress.parse(parsed.person).person == parsed.person


def test_t01_mailbox_is_never_made_of_anything_else() -> None:
    def check(text: str) -> bool:
        try:
            parsed = MailAddress.parse(text)
        except BadInput:
            return False
        assert str(parsed) == text.lower()
        assert text.count("@") == 1
        return True

    each_way(check, edited(st.builds(lambda name, domain: f"{name}@{domain}", local, host), letters | odd))


@given(st.binary(max_size=64))
def test_digest_round_trips(data: bytes) -> None:
    digest = Digest.of(data)
    assert Digest.parse(str(digest)) == digest


def test_digest_has_one_spelling() -> None:
    def check(text: str) -> bool:
        try:
            digest = Digest.parse(text)
        except BadInput:
            return False
        assert str(digest) == text
        return True

    each_way(check, edited(st.binary().map(lambda data: str(Digest.of(data))), st.sampled_from("1zQmOlI0 ")))
