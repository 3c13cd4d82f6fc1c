"""Software that others wrote reads us and is read by us: Fedify and Madblog, over loopback."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from operator import attrgetter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.doubles.software import USER
from tests.doubles.tools import tools
from tests.integration import software, stranger
from tests.integration.house import HOST, running
from tests.integration.real import REAL, fedify, madblog
from tests.integration.software import PAGE, reader
from tests.ports import free_port
from verifier.core import strict_json
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Digest, Handle, Host, HttpsUrl
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.fetch.signatures import Sign
from verifier.publication.actor import ACTIVITY
from verifier.validation import Tools
from verifier.validation.accounts.resolution import resolve
from verifier.validation.checks import check_webfinger
from verifier.validation.trail import Trail

ME = Handle.parse(f"{USER}@{HOST}")

Start = Callable[..., AbstractAsyncContextManager[str]]


Way = Callable[[Identity], Sign]
"""Of signing."""

cavage: Way = attrgetter("cavage")
rfc9421: Way = attrgetter("rfc9421")


@asynccontextmanager
async def ways_out(hosts: Mapping[str, str], *signed: Way) -> AsyncIterator[Tools]:
    async with reader() as (_, identity):
        sign = [way(identity) for way in signed]
        async with Fetcher(Resolver([]), user_agent="t", overrides=hosts, sign=sign) as fetcher:
            yield tools(fetcher, now=identity.clock.now)


@asynccontextmanager
async def at(name: str, text: str) -> AsyncIterator[tuple[Tools, Handle]]:
    """Our way to a software, and the handle of its account, which has `text` in a field."""
    async with software.instance(name, text) as there, software.ways_out(there) as tools_:
        yield tools_, Handle.parse(f"{USER}@{REAL[name].names or HOST}")


def forged(identity: Identity) -> Sign:
    """With the name of our key, and another key."""
    key = rsa.generate_private_key(65537, 2048)
    return Identity(identity.key_id, lambda data: key.sign(data, padding.PKCS1v15(), SHA256()), identity.clock).cavage


@pytest.mark.parametrize("name", REAL)
async def test_a_handle_holds_both_ways_and_gives_a_pin(name: str) -> None:
    async with at(name, PAGE) as (tools_, handle):
        answer = await check_webfinger(handle, tools_)
        assert (answer["accepted"], answer["handle"], answer["why"]) == (True, str(handle), None)
        pin = (await resolve(handle, Trail(tools_.fetcher))).pin
        url = HttpsUrl.parse(str(answer["actor"]))
        actor = strict_json.loads_object((await tools_.fetcher.get(url, accept=ACTIVITY, signed=True)).body)
    assert (str(pin.handle), pin.actor, pin.profile) == (str(handle), actor["id"], actor["url"])
    lines = actor["publicKey"]["publicKeyPem"].split("-----")[2]
    der = base64.b64decode("".join(lines.split()), validate=True)
    assert pin.key_digest == str(Digest.of(der))


@pytest.mark.parametrize("name", REAL)
async def test_the_link_to_this_page_and_to_no_other(name: str) -> None:
    other = PAGE[:-1] + ("2" if PAGE[-1] != "2" else "3")
    for text, code in ((PAGE, None), (other, "backlink-other-order"), ("nothing", "backlink-missing")):
        async with at(name, text) as (tools_, handle):
            record = await software.prove("rel-me-01", handle, tools_)
        assert (record.problem and record.problem.code) == code
        assert record.valid is (code is None)


@pytest.mark.parametrize("sign", [cavage, rfc9421])
async def test_each_of_our_signatures_opens_an_authorised_fetch(sign: Way) -> None:
    async with fedify(PAGE, asks=True) as origin, ways_out({HOST: origin}, sign) as found:
        assert (await resolve(ME, Trail(found.fetcher))).canonical == ME


@pytest.mark.parametrize("signed", [(), (forged,)], ids=("unsigned", "forged"))
async def test_without_our_key_it_stays_closed(signed: tuple[Way, ...]) -> None:
    async with fedify(PAGE, asks=True) as origin, ways_out({HOST: origin}, *signed) as found:
        with pytest.raises(OutsideError) as caught:
            await resolve(ME, Trail(found.fetcher))
    assert caught.value.code == "actor-private"


async def closed(origin: str) -> tuple[object, object]:
    """The problem of ``instance-01``, and what said that nobody may register."""
    async with ways_out({HOST: origin}) as found:
        record = await software.closed(Host.parse(HOST), found)
    return record.problem and record.problem.code, record.evidence.get("registration")


@pytest.mark.parametrize(
    ("is_open", "expected"), [(True, ("instance-open", None)), (False, (None, {"nodeinfo": "closed"}))]
)
async def test_nodeinfo_says_whether_anybody_may_register(is_open: bool, expected: object) -> None:
    async with fedify(open=is_open) as origin:
        assert await closed(origin) == expected


async def test_a_blog_says_in_both_places_that_nobody_may_register() -> None:
    async with madblog() as origin:
        assert await closed(origin) == (None, {"api": "closed", "nodeinfo": "closed"})


@pytest.mark.parametrize("agreed", [True, False])
async def test_t35_an_account_that_moved_names_the_other_only_if_both_agree(agreed: bool) -> None:
    old, new = f"https://{HOST}/users/{USER}", f"https://new.example/users/{USER}"
    async with (
        fedify(PAGE, movedTo=new) as here,
        fedify(PAGE, host="new.example", asks=True, alsoKnownAs=[old] if agreed else []) as there,
        ways_out({HOST: here, "new.example": there}, cavage) as found,
    ):
        with pytest.raises(OutsideError) as caught:
            await resolve(ME, Trail(found.fetcher))
    assert caught.value.code == ("account-moved" if agreed else "account-moved-alone")
    assert caught.value.values.get("to") == (new if agreed else None)


@pytest.mark.parametrize(
    "start", [lambda *fields, port: fedify(*fields, port=port, asks=True), madblog], ids=("fedify", "madblog")
)
async def test_an_account_there_goes_the_whole_way(tmp_path: Path, start: Start) -> None:
    port = free_port()
    strangers = {HOST: f"http://127.0.0.1:{port}"}
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(running(tmp_path, now=int(time.time()), strangers=strangers))
        holder = await house.order(str(ME))
        await stack.enter_async_context(start(holder.page, port=port))
        proved = await holder.challenge("rel-me-01")
        assert proved.json["status"] == "valid", proved.text
        await holder.challenge("email-01")
        assert (await holder.challenge("email-01", {"code": house.code()})).json["status"] == "valid"
        assert (await holder.finalize()).json["status"] == "issued"
        assert (await house.lookup(str(ME)))["verified"] is True


async def test_fedify_reads_our_actor_and_what_webfinger_says_of_it(tmp_path: Path) -> None:
    stranger.install()
    async with running(tmp_path) as house:
        seen = await asyncio.to_thread(stranger.ask, "reader.js", {"actor": f"{house.base}/actor"})
    actor = f"{house.base}/actor"
    webfinger = seen.pop("webfinger")
    assert seen == {
        "kind": "Service",
        "id": actor,
        "inbox": f"{actor}/inbox",
        "username": "attestations",
        "key": {"id": f"{actor}#main-key", "owner": actor, "algorithm": "RSASSA-PKCS1-v1_5"},
        "methods": [{"id": f"{actor}#ed25519-key", "algorithm": "Ed25519"}],
    }
    assert webfinger["subject"] == f"acct:attestations@{house.base.partition('://')[2]}"
    assert {"rel": "self", "type": ACTIVITY, "href": actor} in webfinger["links"]
