"""What one check may use up in all: time, questions to the DNS, and descriptors of ours."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import dns.rcode
import pytest
from aiohttp import web

from tests.doubles.dns import DnsDouble
from tests.doubles.hostile import mute
from tests.doubles.http import HttpDouble, raw_server
from tests.doubles.instance import Instance
from tests.doubles.signed_zones import SignedZones
from tests.doubles.tools import METHODS, NOW, tools, why
from verifier.core.clock import Clock
from verifier.core.errors import BadInput, OutsideError, Unavailable
from verifier.core.identifiers import Handle, Host, HttpsUrl, MailAddress
from verifier.core.models import Subject
from verifier.fetch import CHECK, Fetcher, Limits, Resolver, allowance
from verifier.fetch.allowance import QUESTIONS
from verifier.registration.orders.registrar import CHALLENGE_LEASE
from verifier.validation.domains.owner_policy import owner_policy
from verifier.validation.views import View, Views

HOST = "social.example"
URL = HttpsUrl.parse(f"https://{HOST}/")
MARIANNE = Handle.parse(f"@marianne@{HOST}")
SUBJECT = Subject("o", MARIANNE, "https://verifier.example/v/o", None, None, "fr")


def fetcher(overrides: dict[str, str], limits: Limits | None = None) -> Fetcher:
    return Fetcher(Resolver(()), user_agent="t", overrides=overrides, limits=limits)


def test_t27_a_check_ends_before_its_lease_and_before_the_one_who_waits() -> None:
    assert (CHECK, CHALLENGE_LEASE) == (25, 60)


@pytest.fixture
async def slow() -> AsyncIterator[HttpDouble]:
    """An instance that answers everything, a third of a second late."""
    async with HttpDouble.running() as http:
        Instance(http).person("marianne")
        for place, handler in list(http.handlers.items()):

            async def late(request: web.Request, handler: object = handler) -> web.StreamResponse:
                await asyncio.sleep(0.3)
                return await handler(request)  # type: ignore[operator, no-any-return]

            http.handle(*place, late)
        yield http


async def test_t27_requests_of_one_check_share_one_time(slow: HttpDouble) -> None:
    async with fetcher(slow.overrides(), Limits(failures=1)) as out:
        views = Views((View("direct", tools(out)),), 1, seconds=0.5)
        (record,), _ = await views.check(METHODS["rel-me-01"], SUBJECT, {}, {})
        assert not record.valid
        assert why(record) == "check-too-long"
        assert record.problem is not None
        assert record.problem.values["host"] == HOST
        assert len(slow.requests) == 2
        # It was we who gave up: the host is asked by the next one.
        patient = replace(views, seconds=20)
        (record,), _ = await patient.check(METHODS["rel-me-01"], SUBJECT, {}, {})
        assert why(record) == "backlink-missing"


async def test_t27_a_time_that_went_by_in_our_own_line_is_our_own_fault() -> None:
    async with raw_server(mute) as mutely, fetcher({HOST: mutely}, Limits(total=5)) as out:
        first = asyncio.create_task(out.get(URL, accept="*/*"))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="fetch-busy"), allowance(0.2):
            await out.get(URL, accept="*/*")
        first.cancel()


async def test_t27_a_check_within_a_check_has_no_time_of_its_own() -> None:
    async with raw_server(mute) as mutely, fetcher({HOST: mutely}) as out:
        with pytest.raises(OutsideError, match="check-too-long"), allowance(0.2), allowance(60):
            await out.get(URL, accept="*/*")


async def test_t65_questions_of_one_check_are_counted() -> None:
    async with DnsDouble.running({(HOST, "A"): ["192.0.2.1"]}) as double:
        resolver = Resolver([double.server])
        with allowance():
            for _ in range(QUESTIONS // 2):
                await resolver.addresses(Host.parse(HOST))
            with pytest.raises(OutsideError, match="dns-too-many"):
                await resolver.addresses(Host.parse(HOST))
        assert len(double.asked) == QUESTIONS == 64
        await resolver.addresses(Host.parse(HOST))
        with allowance():
            for _ in range(QUESTIONS // 2):
                await resolver.texts(Host.parse(HOST))  # with the keys of the root, which nobody signed here
            with pytest.raises(OutsideError, match="dns-too-many"):
                await resolver.texts(Host.parse(HOST))


def test_t65_a_name_of_more_than_ten_labels_is_none() -> None:
    ten = ".".join("abcdefgh") + ".gouv.fr"
    assert len(Host.parse(ten).labels) == 10
    with pytest.raises(BadInput, match="host-labels"):
        Host.parse(f"z.{ten}")
    assert MailAddress.parse(f"a@{ten}").domain == Host.parse(ten)
    with pytest.raises(BadInput, match="email-malformed"):
        MailAddress.parse("a@" + "a." * 113 + "gouv.fr")


async def test_t65_the_longest_mailbox_asks_few_questions(tmp_path: Path) -> None:
    domain = Host.parse(".".join("abcdefg") + ".numerique.gouv.fr")
    async with SignedZones.tree() as zones:
        resolver = Resolver([zones.server], clock=Clock(lambda: NOW), anchor=zones.anchor(tmp_path))
        with allowance():
            decided = await owner_policy(domain, Host.parse("gouv.fr"), resolver, authority="verifier.example")
        assert (decided.problem, len(decided.evidence)) == (None, 9)
        assert len(zones.asked) <= 32
    async with DnsDouble.running() as double:
        await Resolver([double.server]).mail_facts(domain)
    assert len(double.asked) == 9


@pytest.mark.parametrize("known", [{}, {("inside.example", "A"): ["10.0.0.1"]}], ids=["absent", "internal"])
async def test_t22_an_internal_name_is_told_as_one_that_is_absent(known: dict[tuple[str, str], list[str]]) -> None:
    async with DnsDouble.running(known) as double, Fetcher(Resolver([double.server]), user_agent="t") as out:
        with pytest.raises(OutsideError) as caught:
            await out.get(HttpsUrl.parse("https://inside.example/"), accept="*/*")
    assert (caught.value.code, caught.value.values) == ("fetch-name", {"host": "inside.example"})


async def test_a_dead_resolver_is_our_own_fault() -> None:
    resolver = Resolver(["127.0.0.1:9"], timeout=0.3)
    async with Fetcher(resolver, user_agent="t") as out:
        with pytest.raises(Unavailable, match="dns-resolver"):
            await out.get(URL, accept="*/*")
    with pytest.raises(Unavailable, match="dns-resolver"):
        await resolver.texts(Host.parse(HOST))


async def test_a_resolver_that_refuses_us_is_our_own_fault() -> None:
    refused = dns.rcode.Rcode.REFUSED
    async with DnsDouble.running({(HOST, "TXT"): refused, (HOST, "A"): refused, ("", "NS"): refused}) as double:
        with pytest.raises(Unavailable, match="dns-resolver"):
            await Resolver([double.server], timeout=0.3).texts(Host.parse(HOST))
        del double.zone["", "NS"]  # it serves us: the error is of the name
        with pytest.raises(OutsideError, match="dns-failed"):
            await Resolver([double.server], timeout=0.3).texts(Host.parse(HOST))


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, hard))
    taken = list[int]()
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_descriptors_exhausted_are_our_own_fault() -> None:
    async with HttpDouble.running() as http, DnsDouble.running() as double:
        http.put(HOST, "/")
        resolver = Resolver([double.server], timeout=0.3)
        async with fetcher(http.overrides(), Limits(failures=1)) as out, Fetcher(resolver, user_agent="t") as away:
            with no_descriptor_left():
                with pytest.raises(Unavailable, match="fetch-exhausted"):
                    await out.get(URL, accept="*/*")
                with pytest.raises(Unavailable, match="fetch-exhausted"):
                    await away.get(URL, accept="*/*")
                with pytest.raises(Unavailable, match="fetch-exhausted"):
                    await resolver.texts(Host.parse(HOST))
            assert (await out.get(URL, accept="*/*")).status == 200
