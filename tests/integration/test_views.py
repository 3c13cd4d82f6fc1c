"""Checks from several places of the network: a quorum sees the same, or nothing is proved."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import ACTIVITY, Instance, property_value
from tests.doubles.mastodon_api import Api
from tests.doubles.tools import METHODS, tools
from tests.initiators import OPERATOR
from tests.integration.daily import OTHER_PEM
from tests.integration.house import ALICE, HOST, Holder, House, running
from tests.integration.institution import DINUM, challenges, order, publish_record
from tests.ports import free_port
from verifier.core.errors import ConfigError, Unavailable
from verifier.core.identifiers import Handle, HttpsUrl
from verifier.core.models import AccountPin, End, Problem, Record, Subject
from verifier.fetch import Fetcher, Resolver
from verifier.settings import load
from verifier.validation.views import DIRECT, View, Views

MX = {("numerique.gouv.fr", "MX"): ["10 mx.numerique.gouv.fr."]}


def problem(answer: dict[str, Any]) -> str:
    return str(answer["problem"]["type"].rpartition("#")[2])


async def stored(house: House, holder: Holder, method: str) -> Sequence[tuple[str, bool]]:
    records = await house.service.storage.read.records.of_order(holder.id)
    return [(record.view, record.valid) for record in records if record.method == method]


@pytest.mark.parametrize(("quorum", "status"), [(0, "invalid"), (3, "invalid"), (2, "valid")])
async def test_t39_two_resolvers_agree_and_one_lies(tmp_path: Path, quorum: int, status: str) -> None:
    async with DnsDouble.running(MX) as second, DnsDouble.running(MX) as liar:
        views = [{"name": "second", "dns_servers": [second.server]}, {"name": "third", "dns_servers": [liar.server]}]
        async with running(tmp_path, views=views, quorum=quorum) as house:
            holder = await order(house)
            publish_record(house, holder)
            name = challenges(holder.order, "identity")["dns-01"]["name"]
            second.zone[name, "TXT"] = house.dns.zone[name, "TXT"]
            liar.zone[name, "TXT"] = ['"other.example; token=stolen"']
            answer = (await holder.challenge("dns-01")).json
            assert answer["status"] == status
            if status == "invalid":
                assert problem(answer) == "views-disagree"
            told = answer["record"]["evidence"]["views"]
            assert [(view["view"], view["result"], view["agrees"]) for view in told] == [
                ("direct", "valid", True),
                ("second", "valid", True),
                ("third", "invalid", False),
            ]
            assert await stored(house, holder, "dns-01") == [
                ("direct", True),
                ("second", True),
                ("third", False),
                ("quorum", status == "valid"),
            ]
            if status == "valid":
                await holder.publish()
                (check,) = [check for check in (await house.lookup(DINUM))["checks"] if check["method"] == "dns-01"]
                assert check["views"] == 2


async def test_t41_an_instance_that_lies_to_one_reader(tmp_path: Path) -> None:
    async with running(tmp_path, views=[{"name": "plain", "user_agent": "Mozilla/5.0"}]) as house:
        holder = await house.order()
        holder.link()
        person = house.person(ALICE)
        honest = dict(person.actor)

        async def cloaked(request: web.Request) -> web.Response:
            actor = honest if request.headers["User-Agent"].startswith("verifier/") else honest | {"attachment": []}
            return web.json_response(actor, content_type=ACTIVITY)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), cloaked)
        answer = (await holder.challenge("rel-me-01")).json
        assert (answer["status"], problem(answer)) == ("invalid", "views-disagree")
        assert (await holder.finalize()).code == "order-not-ready"
        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), lambda _: _json(honest))
        assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
        await holder.publish()
        (check,) = [check for check in (await house.lookup(ALICE))["checks"] if check["method"] == "rel-me-01"]
        assert check["views"] == 2


async def test_t41_what_one_view_alone_saw_is_never_attested(tmp_path: Path) -> None:
    async with running(tmp_path, views=[{"name": "plain", "user_agent": "Mozilla/5.0"}]) as house:
        holder = await house.order()
        person = house.person(ALICE)
        word = (await holder.challenge("profile-token-01")).json["token"]
        person.actor["attachment"] = [property_value(word)]
        assert (await holder.challenge("profile-token-01")).json["status"] == "valid"
        honest = dict(person.actor)
        linked = honest | {"attachment": [property_value(f'<a href="{holder.page}" rel="me">{holder.page}</a>')]}

        async def cloaked(request: web.Request) -> web.Response:
            ours = request.headers["User-Agent"].startswith("verifier/")
            return web.json_response(linked if ours else honest, content_type=ACTIVITY)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), cloaked)
        assert problem((await holder.challenge("rel-me-01")).json) == "views-disagree"
        assert ("direct", True) in await stored(house, holder, "rel-me-01")
        await holder.challenge("email-01")
        await holder.challenge("email-01", {"code": house.code()})
        assert (await holder.finalize()).json["status"] == "issued"
        told = {check["method"]: check["views"] for check in (await house.lookup(ALICE))["checks"]}
        assert told == {"profile-token-01": 2, "email-01": 1}


VIEW = {"name": "plain", "user_agent": "Mozilla/5.0"}


def is_ours(request: web.BaseRequest) -> bool:
    """Whether it is the service's own view that asks."""
    return request.headers["User-Agent"].startswith("verifier/")


async def sign_in(house: House, holder: Holder, api: Api) -> Any:  # noqa: ANN401
    answer = api.sign_in((await holder.challenge("oauth-01")).json["authorize"])
    await house.ask("GET", f"/callback/oauth-01/{holder.id}?{urlencode(answer)}", headers=holder.bearer)
    ends = (await holder.show()).json["authorizations"]
    return next(each for each in ends[0]["challenges"] if each["type"] == "oauth-01")


async def test_a_sign_in_that_all_views_confirm(tmp_path: Path) -> None:
    async with running(tmp_path, views=[VIEW]) as house:
        holder = await house.order()
        assert (await sign_in(house, holder, Api(house.http, house.person(ALICE))))["status"] == "valid"
        await holder.challenge("email-01")
        await holder.challenge("email-01", {"code": house.code()})
        assert (await holder.finalize()).json["status"] == "issued"
        assert (await house.lookup(ALICE))["checks"][0]["views"] == 2


async def test_t41_a_sign_in_does_not_escape_the_quorum(tmp_path: Path) -> None:
    """The one view that signs in is shown another key, by whoever stands in its way."""
    async with running(tmp_path, views=[VIEW]) as house:
        holder, person = await house.order(), house.person(ALICE)
        honest = dict(person.actor)
        forged = honest | {"publicKey": honest["publicKey"] | {"publicKeyPem": OTHER_PEM}}

        async def cloaked(request: web.Request) -> web.Response:
            return await _json(forged if is_ours(request) else honest)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), cloaked)
        assert problem(await sign_in(house, holder, Api(house.http, person))) == "views-disagree"


async def test_t41_all_views_must_see_the_account_that_signed_in(tmp_path: Path) -> None:
    """They agree with each other, on another key than the one that the sign-in was about."""
    async with running(tmp_path, views=[VIEW]) as house:
        holder, person = await house.order(), house.person(ALICE)
        api, honest = Api(house.http, person), dict(person.actor)
        other = honest | {"publicKey": honest["publicKey"] | {"publicKeyPem": OTHER_PEM}}

        async def changing(_: web.Request) -> web.Response:
            return await _json(other if api.revoked else honest)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), changing)
        challenge = await sign_in(house, holder, api)
        assert (challenge["status"], problem(challenge)) == ("invalid", "views-disagree")
        assert len(api.revoked) == 1


async def test_t39_a_token_that_opens_the_account_to_one_view_alone_proves_nothing(tmp_path: Path) -> None:
    """Whoever stands in the way of one view plays the whole sign-in there; the instance knows nothing of the token."""
    async with running(tmp_path, views=[VIEW]) as house:
        holder = await house.order()
        api, path = Api(house.http, house.person(ALICE)), "/api/v1/accounts/verify_credentials"
        account = house.http.handlers[HOST, path]

        async def cloaked(request: web.Request) -> web.StreamResponse:
            return await account(request) if is_ours(request) else web.Response(status=401)

        house.http.handle(HOST, path, cloaked)
        assert problem(await sign_in(house, holder, api)) == "views-disagree"
        assert len(api.revoked) == 1


async def _json(actor: dict[str, Any]) -> web.Response:
    return web.json_response(actor, content_type=ACTIVITY)


async def look_from(*actors: Sequence[dict[str, Any]], quorum: int) -> Record:
    """What views see, each of which is shown other fields of one account."""
    async with AsyncExitStack() as stack:
        views = []
        for number, attachment in enumerate(actors):
            http = await stack.enter_async_context(HttpDouble.running())
            Instance(http, HOST).person("alice", *attachment)
            fetcher = Fetcher(Resolver(()), user_agent="test", overrides=http.overrides(HOST))
            ways = await stack.enter_async_context(fetcher)
            views.append(View(DIRECT if number == 0 else f"view-{number}", tools(ways)))
        subject = Subject("o", Handle.parse(ALICE), PAGE, None, None, "fr")
        records, _ = await Views(tuple(views), quorum).check(METHODS["rel-me-01"], subject, {}, {})
        return records[-1]


PAGE = "https://verifier.example/v/o"
LINKED = (property_value(f'<a href="{PAGE}" rel="me">{PAGE}</a>'),)


@pytest.mark.parametrize(
    ("shown", "quorum", "valid"),
    [
        ((LINKED, LINKED, LINKED), 3, True),
        ((LINKED, LINKED, ()), 3, False),
        ((LINKED, LINKED, ()), 2, True),
        ((LINKED, (), ()), 2, False),
    ],
)
async def test_t41_what_each_address_is_shown(shown: Any, quorum: int, valid: bool) -> None:  # noqa: ANN401
    assert (await look_from(*shown, quorum=quorum)).valid is valid


def dns_record(at: str = "numerique.gouv.fr", **changes: Any) -> Record:  # noqa: ANN401 - members of a record
    evidence = {"domain": at, "security": "secure", "persistUntil": None}
    plain: dict[str, Any] = {"checked_at": 1, "valid": True, "evidence": evidence}
    return Record("dns-01", End.IDENTITY, **(plain | changes))


def pin(**changes: Any) -> AccountPin:  # noqa: ANN401 - members of a pin
    actor, profile = HttpsUrl.parse(f"https://{HOST}/users/alice"), f"https://{HOST}/@alice"
    return replace(AccountPin(Handle.parse(ALICE), str(actor), profile, "digest", None), **changes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (dns_record(), dns_record(evidence={"security": "insecure"})),
        (dns_record(), dns_record(evidence={"security": "secure", "persistUntil": 1_795_428_000})),
        (dns_record(account=pin()), dns_record(account=pin(key_digest="other"))),
        (dns_record(account=pin()), dns_record(account=pin(actor=f"https://{HOST}/users/eve"))),
        (dns_record(), dns_record(valid=False, problem=Problem("dns-no-record", {}))),
    ],
    ids=["security", "persistUntil", "key", "actor", "result"],
)
def test_t39_views_that_agree_on_different_facts_disagree(one: Record, other: Record) -> None:
    """Two that say yes, of two accounts, or one from a signed record and one from a forged one, are no quorum."""
    views = Views((), 2)
    for alike in ((one, one), (other, other)):
        assert views.combine(alike).valid is alike[0].valid
        assert views.combine(alike).account == alike[0].account
    for pair in ((one, other), (other, one)):
        combined = views.combine(pair)
        assert (combined.valid, combined.account) == (False, None)
        assert combined.problem == Problem("views-disagree", {"agree": 1, "views": 2, "quorum": 2})


def test_t39_two_ways_to_fail_are_no_quorum() -> None:
    failures = [dns_record(valid=False, problem=Problem(code, {})) for code in ("dns-no-record", "dns-bogus")]
    combined = Views((), 2).combine(failures)
    assert combined.problem is not None
    assert combined.problem.code == "views-disagree"


async def test_a_failure_that_all_see_is_told_as_it_is() -> None:
    record = await look_from((), (), quorum=2)
    assert record.problem is not None
    assert record.problem.code == "backlink-missing"


async def look_with_a_dead_proxy(quorum: int, looks: int = 1) -> Sequence[Record]:
    """What two views see, and a third whose way out is shut."""
    records: Sequence[Record] = ()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(HttpDouble.running())
        dns = await stack.enter_async_context(DnsDouble.running({(HOST, "A"): ["192.88.98.1"]}))
        Instance(http, HOST).person("alice", *LINKED)
        names, dead = Resolver([dns.server], lenient=True), f"http://127.0.0.1:{free_port()}"
        ways = [Fetcher(names, user_agent="test", overrides=http.overrides(HOST)) for _ in range(2)]
        views = [
            View(f"view-{number}", tools(await stack.enter_async_context(way)))
            for number, way in enumerate([*ways, Fetcher(names, user_agent="test", proxy=dead)])
        ]
        subject = Subject("o", Handle.parse(ALICE), PAGE, None, None, "fr")
        every = Views(tuple(views), quorum)
        for _ in range(looks):
            records, _ = await every.check(METHODS["rel-me-01"], subject, {}, {})
    return records


async def test_a_view_that_cannot_look_has_seen_nothing(caplog: pytest.LogCaptureFixture) -> None:
    records = await look_with_a_dead_proxy(quorum=2, looks=2)
    assert [record.valid for record in records] == [True, True, False, True]
    assert records[2].problem is not None
    assert (records[2].problem.code, records[2].account, records[2].evidence) == ("fetch-egress", None, {})
    assert caplog.text.count("view-2 cannot look (fetch-egress") == 1, "once an hour is enough"


async def test_when_fewer_than_a_quorum_can_look_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unavailable) as caught:
        await look_with_a_dead_proxy(quorum=3)
    assert caught.value.code == "fetch-egress"
    assert "view-2 cannot look" in caplog.text


async def test_one_view_says_so(house: House) -> None:
    holder = await house.attest()
    assert await stored(house, holder, "rel-me-01") == [("direct", True)]
    assert {check["views"] for check in (await house.lookup(ALICE))["checks"]} == {1}


@pytest.mark.parametrize(
    ("views", "quorum", "good"),
    [
        (0, 1, True),
        (0, 2, False),
        (1, 1, False),
        (1, 2, True),
        (2, 1, False),
        (2, 2, True),
        (5, 4, True),
        (5, 3, False),
    ],
)
def test_a_quorum_is_not_smaller_than_the_table_allows(views: int, quorum: int, good: bool) -> None:
    places = [{"name": f"view-{number}", "user_agent": f"{number}"} for number in range(views)]
    given = {"sandbox": True, "views": places, "quorum": quorum}
    if good:
        assert load(**given).quorum == quorum
    else:
        with pytest.raises(ConfigError, match="VERIFIER_QUORUM"):
            load(**given)


@pytest.mark.parametrize(
    "view",
    [{"name": "direct"}, {"name": "a", "egress_proxy": "socks://x"}, {"name": "a", "user_agent": "x\r\ny"}],
)
def test_a_view_is_written_as_it_must_be(view: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="VERIFIER_VIEWS"):
        load(sandbox=True, views=[view])


async def test_t68_one_view_alone_suspends_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, views=[{"name": "plain", "user_agent": "Mozilla/5.0"}]) as house:
        holder = await house.attest()
        person = house.person(ALICE)
        honest = dict(person.actor)

        async def cloaked(request: web.Request) -> web.Response:
            mine = request.headers["User-Agent"].startswith("verifier/")
            return web.json_response(honest | {"attachment": []} if mine else honest, content_type=ACTIVITY)

        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), cloaked)
        await house.service.registration.rechecks.check(Handle.parse(ALICE), OPERATOR)
        assert (await house.lookup(ALICE))["status"] == "degraded"
        house.http.handle(HOST, person.id.removeprefix(f"https://{HOST}"), lambda _: _json(honest | {"attachment": []}))
        await house.service.registration.rechecks.check(Handle.parse(ALICE), OPERATOR)
        verdict = await house.lookup(ALICE)
        assert (verdict["status"], verdict["reason"]) == ("suspended", "account-lost")
        assert holder.id in verdict["page"]
