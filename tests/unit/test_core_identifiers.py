import hashlib
from collections.abc import Callable

import pytest

from verifier.core.errors import BadInput
from verifier.core.identifiers import Digest, Handle, Host, HttpsUrl, MailAddress


def refused(parse: object, text: str) -> str:
    assert callable(parse)
    with pytest.raises(BadInput) as problem:
        parse(text)
    return problem.value.code


@pytest.mark.parametrize(
    "text", ["gouv.fr", "a.b", "1.example", "a-b.example", "x" * 63 + ".example", "xn--bcher-kva.example"]
)
def test_host_is_read(text: str) -> None:
    assert str(Host.parse(text)) == text


def test_host_is_folded_once() -> None:
    assert Host.parse("Numerique.GOUV.fr") == Host("numerique.gouv.fr")


def test_t04_real_international_name_is_read() -> None:
    host = Host.parse("xn--galit-handicap-9jbf.gouv.fr")
    assert host.is_international
    assert host.unicode == "égalité-handicap.gouv.fr"


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "fr", "a..b", ".a.b", "a.b.", "-a.b", "a-.b", "a_b.c", "*.b.c",
        "a.b:", "a.b:x", "a:443", "a b.c", "a.b\n", "a.b\x00",
        "x" * 64 + ".example", ".".join(["x" * 49] * 6),
        "bq--abc.example", "ab--c.example",  # reserved: only xn-- has a meaning
        "xn--.example", "xn--a.example", "xn--A-.example",
    ],
)  # fmt: skip
def test_host_is_refused(text: str) -> None:
    assert refused(Host.parse, text) == "host-malformed"


@pytest.mark.parametrize(
    "text",
    [
        "gouv.fr\u200b", "gouv\u00ad.fr", "ｇouv.fr", "gouv。fr", "ﬁnances.gouv.fr", "①②⑦.⓪.⓪.①",
        "\ufeffgouv.fr", "gouv.ﬀr", "ſ.gouv.fr", "\u212aa.gouv.fr",
    ],
)  # fmt: skip
def test_t04_no_character_folds_into_ascii(text: str) -> None:
    assert refused(Host.parse, text) == "host-malformed"


@pytest.mark.parametrize(
    ("parse", "text", "code", "suggestion"),
    [
        (Host.parse, "Égalité.gouv.fr", "host-international", "xn--galit-9raf.gouv.fr"),
        (Host.parse, "e\u0301galite\u0301.gouv.fr", "host-international", "xn--galit-9raf.gouv.fr"),
        (Host.parse, "numerique.\u0433ouv.fr", "host-international", "numerique.xn--ouv-idd.fr"),
        (Handle.parse, "@x@égalité.example", "host-international", "@x@xn--galit-9raf.example"),
        (HttpsUrl.parse, "https://égalité.example/@x?y", "host-international", "https://xn--galit-9raf.example/@x?y"),
        (Host.parse, "a.b:443", "host-port", "a.b"),
        (Handle.parse, "@x@a.example:8443", "host-port", "@x@a.example"),
    ],
)
def test_t04_what_was_probably_meant_is_proposed_and_never_taken(
    parse: Callable[[str], object], text: str, code: str, suggestion: str
) -> None:
    with pytest.raises(BadInput) as problem:
        parse(text)
    assert (problem.value.code, problem.value.values) == (code, {"suggestion": suggestion})
    parse(suggestion)


@pytest.mark.parametrize("user", ["a b", "x" * 65, ".a", "e\u0301"])
def test_a_name_that_no_identifier_has_is_told_from_what_is_no_identifier(user: str) -> None:
    assert refused(Handle.parse, f"@{user}@b.example") == "handle-name"
    assert refused(Handle.parse, f"@{user}") == "handle-malformed"


@pytest.mark.parametrize(
    ("user", "place", "sign", "point"),
    [
        ("dіnum", 2, "і", "U+0456"),
        ("été", 1, "é", "U+00E9"),
        ("\u212a", 1, "\u212a", "U+212A"),
        ("1１", 2, "１", "U+FF11"),
    ],
)
def test_t04_the_letter_that_is_no_plain_one_is_named(user: str, place: int, sign: str, point: str) -> None:
    with pytest.raises(BadInput) as problem:
        Handle.parse(f"@{user}@b.example")
    assert problem.value.code == "handle-international"
    assert problem.value.values == {"place": place, "sign": sign, "point": point}


def test_an_identifier_is_no_mailbox() -> None:
    assert refused(MailAddress.parse, "@alice@b.example") == "email-is-handle"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "1.2.3.0x",
        "[::1]",
        "::1",
        "a.1",
        "a.0x1f",
    ],
)
def test_t22_address_is_no_host(text: str) -> None:
    assert refused(Host.parse, text) == "host-is-address"


@pytest.mark.parametrize(
    ("name", "parent", "within"),
    [
        ("gouv.fr", "gouv.fr", True),
        ("a.gouv.fr", "gouv.fr", True),
        ("a.b.gouv.fr", "gouv.fr", True),
        ("a.b.gouv.fr", "b.gouv.fr", True),
        ("notgouv.fr", "gouv.fr", False),
        ("a.notgouv.fr", "gouv.fr", False),
        ("xb.gouv.fr", "b.gouv.fr", False),
        ("gouv.fr.evil.example", "gouv.fr", False),
        ("a.gouv.fr", "b.gouv.fr", False),
        ("gouv.fr", "a.gouv.fr", False),
        ("fr.gouv", "gouv.fr", False),
    ],
)
def test_t02_host_is_within_by_whole_labels(name: str, parent: str, within: bool) -> None:
    assert Host(name).is_within(Host(parent)) is within


@pytest.mark.parametrize(
    "text", ["@aB@social.example", "aB@social.example", "acct:aB@social.example", "ACCT:aB@Social.Example"]
)
def test_handle_has_one_form(text: str) -> None:
    handle = Handle.parse(text)
    assert (str(handle), handle.acct) == ("@aB@social.example", "acct:aB@social.example")


def test_t00f_handle_keeps_its_spelling_and_says_what_it_folds_to() -> None:
    one, other = Handle.parse("@Test_Foo@social.example"), Handle.parse("@test_foo@social.example")
    assert one != other
    assert one.folded == other.folded == other


@pytest.mark.parametrize("user", ["a_b", "a.b", "a-b", "a--b", "_a_", "1", "x" * 64])
def test_handle_user_is_read(user: str) -> None:
    assert Handle.parse(f"@{user}@social.example").user == user


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "@a", "a", "@@a.example", "acct:@a@b.example", "@acct:a@b.example", "@@a@b.example", "@a@b@c.example",
        " @a@b.example", "@a @b.example", "@.a@b.example", "@a.@b.example", "@-a@b.example", "@a/b@c.example",
        "@a%40b@c.example", "@" + "x" * 65 + "@b.example", "@a\n@b.example", "https://b.example/@a",
    ],
)  # fmt: skip
def test_t31_handle_is_refused_not_repaired(text: str) -> None:
    assert refused(Handle.parse, text) in ("handle-malformed", "handle-name")


@pytest.mark.parametrize(
    "text", ["@a@b.example/", "@a@b.example\n", "@a@b.example.", "@a@mastodon.so/cial", "@a@b.example?x", "@a@b"]
)
def test_t31_handle_host_is_refused_not_repaired(text: str) -> None:
    assert refused(Handle.parse, text) == "host-malformed"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/", "https://a.example/"),
        ("HTTPS://A.Example/Path", "https://a.example/Path"),
        ("https://a.example/@a/1?b=c&d=%20", "https://a.example/@a/1?b=c&d=%20"),
        ("https://a.example/a//b", "https://a.example/a//b"),
        ("https://a.example/...", "https://a.example/..."),
        ("https://a.example/%2Fa", "https://a.example/%2Fa"),
    ],
)
def test_url_is_read(text: str, spelled: str) -> None:
    assert str(HttpsUrl.parse(text)) == spelled


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://a.example/", "url-not-https"),
        ("//a.example/", "url-not-https"),
        ("https:a.example/", "url-not-https"),
        ("file:///etc/passwd", "url-not-https"),
        ("https://a.example:443/", "url-port"),
        ("https://a.example:/", "url-port"),
        ("https://u@a.example/", "url-userinfo"),
        ("https://a.example:443@evil.example/", "url-userinfo"),
        ("https://a.example\\@evil.example/", "url-malformed"),
        ("https://a.example/#x", "url-malformed"),
        ("https://a.example/a b", "url-malformed"),
        ("https://a.example/\t", "url-malformed"),
        ("https://a.example/\n", "url-malformed"),
        ("https://a.example/..", "url-malformed"),
        ("https://a.example/a/./b", "url-malformed"),
        ("https://a.example/%2e%2E/b", "url-malformed"),
        ("https://a.example/.%2e/b", "url-malformed"),
        ("https://a.example/%", "url-malformed"),
        ("https://a.example/%zz", "url-malformed"),
        ("https://a.example/?%", "url-malformed"),
        ("https://a.example/é", "url-malformed"),
        ("https://a.example/" + "x" * 2048, "url-malformed"),
        ("https://", "host-malformed"),
        ("https:///path", "host-malformed"),
        ("https://localhost/", "host-malformed"),
        ("https://[::ffff:127.0.0.1]/", "host-is-address"),
        ("https://2130706433/", "host-is-address"),
    ],
)  # fmt: skip
def test_url_is_refused(text: str, code: str) -> None:
    assert refused(HttpsUrl.parse, text) == code


def test_url_is_what_is_sent() -> None:
    url = HttpsUrl.parse("https://a.example/@a?b")
    assert (url.origin, url.target) == ("https://a.example", "/@a?b")


@pytest.mark.parametrize(
    "text",
    [
        "<a@evil.example>b@gouv.fr", '"a@evil.example"@gouv.fr', "a(comment)@gouv.fr", "a@[127.0.0.1]", "a@127.0.0.1",
        "a@gouv.fr.", "a@b@gouv.fr", "@gouv.fr", "a@", "a", "", "a @gouv.fr", " a@gouv.fr", "a@gouv.fr ", "a@gouv.fr\n",
        "a@gouv.fr\r\nBcc: b@evil.example",
        ".a@gouv.fr", "a.@gouv.fr", "a..b@gouv.fr", "-a@gouv.fr", "a-@gouv.fr", "a+@gouv.fr", "+a@gouv.fr",
        "a+b+c@gouv.fr", "a+.@gouv.fr", "a+b.@gouv.fr", "a+b..c@gouv.fr",
        "a%b@gouv.fr", "a!b@gouv.fr", "a'b@gouv.fr", "a/b@gouv.fr", "é@gouv.fr", "a@gouv。fr", "mailto:a@gouv.fr",
        "a" * 65 + "@gouv.fr", "a@" + ".".join(["x" * 62] * 4) + ".fr",
    ],
)  # fmt: skip
def test_t01_doubtful_mailbox_is_refused(text: str) -> None:
    assert refused(MailAddress.parse, text) == "email-malformed"


@pytest.mark.parametrize("text", ["a@gouv.fr\n", "a\n@gouv.fr", "\na@gouv.fr"])
def test_t03_end_of_text_is_the_end(text: str) -> None:
    assert refused(MailAddress.parse, text) == "email-malformed"


def test_t05_spellings_of_a_mailbox_are_one_person() -> None:
    spellings = ("Prenom.Nom@numerique.gouv.fr", "prenom.nom+presse@numerique.gouv.fr", "prenom.nom@NUMERIQUE.gouv.fr")
    assert {MailAddress.parse(spelling).person for spelling in spellings} == {"prenom.nom@numerique.gouv.fr"}


def test_t05_mail_goes_to_the_address_with_its_tag() -> None:
    assert str(MailAddress.parse("Prenom.Nom+Presse@numerique.gouv.fr")) == "prenom.nom+presse@numerique.gouv.fr"


def test_digest_is_a_multihash() -> None:
    digest = Digest.of(b"key")
    assert digest.sha256 == hashlib.sha256(b"key").digest()
    assert str(digest).startswith("zQm")
    assert Digest.parse(str(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "zQm",
        "Qm",
        "z0OIl",
        "zé",
        str(Digest.of(b""))[:-1],
        str(Digest.of(b"")) + "1",
        "z1" + str(Digest.of(b""))[1:],
    ],
)
def test_digest_is_refused(text: str) -> None:
    assert refused(Digest.parse, text) == "digest-malformed"
