"""TLS: at the address that was checked, with the name that was asked, directly and through a proxy (T22, T24)."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.doubles.dns import Answer, DnsDouble
from tests.doubles.hostile import mute
from tests.doubles.http import Authority, HttpDouble, ProxyDouble, seen_names
from tests.doubles.tcp import listening
from tests.vectors import lines
from verifier.core.errors import OutsideError, Unavailable
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Address, Fetcher, Guard, Limits, Resolver

HOST = "social.example"
URL = HttpsUrl.parse(f"https://{HOST}/")
PUBLIC = "217.70.184.38"
PUBLIC6 = "2001:4860:4860::8888"
REFUSED = [vector["input"] for vector in lines("input/ip-addresses.jsonl") if vector["expect"] == "reject"]


@dataclass(frozen=True, slots=True)
class Place:
    """A TLS server on loopback, a DNS that knows it, and a Fetcher that may dial it."""

    dns: DnsDouble
    http: HttpDouble
    names: Sequence[str | None]
    out: Fetcher


def only_loopback(address: Address) -> None:
    if not address.is_loopback:
        raise OutsideError("fetch-name")


@asynccontextmanager
async def place(
    folder: Path, *, names: Sequence[str] = (HOST,), days: tuple[int, int] = (-1, 1), found: Answer = ("127.0.0.1",)
) -> AsyncIterator[Place]:
    authority = Authority(folder)
    context = authority.server(*names, days=days)
    asked = seen_names(context)
    async with DnsDouble.running({(HOST, "A"): found}) as dns, HttpDouble.running(tls=context) as http:
        http.put(HOST, "/", b"hello")
        guard = Guard(check=only_loopback, port=http.port, trust=authority.trust())
        async with Fetcher(Resolver([dns.server]), user_agent="t", guard=guard) as out:
            yield Place(dns, http, asked, out)


async def refusal(out: Fetcher) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await out.get(URL, accept="*/*")
    return caught.value


async def test_the_name_goes_into_the_handshake_and_the_host_header(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        response = await here.out.get(URL, accept="*/*")
    assert (response.body, response.address, response.url) == (b"hello", "127.0.0.1", f"https://{HOST}/")
    assert here.names == [HOST]
    assert here.http.requests[0].headers.getall("Host") == [HOST]


@pytest.mark.parametrize(
    ("names", "days"),
    [(("other.example",), (-1, 1)), (("127.0.0.1",), (-1, 1)), ((HOST,), (-3, -2)), ((HOST,), (2, 3))],
    ids=["other name", "address", "expired", "not yet"],
)
async def test_a_certificate_that_does_not_hold_is_refused(
    tmp_path: Path, names: Sequence[str], days: tuple[int, int]
) -> None:
    async with place(tmp_path, names=names, days=days) as here:
        error = await refusal(here.out)
    assert (error.code, error.values) == ("fetch-tls", {"host": HOST})
    assert here.http.requests == []


async def test_an_authority_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        guard = Guard(check=only_loopback, port=here.http.port)
        async with Fetcher(Resolver([here.dns.server]), user_agent="t", guard=guard) as out:
            assert (await refusal(out)).code == "fetch-tls"


async def test_plain_http_is_no_tls() -> None:
    async with DnsDouble.running({(HOST, "A"): ["127.0.0.1"]}) as dns, HttpDouble.running() as http:
        guard = Guard(check=only_loopback, port=http.port)
        async with Fetcher(Resolver([dns.server]), user_agent="t", guard=guard) as out:
            assert (await refusal(out)).code == "fetch-tls"


async def test_the_next_address_is_tried_when_one_does_not_answer(tmp_path: Path) -> None:
    async with place(tmp_path, found=["127.0.0.9", "127.0.0.1"]) as here:
        response = await here.out.get(URL, accept="*/*")
    assert response.address == "127.0.0.1"  # nobody listens at 127.0.0.9


async def test_t27_three_addresses_of_a_name_are_tried() -> None:
    """A name of a hundred addresses where nobody answers would hold its turn for five minutes."""
    dialled = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal dialled
        dialled += 1
        await mute(reader, writer)

    everywhere = "0.0.0.0"  # noqa: S104 - for all of 127.0.0.0/8
    addresses = [f"127.0.0.{n}" for n in range(2, 8)]
    async with listening(count, host=everywhere) as port, DnsDouble.running({(HOST, "A"): addresses}) as dns:
        guard, limits = Guard(check=only_loopback, port=port), Limits(connect=0.1)
        async with Fetcher(Resolver([dns.server]), user_agent="t", guard=guard, limits=limits) as out:
            assert (await refusal(out)).code == "fetch-timeout"
    assert dialled == 3


async def test_t24_no_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that this machine happens to have would send every request past the guard."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with place(tmp_path) as here, ProxyDouble.running(here.http.port) as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await here.out.get(URL, accept="*/*")).status == 200
    assert proxy.connects == []


async def test_nobody_there(tmp_path: Path) -> None:
    async with place(tmp_path, found=[f"127.0.0.{n}" for n in range(2, 20)]) as here:
        error = await refusal(here.out)
    assert (error.code, error.values) == ("fetch-unreachable", {"host": HOST})


async def test_t27_a_handshake_that_is_not_answered_is_given_up_like_a_connection() -> None:
    async with DnsDouble.running({(HOST, "A"): ["127.0.0.1"]}) as dns, listening(mute) as port:
        guard, limits = Guard(check=only_loopback, port=port), Limits(connect=0.2, total=600)
        async with Fetcher(Resolver([dns.server]), user_agent="t", guard=guard, limits=limits) as out:
            async with asyncio.timeout(60):
                assert (await refusal(out)).code == "fetch-timeout"


async def test_t22_a_peer_that_is_not_the_address_dialled_hears_nothing(tmp_path: Path) -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - Linux connects it to 127.0.0.1
    async with place(tmp_path, found=[everywhere]) as here:
        guard = Guard(check=lambda _: None, port=here.http.port, trust=here.out._guard.trust)
        async with Fetcher(Resolver([here.dns.server]), user_agent="t", guard=guard) as out:
            assert (await refusal(out)).code == "fetch-name"
    assert here.names == [HOST]  # the handshake was made, and nothing asked
    assert here.http.requests == []


async def test_t24_a_name_is_resolved_once(tmp_path: Path) -> None:
    async with place(tmp_path, found=lambda before: ["127.0.0.1"] if before == 0 else ["10.0.0.1"]) as here:
        response = await here.out.get(URL, accept="*/*")
        assert (here.dns.count(HOST, "A"), here.dns.count(HOST, "AAAA")) == (1, 1)
        error = await refusal(here.out)
    assert response.address == "127.0.0.1"
    assert error.code == "fetch-name"  # the next fetch judges the next answer
    assert [request.remote for request in here.http.requests] == ["127.0.0.1"]


# ── an egress proxy: the guard still decides, and is here the real one ─────────────────────────────


@dataclass(frozen=True, slots=True)
class Behind:
    dns: DnsDouble
    http: HttpDouble
    proxy: ProxyDouble
    out: Fetcher


@asynccontextmanager
async def behind_proxy(
    folder: Path, zone: Mapping[tuple[str, str], Answer], *, status: int = 200
) -> AsyncIterator[Behind]:
    authority = Authority(folder)
    async with (
        DnsDouble.running(zone) as dns,
        HttpDouble.running(tls=authority.server(HOST)) as http,
        ProxyDouble.running(http.port, status=status) as proxy,
        Fetcher(Resolver([dns.server]), user_agent="t", proxy=proxy.url, guard=Guard(trust=authority.trust())) as out,
    ):
        http.put(HOST, "/", b"hello")
        yield Behind(dns, http, proxy, out)


async def test_t24_a_proxy_is_asked_for_the_checked_address(tmp_path: Path) -> None:
    zone = {(HOST, "A"): lambda before: [PUBLIC] if before == 0 else ["127.0.0.1"]}
    async with behind_proxy(tmp_path, zone) as here:
        response = await here.out.get(URL, accept="*/*")
    assert (response.body, response.address) == (b"hello", PUBLIC)
    assert here.proxy.connects == [f"CONNECT {PUBLIC}:443 HTTP/1.1"]
    assert here.http.requests[0].headers.getall("Host") == [HOST]
    assert here.dns.count(HOST, "A") == 1


async def test_t22_a_path_that_looks_like_a_host_is_a_path(tmp_path: Path) -> None:
    url = HttpsUrl.parse(f"https://{HOST}//evil.example/x")
    async with place(tmp_path) as here:
        await here.out.get(url, accept="*/*")
    async with behind_proxy(tmp_path, {(HOST, "A"): [PUBLIC]}) as there:
        await there.out.get(url, accept="*/*")
    assert here.http.asked() == there.http.asked() == [f"{HOST}//evil.example/x"]
    assert there.proxy.connects == [f"CONNECT {PUBLIC}:443 HTTP/1.1"]


async def test_a_proxy_reaches_ipv6_too(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, {(HOST, "AAAA"): [PUBLIC6]}) as here:
        assert (await here.out.get(URL, accept="*/*")).body == b"hello"
    assert here.proxy.connects == [f"CONNECT [{PUBLIC6}]:443 HTTP/1.1"]


@pytest.mark.parametrize("address", REFUSED)
async def test_t22_a_proxy_is_never_asked_for_a_refused_address(tmp_path: Path, address: str) -> None:
    async with behind_proxy(tmp_path, {(HOST, "AAAA" if ":" in address else "A"): [address]}) as here:
        assert (await refusal(here.out)).code == "fetch-name"
    assert here.proxy.connects == []


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_what_a_proxy_cannot_reach_is_unreachable(tmp_path: Path, status: int) -> None:
    async with behind_proxy(tmp_path, {(HOST, "A"): [PUBLIC], (HOST, "AAAA"): [PUBLIC6]}, status=status) as here:
        assert (await refusal(here.out)).code == "fetch-unreachable"
    assert len(here.proxy.connects) == 2


async def test_a_proxy_that_does_not_let_us_through_is_our_fault(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, {(HOST, "A"): [PUBLIC]}, status=403) as here:
        with pytest.raises(Unavailable, match="fetch-egress"):
            await here.out.get(URL, accept="*/*")


async def test_a_proxy_that_is_down_is_our_fault() -> None:
    async with (
        DnsDouble.running({(HOST, "A"): [PUBLIC]}) as dns,
        Fetcher(Resolver([dns.server]), user_agent="t", proxy="http://127.0.0.1:1") as out,
    ):
        with pytest.raises(Unavailable, match="fetch-egress"):
            await out.get(URL, accept="*/*")


async def test_an_overridden_host_does_not_go_through_the_proxy() -> None:
    async with HttpDouble.running() as http:
        http.put(HOST, "/", b"hello")
        async with Fetcher(Resolver(()), user_agent="t", overrides=http.overrides(), proxy="http://127.0.0.1:1") as out:
            assert (await out.get(URL, accept="*/*")).body == b"hello"
