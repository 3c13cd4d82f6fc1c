"""Requests that say who asks, read by instances that want to know (GoToSocial and all "authorised fetch")."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.doubles.doorman import Doorman
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance
from tests.integration.house import ALICE, House
from verifier.core.clock import Clock
from verifier.core.errors import ConfigError, OutsideError, TooMany
from verifier.core.identifiers import Handle, HttpsUrl
from verifier.core.site import Site
from verifier.core.strict_json import Json, loads_object
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.publication import actor as actors
from verifier.signer.http_key import ED25519_FILE, RSA_FILE, ActorKeys
from verifier.signer.multikey import PublicKey
from verifier.validation.accounts.resolution import resolve
from verifier.validation.trail import Trail

NOW = 1_388_957_500  # 2014-01-05T21:31:40Z
SITE = Site("https://verifier.example")
URL = "https://social.example/users/alice?page=1&x=%40"

# draft-cavage-http-signatures-12, appendix C.2: key and signature of the basic test.
CAVAGE_KEY = b"""-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----"""
CAVAGE_SIGNATURE = (
    "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3n"
    "ndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0="
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> ActorKeys:
    return ActorKeys.ensure(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def http(keys: ActorKeys) -> AsyncIterator[HttpDouble]:
    async with HttpDouble.running() as double:
        document = actors.document(
            SITE, name="x", rsa_pem=keys.rsa_public_pem, ed25519_multibase=keys.ed25519_multibase
        )
        double.put(f"127.0.0.1:{double.port}", "/actor", document, content_type=actors.ACTIVITY)
        yield double


@pytest.fixture
async def fetcher(http: HttpDouble, keys: ActorKeys) -> AsyncIterator[Fetcher]:
    identity = Identity(actors.key_id(SITE), keys.rsa_sha256, Clock(lambda: NOW))
    hosts = http.overrides("social.example", "other.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts, sign=identity.signers) as out:
        yield out


def doorman(http: HttpDouble, *reads: str, now: int = NOW, refusal: int = 401) -> Doorman:
    def find(url: str) -> str:
        return url.replace(SITE.base_url, http.origin)

    return Doorman(lambda: now, reads or ("cavage", "rfc9421"), refusal, find)


def test_the_text_that_is_signed_is_that_of_the_draft() -> None:
    texts: list[bytes] = []
    key = load_pem_public_key(CAVAGE_KEY)
    assert isinstance(key, rsa.RSAPublicKey)

    def sign(text: bytes) -> bytes:
        texts.append(text)
        return base64.b64decode(CAVAGE_SIGNATURE)

    url = HttpsUrl.parse("https://example.com/foo?param=value&pet=dog")
    headers = Identity("Test", sign, Clock(lambda: NOW)).cavage("POST", url)
    key.verify(base64.b64decode(CAVAGE_SIGNATURE), texts[0], padding.PKCS1v15(), SHA256())
    assert headers == {
        "Date": "Sun, 05 Jan 2014 21:31:40 GMT",
        "Signature": 'keyId="Test",algorithm="rsa-sha256",headers="(request-target) host date",'
        f'signature="{CAVAGE_SIGNATURE}"',
    }


def test_the_text_that_is_signed_is_that_of_rfc_9421() -> None:
    texts: list[bytes] = []

    def sign(text: bytes) -> bytes:
        texts.append(text)
        return b"x"

    headers = Identity("k", sign, Clock(lambda: NOW)).rfc9421("GET", HttpsUrl.parse("https://example.com/foo?a=b"))
    parameters = (
        '("@method" "@target-uri" "@authority" "host" "date");created=1388957500;keyid="k";alg="rsa-v1_5-sha256"'
    )
    assert texts[0].decode().split("\n") == [
        '"@method": GET',
        '"@target-uri": https://example.com/foo?a=b',
        '"@authority": example.com',
        '"host": example.com',
        '"date": Sun, 05 Jan 2014 21:31:40 GMT',
        f'"@signature-params": {parameters}',
    ]
    assert (headers["Signature-Input"], headers["Signature"]) == (f"sig1={parameters}", "sig1=:eA==:")


@pytest.mark.parametrize(
    ("reads", "refusal", "seen"),
    [
        (("cavage",), 401, ["cavage"]),
        (("rfc9421",), 401, ["cavage", "rfc9421"]),
        (("rfc9421",), 400, ["cavage", "rfc9421"]),
        (("none", "cavage"), 401, ["cavage"]),
    ],
    ids=["GoToSocial", "RFC 9421 alone, 401", "RFC 9421 alone, 400", "open"],
)
async def test_an_instance_that_asks_who_reads(
    http: HttpDouble, fetcher: Fetcher, reads: tuple[str, ...], refusal: int, seen: list[str]
) -> None:
    instance = Instance(http, doorman=doorman(http, *reads, refusal=refusal))
    instance.person("alice")
    assert (await resolve(Handle.parse(ALICE), Trail(fetcher))).canonical == Handle.parse(ALICE)
    assert instance.doorman is not None
    assert instance.doorman.seen == seen


async def test_t65_each_request_is_counted_and_the_second_attempt_too(http: HttpDouble, fetcher: Fetcher) -> None:
    Instance(http, doorman=doorman(http, "rfc9421")).person("alice")
    counted: list[str] = []

    def count(host: str) -> None:
        if len(counted) == 3:
            raise TooMany("rate-limited", retry_after=60)
        counted.append(host)

    trail = Trail(fetcher.counted(count))
    await resolve(Handle.parse(ALICE), trail)
    assert counted == ["social.example"] * 3 == [asked.host for asked in http.requests if asked.host in counted]
    with pytest.raises(TooMany):
        await resolve(Handle.parse(ALICE), trail)
    assert len([asked for asked in http.requests if asked.host in counted]) == 3
    await resolve(Handle.parse(ALICE), Trail(fetcher))  # the way out of the others counts nothing


@pytest.mark.parametrize(("now", "refusal"), [(NOW + 7200, 401), (NOW, 403)])
async def test_one_that_refuses_us_all_the_same(http: HttpDouble, fetcher: Fetcher, now: int, refusal: int) -> None:
    instance = Instance(http, doorman=doorman(http, *(() if now > NOW else ("none",)), now=now, refusal=refusal))
    instance.person("alice")
    with pytest.raises(OutsideError, match="actor-private"):
        await resolve(Handle.parse(ALICE), Trail(fetcher))


async def test_a_redirect_is_signed_for_the_place_it_leads_to(http: HttpDouble, fetcher: Fetcher) -> None:
    instance = Instance(http, "other.example", doorman=doorman(http, "cavage"))
    instance.person("alice")
    http.redirect("social.example", "/users/alice", "https://other.example/users/alice")
    url = HttpsUrl.parse("https://social.example/users/alice")
    accept = actors.ACTIVITY
    answer = await fetcher.get(url, accept=accept, redirects=1, same_host=False, signed=True)
    assert answer.status == 200


async def test_the_query_is_signed_as_it_is_sent(http: HttpDouble, fetcher: Fetcher) -> None:
    instance = Instance(http, doorman=doorman(http, "cavage"))
    instance.person("alice")
    assert (await fetcher.get(HttpsUrl.parse(URL), accept=actors.ACTIVITY, signed=True)).status == 200


async def test_only_actors_are_asked_for_by_name(http: HttpDouble, fetcher: Fetcher) -> None:
    Instance(http).person("alice")
    trail = Trail(fetcher)
    await resolve(Handle.parse(ALICE), trail)
    await trail.get(HttpsUrl.parse("https://social.example/@alice"), accept="text/html")
    assert ["Signature" in request.headers for request in http.requests] == [False, True, False]


async def test_a_changed_request_is_seen(http: HttpDouble, keys: ActorKeys) -> None:
    """The double really checks: another path, host or day under the same signature is refused."""
    Instance(http, doorman=doorman(http, "cavage")).person("alice")
    here = HttpsUrl.parse("https://social.example/users/alice")
    identity = Identity(actors.key_id(SITE), keys.rsa_sha256, Clock(lambda: NOW))

    async def status(**changes: str) -> int:
        def sign(method: str, url: HttpsUrl) -> dict[str, str]:
            return {**identity.cavage(method, url), **changes}

        hosts = http.overrides("social.example")
        async with Fetcher(Resolver([]), user_agent="test", overrides=hosts, sign=(sign,)) as out:
            return (await out.get(here, accept=actors.ACTIVITY, signed=True)).status

    assert await status() == 200
    assert await status(Date="Sun, 05 Jan 2014 21:31:41 GMT") == 401
    other = HttpsUrl.parse("https://social.example/users/bob")
    assert await status(**identity.cavage("GET", other)) == 401


def members(document: bytes) -> dict[str, Json]:
    return loads_object(document)


async def test_the_service_shows_its_actor_to_anybody(house: House) -> None:
    answer = await house.get("/actor")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/activity+json")
    actor = members(answer.body)
    assert actor["id"] == f"{house.base}/actor"
    assert actor["inbox"].startswith(f"{house.base}/actor/")
    assert "PRIVATE" not in answer.text
    (key,) = actor["assertionMethod"]
    assert (key["type"], key["controller"]) == ("Multikey", actor["id"])
    assert PublicKey.parse(key["publicKeyMultibase"]).algorithm == "ed25519"
    name = f"acct:{actor['webfinger']}"
    for resource in (name, actor["id"]):
        found = (await house.get(f"/.well-known/webfinger?resource={resource}")).json
        assert found["subject"] == name
        assert {"rel": "self", "type": "application/activity+json", "href": actor["id"]} in found["links"]
    assert name == f"acct:{actor['preferredUsername']}@{house.base.removeprefix('http://')}"


@pytest.mark.parametrize("reads", ["cavage", "rfc9421"])
async def test_an_account_of_an_instance_that_asks_who_reads_goes_the_whole_way(house: House, reads: str) -> None:
    house.instance.doorman = Doorman(lambda: house.time.at, (reads,))
    await house.attest()
    assert (await house.lookup(ALICE))["verified"]
    assert set(house.instance.doorman.seen) == {"cavage", reads}


def test_the_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    first, second = ActorKeys.ensure(tmp_path), ActorKeys.ensure(tmp_path)
    assert first.rsa_public_pem == second.rsa_public_pem
    assert first.ed25519_multibase == second.ed25519_multibase
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("actor-*.pem")} == {0o600}
    assert len(list(tmp_path.glob("actor-*.pem"))) == 2


@pytest.mark.parametrize("name", [RSA_FILE, ED25519_FILE])
@pytest.mark.parametrize("wrong", ["nothing", "other", "mode"])
def test_a_wrong_key_file_stops_the_start(tmp_path: Path, name: str, wrong: str) -> None:
    ActorKeys.ensure(tmp_path)
    path = tmp_path / name
    if wrong == "nothing":
        path.write_text("no key")
    elif wrong == "other":
        path.write_bytes((tmp_path / (RSA_FILE if name == ED25519_FILE else ED25519_FILE)).read_bytes())
    else:
        path.chmod(0o644)
    with pytest.raises(ConfigError, match=name):
        ActorKeys.ensure(tmp_path)
