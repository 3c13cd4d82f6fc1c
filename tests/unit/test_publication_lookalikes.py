"""Handles made to be taken for attested ones (T32, T00d), and those that are not."""

import pytest

from verifier.core.identifiers import Handle, Host
from verifier.publication.lookalikes import Listed, Lookalikes, index_of
from verifier.publication.skeletons import host_skeleton, skeleton

BODY = "@dinum@social.numerique.gouv.fr"
MINISTRY = "@ministere.armees@social.numerique.gouv.fr"
AGENT = "@camille.martin@social.numerique.gouv.fr"


def host(name: str) -> str:
    """A name as a browser shows it, in A-labels."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in name.split(".")
    )


@pytest.fixture(scope="module")
def index() -> Lookalikes:
    return index_of(
        [
            Listed(Handle.parse(BODY), is_body=True),
            Listed(Handle.parse(MINISTRY), is_body=True),
            Listed(Handle.parse(AGENT), is_body=False),
        ]
    )


def asked(index: Lookalikes, handle: str) -> tuple[str, str] | None:
    user, _, name = handle.removeprefix("@").partition("@")
    found = index.find(Handle.parse(f"{user}@{host(name)}"))
    return (found["handle"], found["why"]) if found else None


@pytest.mark.parametrize(
    ("handle", "official"),
    [
        ("@d1num@evil.example", BODY),
        ("@dlnum@evil.example", BODY),
        ("@DINUM@social-numerique-gouv.fr", BODY),
        ("@dinurn@evil.example", BODY),
        ("@dinum@social.numerique.gouvf.fr", BODY),
        ("@dinum@social.numerique.g0uv.fr", BODY),
        ("@dinum@socia1.numerique.gouv.fr", BODY),
        ("@dinum@social.nurnerique.gouv.fr", BODY),
        ("@dinum@social.numerique.gouv.fr.evil.example", BODY),
        ("@dinum@social-numerique-gouv-fr.example", BODY),
        ("@dinum@social.numerique.gouv.example", BODY),
        ("@dinum@s.ocial.numerique.gouv.fr", BODY),
        ("@dinum@social.numeriquegouv.fr", BODY),
        ("@dinum@social.numerique.gоuv.fr", BODY),
        ("@dinum@ѕосіаl.numerique.gouv.fr", BODY),
        ("@dinum@social.numérique.gouv.fr", BODY),
        ("@dinum@sociaӏ.numerique.gouv.fr", BODY),
        ("@carnille.martin@mastodon.example", AGENT),
        ("@cami11e.martin@mastodon.example", AGENT),
        ("@camille.martin@social.numerique.gouvf.fr", AGENT),
        ("@camille.martin@social.numerique.gouv.fr.evil.example", AGENT),
        ("@camille.martin@socıal.numerique.gouv.fr", AGENT),
    ],
)
def test_t32_letters_and_servers_that_read_as_others(index: Lookalikes, handle: str, official: str) -> None:
    assert asked(index, handle) == (official, "confusable")


@pytest.mark.parametrize(
    ("handle", "official"),
    [
        ("@di.num@evil.example", BODY),
        ("@dinumm@evil.example", BODY),
        ("@dimun@evil.example", BODY),
        ("@d_i_n_u_m@social.numerique.gouv.fr", BODY),
        ("@dinums@social.numerique.gouv.fr", BODY),
        ("@dnium@social.numerique.gouv.fr", BODY),
        ("@ministere.armee@evil.example", MINISTRY),
        ("@ministere-armees@evil.example", MINISTRY),
        ("@ministeres.armees@evil.example", MINISTRY),
        ("@minsitere.armees@evil.example", MINISTRY),
        ("@camille_martin@social.numerique.gouv.fr", AGENT),
        ("@camille-martin@social.numerique.gouvf.fr", AGENT),
    ],
)
def test_t32_spellings_that_are_nearly_the_same(index: Lookalikes, handle: str, official: str) -> None:
    assert asked(index, handle) == (official, "similar")


def test_t32_the_name_of_a_body_on_another_server(index: Lookalikes) -> None:
    assert asked(index, "@dinum@mastodon.example") == (BODY, "same-user")


@pytest.mark.parametrize(
    "handle",
    [
        "@camille.martin@mastodon.example",
        "@camille-martin@mastodon.example",
        "@camille.martins@mastodon.example",
        "@camille.martins@social.numerique.gouv.fr",
        "@camille.matrin@social.numerique.gouv.fr",
    ],
)
def test_who_bears_the_name_of_an_agent_imitates_nobody(index: Lookalikes, handle: str) -> None:
    assert asked(index, handle) is None


@pytest.mark.parametrize(
    "handle",
    [
        "@bob@evil.example",
        "@dim@social.numerique.gouv.fr",
        "@d@d.fr",
        "@ministere@evil.example",
    ],
)
def test_other_names(index: Lookalikes, handle: str) -> None:
    assert asked(index, handle) is None


def test_short_names_have_too_many_neighbours() -> None:
    index = index_of(
        [
            Listed(Handle.parse("@ign@social.ign.fr"), is_body=True),
            Listed(Handle.parse("@ian@social.ign.fr"), is_body=False),
        ]
    )
    assert asked(index, "@igm@social.ign.fr") is None
    assert asked(index, "@lan@mastodon.example") is None
    assert asked(index, "@lgn@mastodon.example") == ("@ign@social.ign.fr", "confusable")


def test_the_nearest_is_named() -> None:
    index = index_of(
        [
            Listed(Handle.parse(f"@{name}@{place}.gouv.fr"), is_body=True)
            for name in ("presse", "tourisme")
            for place in ("culture", "travail", "interieur")
        ]
    )
    assert asked(index, "@tourisme@travai1.gouv.fr") == ("@tourisme@travail.gouv.fr", "confusable")
    assert asked(index, "@tourisme@mastodon.example") == ("@tourisme@culture.gouv.fr", "same-user")
    assert asked(index, "@presse@travai1.gouv.fr") == ("@presse@travail.gouv.fr", "confusable")
    assert asked(index, "@presse@mastodon.example") is None, "the name of a role is nobody's own"


def test_t00d_who_is_forgotten_is_named_no_more() -> None:
    index = index_of([Listed(Handle.parse(BODY), is_body=True), Listed(Handle.parse(AGENT), is_body=False)])
    for handle in (BODY, AGENT, BODY):
        index.discard(Handle.parse(handle))
    assert len(index) == 0
    assert asked(index, "@d1num@evil.example") is None
    tables = [getattr(index, name) for name in Lookalikes.__dataclass_fields__]
    assert tables == [{}] * len(tables)


def test_the_last_word_on_an_account_counts() -> None:
    index = index_of([Listed(Handle.parse(AGENT), is_body=False), Listed(Handle.parse(AGENT), is_body=True)])
    assert len(index) == 1
    assert asked(index, "@camille.martin@mastodon.example") == (AGENT, "same-user")
    index.add(Listed(Handle.parse(AGENT), is_body=False))
    assert asked(index, "@camille.martin@mastodon.example") is None


def test_a_crowd_costs_no_more_than_a_few() -> None:
    index = index_of([Listed(Handle.parse(f"@tourisme@s{number}.gouv.fr"), is_body=True) for number in range(2_000)])
    assert len(list(index._entries_of(index._looks, skeleton("tourisme")))) == 64
    assert asked(index, "@tourisme@mastodon.example") is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("m", "rn"), ("i", "l"), ("1", "l"), ("0", "o"), ("vv", "w"), ("о", "o"), ("é", "e"), ("ᴢ", "z"), ("œ", "oe")],
)
def test_skeletons_of_what_reads_alike(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert skeleton(f"a{one}b") == skeleton(f"a{other}b")


def test_skeletons_of_what_does_not() -> None:
    signs = "abcdefghjklnopqrstuvwxyz23456789"
    assert len({skeleton(sign) for sign in signs}) == len(signs)


def test_the_skeleton_of_a_server_is_of_the_name_shown() -> None:
    assert host_skeleton(Host.parse(host("gоuv.fr"))) == host_skeleton(Host.parse("gouv.fr"))
