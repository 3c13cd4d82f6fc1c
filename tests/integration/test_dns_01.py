"""``dns-01`` and the owner's policy, over a signed DNS tree (T38, T39, T40)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.doubles.signed_zones import SignedZones, forged, without
from tests.doubles.tools import METHODS, NOW, tools, why
from verifier.core.clock import Clock
from verifier.core.errors import Unavailable
from verifier.core.identifiers import Handle, Host
from verifier.core.models import End, Record, Subject
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools
from verifier.validation.domains.body_record import check_record
from verifier.validation.domains.owner_policy import Decided, owner_policy
from verifier.validation.domains.owner_record import NOTHING, Policy

METHOD = METHODS["dns-01"]
US = "verifier.example"  # tests.doubles.tools.ORIGIN
DOMAIN = "numerique.gouv.fr"
NAME = f"_official-account.{DOMAIN}"
TOKEN = "mfrggzdfmztwq2lknnwg23tpoa"  # of the body
RIGHT = f"{US}; token={TOKEN}"
SUBJECT = Subject(
    order_id="o",
    handle=Handle.parse("@dinum@social.example"),
    page="https://verifier.example/v/o",
    mailbox=None,
    domain=Host.parse(DOMAIN),
    locale="fr",
    body_token=TOKEN,
)


@dataclass
class Town:
    """A body whose DNS a test writes."""

    dns: SignedZones
    tools: Tools

    def publish(self, *texts: str, name: str = DOMAIN) -> None:
        zone = self.dns.around(self.dns[f"{DOMAIN}."].origin if name == DOMAIN else self.dns["gouv.fr."].origin)
        zone.add(f"_official-account.{name}.", "TXT", *(f'"{text}"' for text in texts))

    async def check(self) -> Record:
        state = METHOD.initial_state(SUBJECT)
        record, after = await METHOD.check(SUBJECT, state, {}, self.tools)
        assert after == state
        assert (record.method, record.end, record.checked_at) == ("dns-01", End.IDENTITY, NOW)
        return record

    async def policy(self, host: str = DOMAIN) -> Decided:
        return await owner_policy(Host.parse(host), Host.parse("gouv.fr"), self.tools.dns, authority=US)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with SignedZones.tree() as dns, Fetcher(Resolver([]), user_agent="test") as fetcher:
        resolver = Resolver([dns.server], timeout=1, clock=Clock(lambda: NOW), anchor=dns.anchor(tmp_path))
        yield Town(dns, replace(tools(fetcher), dns=resolver))


def test_what_to_publish_is_known_from_the_start(town: Town) -> None:
    state = METHOD.initial_state(SUBJECT)
    assert METHOD.instructions(state) == {"name": NAME, "value": RIGHT}
    assert not METHOD.is_preparation(state, {})
    assert METHOD.declaration.public


async def test_the_record_proves(town: Town) -> None:
    town.publish(RIGHT)
    record = await town.check()
    assert record.valid, record.problem
    assert record.evidence == {
        "name": NAME,
        "servers": ["127.0.0.1"],
        "security": "secure",
        "records": [RIGHT],
        "count": 1,
    }
    assert await check_record(Host.parse(DOMAIN), TOKEN, US, town.tools) == (record.evidence, None)


async def test_what_is_shown_is_what_proves(town: Town) -> None:
    town.publish(METHOD.instructions(METHOD.initial_state(SUBJECT))["value"])
    assert (await town.check()).valid


async def test_an_unsigned_domain_proves_and_says_so(town: Town) -> None:
    del town.dns["gouv.fr."].records[town.dns[f"{DOMAIN}."].origin, town.dns["gouv.fr."].key.rdtype.make("DS")]
    town.dns[f"{DOMAIN}."].signed = False
    town.publish(RIGHT)
    record = await town.check()
    assert record.valid, record.problem
    assert record.evidence["security"] == "insecure"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["v=spf1 -all"], "dns-record-missing"),
        (["comptes.example.org; token=theirs"], "dns-record-missing"),
        ([f"comptes.example.org; token={TOKEN}"], "dns-record-near"),
        ([f"token={TOKEN}"], "dns-record-near"),
        ([f"'{RIGHT}'"], "dns-record-quoted"),
        ([f"{US}; token=another"], "dns-record-other-token"),
        ([f"{US}; token={TOKEN.upper()}"], "dns-record-other-token"),
        ([f"{RIGHT}; persistUntil={NOW}"], "dns-record-expired"),
        ([RIGHT, f"{US}; token=former"], "dns-record-duplicate"),
        ([RIGHT, f"{RIGHT}; persistUntil={NOW + 1}"], "dns-record-duplicate"),
        ([f"{RIGHT};"], "dns-record-malformed"),
        ([RIGHT, f"{RIGHT}; extra=1"], "dns-record-malformed"),
        ([f"{RIGHT}; token={TOKEN}"], "dns-record-malformed"),
        ([RIGHT, "policy; issuer="], "owner-forbids-issuer"),
        ([RIGHT, "policy; issuer=comptes.example.org"], "owner-forbids-issuer"),
        ([RIGHT, "policy; agents=maybe"], "owner-policy-malformed"),
        ([RIGHT, "policy", "policy; agents=no"], "owner-policy-malformed"),
    ],
)
async def test_t40_what_does_not_prove(town: Town, texts: list[str], code: str) -> None:
    town.publish(*texts)
    record = await town.check()
    assert why(record) == code
    assert sorted(record.evidence["records"]) == sorted(texts)  # all are shown, the former contractor's too


async def test_t40_every_record_is_listed(town: Town) -> None:
    former = "comptes.example.org; token=former-contractor"
    town.publish(RIGHT, former, "policy; issuer=verifier.example; agents=no")
    record = await town.check()
    assert record.valid
    assert former in record.evidence["records"]
    assert record.evidence["count"] == 3


async def test_t40_a_record_may_say_until_when(town: Town) -> None:
    town.publish(f"{RIGHT}; persistUntil={NOW + 1}")
    record = await town.check()
    assert record.valid
    assert record.evidence["persistUntil"] == NOW + 1


async def test_evidence_is_cut_to_a_sane_length(town: Town) -> None:
    town.publish(RIGHT, *(f'{number} {"x" * 200}" "{"y" * 200}' for number in range(30)))
    record = await town.check()
    assert record.valid
    assert record.evidence["count"] == 31
    assert len(record.evidence["records"]) == 20
    assert max(map(len, record.evidence["records"])) <= 301


async def test_nothing_published(town: Town) -> None:
    assert why(await town.check()) == "dns-record-missing"


async def test_t39_a_forged_record_proves_nothing(town: Town) -> None:
    town.dns.lies[NAME, "TXT"] = forged(RIGHT)
    record = await town.check()
    assert why(record) == "dns-bogus"
    assert record.problem is not None
    assert record.problem.values == {"name": NAME, "why": f"signature missing: {NAME} TXT"}


async def test_t38_a_dangling_alias_proves_nothing(town: Town) -> None:
    town.dns[f"{DOMAIN}."].add(f"{NAME}.", "CNAME", "lost.paas.example.")
    record = await town.check()
    assert why(record) == "dns-alias"
    assert record.problem is not None
    assert record.problem.values["target"] == "lost.paas.example"


async def test_a_dns_that_is_away_is_our_own_fault(town: Town) -> None:
    town.tools = replace(town.tools, dns=Resolver(["127.0.0.1:9"], timeout=0.3))
    with pytest.raises(Unavailable, match="dns-resolver"):
        await town.check()
    town.tools = replace(town.tools, dns=Resolver(()))
    assert why(await town.check()) == "dns-bogus"


async def test_the_nearest_policy_decides(town: Town) -> None:
    town.publish("policy; agents=no")
    town.publish("policy; report=mailto:ssi@gouv.fr", name="gouv.fr")
    found = await town.policy(f"sub.{DOMAIN}")
    assert (found.policy, found.at, found.problem) == (Policy(agents=False), Host.parse(DOMAIN), None)
    assert [item["name"] for item in found.evidence] == [f"_official-account.sub.{DOMAIN}", NAME]
    assert (await town.policy("other.gouv.fr")).policy == Policy(report="mailto:ssi@gouv.fr")


async def test_without_a_policy_all_is_allowed(town: Town) -> None:
    town.publish(RIGHT)
    found = await town.policy()
    assert (found.policy, found.at, found.problem) == (Policy(), None, None)
    assert len(found.evidence) == 2


@pytest.mark.parametrize("texts", [["policy; x"], ["policy", "policy; agents=no"]])
async def test_t40_a_broken_policy_forbids(town: Town, texts: list[str]) -> None:
    town.publish(*texts)
    found = await town.policy(f"sub.{DOMAIN}")
    assert found.policy == NOTHING
    assert found.problem is not None
    assert found.problem.code == "owner-policy-malformed"


async def test_t39_a_stripped_policy_forbids(town: Town) -> None:
    town.publish("policy; agents=no")
    town.dns.lies[NAME, "TXT"] = without(*[kind for _, kind in town.dns[f"{DOMAIN}."].records])
    found = await town.policy()
    assert found.policy == NOTHING
    assert found.problem is not None
    assert found.problem.code == "dns-bogus"


async def test_t38_an_alias_is_no_policy(town: Town) -> None:
    town.dns[f"{DOMAIN}."].add(f"*.{DOMAIN}.", "CNAME", "lost.paas.example.")
    town.publish("policy; agents=no")
    found = await town.policy(f"sub.{DOMAIN}")
    assert (found.policy.agents, found.at) == (False, Host.parse(DOMAIN))


async def test_a_policy_that_cannot_be_asked_is_not_guessed(town: Town) -> None:
    town.tools = replace(town.tools, dns=Resolver(["127.0.0.1:9"], timeout=0.3))
    with pytest.raises(Unavailable, match="dns-resolver"):
        await town.policy()
