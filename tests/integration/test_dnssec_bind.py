"""Our validator and delv agree on what BIND signs and serves (T39)."""

from pathlib import Path

import pytest

from tests.doubles import bind
from verifier.core.identifiers import Host
from verifier.fetch import Resolver

LABEL = "_official-account"
RECORD = f'{LABEL} IN TXT "comptes.example.gouv.fr; token=abc"'

SECURE = (
    "gouv.test",
    "hashed.gouv.test",
    "full.gouv.test",
    "x.wild.gouv.test",
    "x.wild.full.gouv.test",
    "absent.gouv.test",
    "absent.full.gouv.test",
    "empty.gouv.test",
    "deep.empty.full.gouv.test",
    "alias.gouv.test",
)
INSECURE = (
    "unsigned.gouv.test",
    "loose.hashed.gouv.test",
    "loose.full.gouv.test",
    "x.y.wild.hashed.gouv.test",
)
BOGUS = ("forged.gouv.test", "stripped.gouv.test", "expired.gouv.test", "below.stripped.gouv.test")

OPT_OUT = "absent.hashed.gouv.test"


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root and ``gouv.test`` have NSEC, ``hashed`` NSEC3 with opt-out and RSA, ``full`` NSEC3 without."""
    folder = tmp_path_factory.mktemp("zones")
    common = [RECORD, '*.wild IN TXT "star"', "deep.empty IN A 192.0.2.1"]
    for zone, how, algorithm in (
        ("hashed.gouv.test.", ("-3", "abcd", "-H", "5", "-A"), "RSASHA256"),
        ("full.gouv.test.", ("-3", "-"), "ECDSAP384SHA384"),
    ):
        bind.write(folder, f"loose.{zone}", [RECORD])
        bind.sign(folder, zone, [*common, "loose IN NS ns.test."], *how, algorithm=algorithm)
    bind.write(folder, "unsigned.gouv.test.", [RECORD])
    bind.sign(folder, "forged.gouv.test.", [RECORD], algorithm="ED25519")
    bind.sign(folder, "stripped.gouv.test.", [RECORD], algorithm="ED25519")
    bind.sign(folder, "expired.gouv.test.", [RECORD], "-P", "-s", "20200101000000", "-e", "20200201000000")
    below = ("hashed", "full", "unsigned", "forged", "stripped", "expired")
    alias = f"{LABEL}.alias IN CNAME elsewhere.gouv.test.\nelsewhere IN TXT x"
    bind.sign(folder, "gouv.test.", [*common, *(f"{name} IN NS ns.test." for name in below), alias])
    bind.sign(folder, ".", ["gouv.test. IN NS ns.test.", "ns.test. IN A 127.0.0.1"])
    _forge(folder / "forged.gouv.test.served")
    bind.write(folder, "stripped.gouv.test.", [RECORD])
    return folder


def _forge(path: Path) -> None:
    signed = path.read_text()
    assert signed.count("token=abc") == 1
    path.write_text(signed.replace("token=abc", "token=evil"))


async def test_t39_we_agree_with_delv(zones: Path) -> None:
    names = (*SECURE, *INSECURE, *BOGUS, OPT_OUT)
    async with bind.serving(zones) as served:
        resolver = Resolver([served.server], anchor=served.anchor)
        ours = {name: (await resolver.texts(Host.parse(name), LABEL)).security for name in names}
        theirs = {name: await served.delv(f"{LABEL}.{name}") for name in names}
    expected = dict.fromkeys(SECURE, "secure") | dict.fromkeys(INSECURE, "insecure") | dict.fromkeys(BOGUS, "bogus")
    # In a gap with opt-out an unsigned delegation may stand: for RFC 5155, 9.2 the absence is no secure answer, and
    # what delv lets pass there, we do not.
    assert ours == expected | {OPT_OUT: "insecure"}
    assert theirs == expected | {OPT_OUT: "secure"}
