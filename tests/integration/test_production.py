"""A production service, composed as an operator would: what no sandbox does is seen here.

The DNS is signed from a root of our own, every way out is an egress proxy, and the keys have an offline root.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from dns.message import Message
from dns.rdatatype import RdataType

from tests.doubles import openid
from tests.doubles.http import Authority, HttpDouble, ProxyDouble
from tests.doubles.instance import Instance
from tests.doubles.openid import OpenIdDouble
from tests.doubles.signed_zones import SignedZones, refuse, without
from tests.doubles.smtp import SmtpDouble
from tests.integration import house as houses
from tests.integration.house import ALICE, HOST, House, Time
from tests.integration.openid import SETTINGS, Way
from tests.ports import free_port
from tests.unit.signer import folders
from verifier.app import compose
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Host, HttpsUrl
from verifier.core.models import Purpose
from verifier.sandbox.openid import IDP
from verifier.settings import Settings
from verifier.validation.views import Views

BASE = "https://comptes.example.gouv.fr"
PUBLIC = "93.184.215.14"
DOMAIN = Host("numerique.gouv.fr")
SIGNED = (RdataType.RRSIG, RdataType.NSEC, RdataType.NSEC3, RdataType.DS, RdataType.DNSKEY)


@dataclass(frozen=True)
class Production:
    """The service and its neighbours.

    :param proxy: the way out of this machine's own view; `other`: of the second view
    """

    house: House
    dns: SignedZones
    proxy: ProxyDouble
    other: ProxyDouble
    openid: OpenIdDouble

    @property
    def views(self) -> tuple[Views, Views]:
        """Those of people who wait, and those of jobs."""
        services = self.house.service.registration
        return services.registrar._views, services.rechecks._views

    def out(self) -> None:
        """No answer of the resolver any more."""
        for kind in ("TXT", "DNSKEY", "DS", "NS", "A", "MX"):
            self.dns.lies["*", kind] = refuse

    def back(self) -> None:
        self.dns.lies.clear()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A keys folder whose root has three keepers."""
    folder = folders.production(tmp_path)
    for purpose in (Purpose.ISSUING, Purpose.STATUS):
        folders.make(folder, purpose)
        folders.signed(folder, tmp_path)
    houses.lend_rsa_key(folder.path)
    return folder.path


@pytest.fixture
async def production(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Production]:
    authority, time, port = Authority(tmp_path), Time(), free_port()
    # The list of authorities of this system, which aiohttp has read when it was imported.
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", authority.trust())
    async with (
        HttpDouble.running(tls=authority.server(HOST, openid.HOST)) as http,
        ProxyDouble.running(http.port) as proxy,
        ProxyDouble.running(http.port) as other,
        SmtpDouble.running() as smtp,
        SignedZones.tree() as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        for host in (HOST, openid.HOST):
            dns["."].add(f"{host}.", "A", PUBLIC)
        dns[f"{DOMAIN}."].add(f"{DOMAIN}.", "MX", f"10 mx.{DOMAIN}.")
        given: dict[str, Any] = {
            "base_url": BASE,
            "port": port,
            "database_url": f"sqlite:///{tmp_path / 'verifier.sqlite3'}",
            "keys_dir": keys,
            "smtp_url": smtp.url(),
            "mail_from": "ne-pas-repondre@comptes.example.gouv.fr",
            "dns_servers": dns.server,
            "dns_trust_anchor": dns.anchor(tmp_path),
            "egress_proxy": proxy.url,
            "views": [{"name": "elsewhere", "egress_proxy": other.url}],
        }
        beat = houses.Beat()
        async with (
            compose(Settings(**(given | SETTINGS)), clock=time.clock, pace=beat.pace) as service,
            houses.listening(service),
        ):
            neighbours = http, Instance(http, HOST), smtp, dns
            house = House(f"http://127.0.0.1:{port}", session, service, time, *neighbours, tmp_path, beat=beat)
            yield Production(house, dns, proxy, other, OpenIdDouble(http, lambda: time.at))


async def test_the_whole_way_in_production(production: Production) -> None:
    house = production.house
    holder = await house.attest(listed=True)
    assert (await house.lookup(ALICE))["status"] == "verified"
    assert holder.page.startswith(f"{BASE}/v/")
    document = await house.get(holder.order["attestation"].removeprefix(BASE))
    assert (await house.post("/api/v1/verify", {"attestation": document.json})).json["verified"] is True
    assert not any(key.sandbox for key in house.service.keys.ring.registry.keys)
    page = await house.get("/en/")
    assert "sandbox" not in page.text.lower()


async def test_t24_production_goes_out_through_its_proxies_alone(production: Production) -> None:
    """Every fetcher of every view, those of the jobs too: none dials by itself, and none lends another's way."""
    url = HttpsUrl.parse(f"https://{HOST}/page")
    production.house.http.put(HOST, "/page", b"hello")
    line = f"CONNECT {PUBLIC}:443 HTTP/1.1"
    count = 0
    for views in production.views:
        assert [view.name for view in views.views] == ["direct", "elsewhere"]
        assert views.quorum == 2  # without a setting, all of them
        for view, proxy in zip(views.views, (production.proxy, production.other), strict=True):
            count += 1
            before = len(proxy.connects)
            assert (await view.tools.fetcher.get(url, accept="*/*")).body == b"hello"
            assert proxy.connects[before:] == [line]
    assert count == len(production.proxy.connects) + len(production.other.connects) == 4


async def test_t22_production_dials_nobody_on_this_machine(production: Production) -> None:
    production.dns["."].add("inside.example.", "A", "127.0.0.1")
    for views in production.views:
        for view in views.views:
            with pytest.raises(OutsideError, match="fetch-name"):
                await view.tools.fetcher.get(HttpsUrl.parse("https://inside.example/"), accept="*/*")
    assert production.proxy.connects == production.other.connects == []


async def test_t39_production_believes_no_resolver_that_strips_dnssec(production: Production) -> None:
    """Whoever stands between could have stripped it: in every view, and in what an owner is taken to allow."""
    for kind in ("TXT", "DS", "DNSKEY"):
        production.dns.lies["*", kind] = without(*SIGNED)
    for views in production.views:
        for view in views.views:
            found = await view.tools.dns.texts(DOMAIN, "_official-account")
            assert (found.security, found.texts) == ("bogus", ())
    refused = await production.house.new_order()
    assert (refused.status, refused.code) == (422, "dns-bogus")
    production.back()
    assert (await production.house.new_order()).status == 201


async def test_t39_an_outage_of_the_dns_is_no_consent(production: Production) -> None:
    """RFC 8659, 3: whoever cannot be asked may forbid it. Asked when an order is opened, and before it is signed."""
    house = production.house
    production.out()
    refused = await house.new_order()
    assert (refused.status, refused.code) == (503, "dns-resolver")
    production.dns.lies.pop(("*", "NS"))  # the resolver works, and the owner's servers do not answer
    refused = await house.new_order()
    assert (refused.status, refused.code) == (503, "dns-failed")
    production.back()
    holder = await house.order(listed=True)
    await holder.prove()
    production.dns.lies["*", "TXT"] = refuse
    refused = await holder.finalize()
    assert (refused.status, refused.code) == (503, "dns-failed")
    assert (await house.lookup(ALICE))["status"] == "not_attested"
    assert (await house.get("/api/v1/events")).json["events"] == []
    production.back()
    assert (await holder.finalize()).json["status"] == "issued"


async def test_t39_an_owner_who_is_slow_to_answer_has_not_consented(production: Production) -> None:
    """Silence is consent in a sandbox, after its patience of three seconds; here the answer is waited for."""
    production.dns[f"{DOMAIN}."].add(f"_official-account.{DOMAIN}.", "TXT", '"policy; agents=no"')
    asked = set[str]()

    def at_the_second_asking(response: Message) -> Message | None:
        question = response.question[0].to_text().lower()
        if question in asked:
            return response
        asked.add(question)
        return None

    for kind in ("TXT", "DS", "DNSKEY"):
        production.dns.lies["*", kind] = at_the_second_asking
    refused = await production.house.new_order()
    assert (refused.status, refused.code) == (422, "owner-forbids-agents")
    assert len(asked) > 3  # a second each


async def test_production_sends_nobody_to_a_sign_in_page_of_this_machine(production: Production) -> None:
    way = Way(production.house, production.openid)
    holder = await production.house.order()
    production.openid.metadata["authorization_endpoint"] = f"http://127.0.0.1:1/{openid.HOST}/authorize"
    answer = await holder.challenge("oidc-01")
    assert "authorize" not in answer.json
    assert production.openid.asked("/.well-known/openid-configuration") == 1
    production.openid.metadata.clear()
    production.house.time.pass_(3600)
    assert (await way.go(holder))["code"]


async def test_production_believes_no_toy_provider(production: Production) -> None:
    """In a sandbox the toy's IDP speaks for numerique.gouv.fr; here the packaged policy says who does."""
    way = Way(production.house, production.openid)
    production.openid.person |= {"email": houses.MAILBOX, "idp_id": IDP}
    holder = await production.house.order()
    challenge = await way.prove(holder)
    assert isinstance(challenge, dict)
    assert challenge["status"] == "valid"
    assert (await holder.finalize()).json["status"] == "in_review"


async def test_production_has_its_limits(production: Production) -> None:
    answers = [await production.house.new_order() for _ in range(21)]
    assert [answer.status for answer in answers] == [201] * 20 + [429]


@pytest.mark.parametrize("bootstrap", ["https://data.iana.org/rdap/dns.json", ""])
async def test_t34_production_watches_domains_with_or_without_registries(
    tmp_path: Path, keys: Path, bootstrap: str
) -> None:
    """Without RDAP, the name servers alone still tell a domain that was bought."""
    given: dict[str, Any] = {
        "base_url": BASE,
        "database_url": f"sqlite:///{tmp_path / 'verifier.sqlite3'}",
        "keys_dir": keys,
        "smtp_url": "smtp://127.0.0.1:9",
        "mail_from": "ne-pas-repondre@comptes.example.gouv.fr",
        "rdap_bootstrap": bootstrap,
    }
    async with compose(Settings(**given), clock=Time().clock) as service:
        assert "domains" in {job.name for job in service.clockwork._jobs}
