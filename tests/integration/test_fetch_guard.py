"""The guard in front of every fetch: names, literals, redirects, the sandbox's exceptions (T22)."""

import pytest

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.vectors import lines
from verifier.core.errors import BadInput, ConfigError, OutsideError
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Resolver

HOST = "social.example"
URL = HttpsUrl.parse(f"https://{HOST}/")
REFUSED = [vector["input"] for vector in lines("input/ip-addresses.jsonl") if vector["expect"] == "reject"]


def kind(address: str) -> str:
    return "AAAA" if ":" in address else "A"


async def refusal(out: Fetcher, url: HttpsUrl = URL, *, redirects: int = 0) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await out.get(url, accept="*/*", redirects=redirects, same_host=False)
    return caught.value


@pytest.mark.parametrize("address", REFUSED)
def test_t22_a_literal_is_no_url(address: str) -> None:
    for authority in (address, f"[{address}]"):
        with pytest.raises(BadInput):
            HttpsUrl.parse(f"https://{authority}/")


@pytest.mark.parametrize("address", REFUSED)
async def test_t22_a_name_of_a_refused_address_is_refused(address: str) -> None:
    async with (
        DnsDouble.running({(HOST, kind(address)): [address]}) as dns,
        Fetcher(Resolver([dns.server]), user_agent="t") as out,
    ):
        error = await refusal(out)
    # Which address it was is not told: it may be one of a network that only we can see.
    assert (error.code, error.values) == ("fetch-name", {"host": HOST})


@pytest.mark.parametrize("address", REFUSED)
async def test_t22_one_refused_address_refuses_all(address: str) -> None:
    public = {"A": "217.70.184.38", "AAAA": "2001:4860:4860::8888"}
    zone = {(HOST, family): [public[family], *([address] if kind(address) == family else [])] for family in public}
    async with DnsDouble.running(zone) as dns, Fetcher(Resolver([dns.server]), user_agent="t") as out:
        assert (await refusal(out)).code == "fetch-name"


@pytest.mark.parametrize("address", REFUSED)
async def test_t22_a_redirect_to_a_refused_address_is_refused(address: str) -> None:
    async with DnsDouble.running({("evil.example", kind(address)): [address]}) as dns, HttpDouble.running() as http:
        http.redirect(HOST, "/", "https://evil.example/")
        http.redirect(HOST, "/literal", f"https://[{address}]/" if ":" in address else f"https://{address}/")
        async with Fetcher(Resolver([dns.server]), user_agent="t", overrides=http.overrides()) as out:
            named = await refusal(out, redirects=1)
            literal = await refusal(out, HttpsUrl.parse(f"https://{HOST}/literal"), redirects=1)
    assert (named.code, named.values) == ("fetch-name", {"host": "evil.example"})
    assert (literal.code, literal.values) == ("fetch-redirect-refused", {"host": HOST})


# ── the sandbox ────────────────────────────────────────────────────────────────────────────────────


async def test_t22_in_the_sandbox_a_host_that_is_not_overridden_stays_behind_the_guard() -> None:
    async with DnsDouble.running({("local.example", "A"): ["127.0.0.1"]}) as dns, HttpDouble.running() as http:
        http.put(HOST, "/")
        async with Fetcher(
            Resolver([dns.server]), user_agent="t", overrides=http.overrides(), own_origin=http.origin
        ) as out:
            assert (await out.get(URL, accept="*/*")).status == 200
            assert (await refusal(out, HttpsUrl.parse("https://local.example/"))).code == "fetch-name"
            assert (await refusal(out, HttpsUrl.parse(f"https://www.{HOST}/"))).code == "fetch-name"
    assert dns.count(HOST, "A") == 0


@pytest.mark.parametrize(
    "origin",
    [
        "https://127.0.0.1:1", "http://127.0.0.1:1/path", "http://127.0.0.1:1?q", "http://127.0.0.1:1#f", "http://evil.example",
        "http://u@127.0.0.1:1", "127.0.0.1:1", "ftp://127.0.0.1", "http://127.0.0.1:x", "",
    ],
)  # fmt: skip
def test_an_override_leads_to_plain_http_at_an_address(origin: str) -> None:
    with pytest.raises(ConfigError, match=r"write http://127\.0\.0\.1:PORT"):
        Fetcher(Resolver(()), user_agent="t", overrides={HOST: origin})
    with pytest.raises(ConfigError, match=r"write http://127\.0\.0\.1:PORT"):
        Fetcher(Resolver(()), user_agent="t", own_origin=origin)


def test_an_override_is_for_a_host() -> None:
    with pytest.raises(ConfigError, match="write a host name"):
        Fetcher(Resolver(()), user_agent="t", overrides={"127.0.0.1": "http://127.0.0.1:1"})


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_the_sandbox_reads_its_own_pages(name: str) -> None:
    async with HttpDouble.running() as http:
        host = f"{name}:{http.port}"
        http.put(host, "/v/x", b"page")
        http.redirect(host, "/away", "https://social.example/")
        async with Fetcher(Resolver(()), user_agent="t", own_origin=f"http://{host}") as out:
            response = await out.get_own("/v/x?a=%2F", accept="text/html")
            assert (await out.get_own("/away", accept="text/html")).status == 302
    assert (response.url, response.body) == (f"http://{host}/v/x?a=%2F", b"page")


async def test_without_an_own_origin_there_is_no_exemption() -> None:
    async with Fetcher(Resolver(()), user_agent="t") as out:
        with pytest.raises(ValueError, match="own_origin"):
            await out.get_own("/", accept="text/html")


@pytest.mark.parametrize("path", ["@evil.example/", ".evil.example/", "1/", ""])
async def test_t22_an_own_page_has_a_path(path: str) -> None:
    async with Fetcher(Resolver(()), user_agent="t", own_origin="http://127.0.0.1:8080") as out:
        with pytest.raises(ValueError, match="a path"):
            await out.get_own(path, accept="text/html")
