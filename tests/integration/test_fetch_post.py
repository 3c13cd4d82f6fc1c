"""Forms that are posted, and headers that speak to one server alone (T22, T25, T26, T27)."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus

import pytest
from aiohttp import web

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble, raw_server, says
from verifier.core.errors import OutsideError
from verifier.core.identifiers import HttpsUrl
from verifier.fetch import Fetcher, Limits, Resolver
from verifier.fetch.fetcher import BODY

HOST = "api.example"
URL = HttpsUrl.parse(f"https://{HOST}/token?a=b")
FORM = {"code": "a&b=c d", "é": "ü"}
SECRET = {"Authorization": "Bearer t0ken"}


def fetcher(overrides: Mapping[str, str], limits: Limits | None = None) -> Fetcher:
    """A fetcher that would sign, were it asked to."""
    sign = (lambda _method, _url: {"Signature": "x"},)
    return Fetcher(Resolver(()), user_agent="verifier-test", overrides=overrides, limits=limits, sign=sign)


@pytest.fixture
async def http() -> AsyncIterator[HttpDouble]:
    async with HttpDouble.running() as double:
        yield double


async def refusal(out: Fetcher, url: HttpsUrl = URL) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await out.post(url, form=FORM)
    return caught.value


async def test_a_form_and_its_answer(http: HttpDouble) -> None:
    came: list[tuple[str, dict[str, str], str]] = []

    async def token(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        came.append((request.raw_path, form, request.content_type))
        return web.Response(status=400, body=b"{}", content_type="application/json")

    http.handle(HOST, "/token", token)
    async with fetcher(http.overrides()) as out:
        response = await out.post(URL, form=FORM, headers={"Authorization": "Basic eDp5", "Host": "other.example"})
    assert came == [("/token?a=b", FORM, "application/x-www-form-urlencoded")]
    assert (response.status, response.body, response.redirects) == (400, b"{}", ())
    (request,) = http.requests
    sent = {name: request.headers.get(name) for name in ("Host", "Accept", "Accept-Encoding", "Authorization")}
    assert sent == {
        "Host": HOST,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": "Basic eDp5",
    }
    assert "Signature" not in request.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_t25_a_form_follows_no_redirect(http: HttpDouble, status: int) -> None:
    http.redirect(HOST, "/token", f"https://{HOST}/elsewhere", status=status)
    async with fetcher(http.overrides()) as out:
        error = await refusal(out)
    assert (error.code, error.values) == ("fetch-redirect", {"host": HOST})
    assert http.asked() == [f"{HOST}/token?a=b"]


async def test_t25_a_header_for_one_server_goes_to_no_other(http: HttpDouble) -> None:
    http.redirect(HOST, "/token", f"https://{HOST}/elsewhere")
    async with fetcher(http.overrides()) as out:
        with pytest.raises(OutsideError, match="fetch-redirect"):
            await out.get_with(URL, SECRET, accept="*/*")
    (request,) = http.requests
    assert request.headers["Authorization"] == SECRET["Authorization"]


@pytest.mark.parametrize("body", [b" " * (BODY + 1), gzip.compress(b"{}", mtime=0)], ids=["long", "gzip"])
async def test_t26_answers_to_a_form_are_read_to_a_limit_and_as_they_are(http: HttpDouble, body: bytes) -> None:
    coded = {"Content-Encoding": "gzip"} if len(body) < BODY else {}
    http.put(HOST, "/token", body, headers=coded)
    async with fetcher(http.overrides()) as out:
        assert (await refusal(out)).code == ("fetch-encoded" if coded else "fetch-too-large")


async def test_t27_a_slow_answer_to_a_form_is_cut() -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(mute) as slow, fetcher({HOST: slow}, Limits(total=0.3)) as out:
        assert (await refusal(out)).code == "fetch-timeout"


async def test_t27_a_form_is_sent_once_even_if_the_server_hangs_up() -> None:
    came: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(4))
        await says(b"")(reader, writer)

    async with raw_server(hang_up) as rude, fetcher({HOST: rude}) as out:
        assert (await refusal(out)).code == "fetch-unreachable"
    assert came == [b"code"]


async def test_t22_no_form_goes_to_a_refused_address() -> None:
    async with (
        DnsDouble.running({(HOST, "A"): ["127.0.0.1"]}) as dns,
        Fetcher(Resolver([dns.server]), user_agent="t") as out,
    ):
        assert (await refusal(out)).code == "fetch-name"


async def test_statuses_are_the_callers_to_judge(http: HttpDouble) -> None:
    async with fetcher(http.overrides(HOST)) as out:
        assert (await out.post(URL, form={})).status == HTTPStatus.NOT_FOUND
