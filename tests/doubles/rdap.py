"""Registries that speak RDAP (RFC 9083), and IANA's list of them (RFC 9224)."""

from typing import Any

from aiohttp import web

from tests.doubles.http import HttpDouble
from verifier.core.clock import to_rfc3339
from verifier.core.strict_json import Json, dumps

IANA = "data.iana.example"
REGISTRY = "rdap.nic.example"
OTHER = "rdap.registrar.example"
HOSTS = (IANA, REGISTRY, OTHER)
LIST = f"https://{IANA}/rdap/dns.json"
RDAP_JSON = "application/rdap+json"


def domain(name: str, registered: int, expires: int, **more: Json) -> dict[str, Any]:
    """What a registry says of a domain, with a good deal that nobody asked for."""
    return {
        "rdapConformance": ["rdap_level_0", "icann_rdap_response_profile_1"],
        "objectClassName": "domain",
        "handle": "DOM000000123456-NIC",
        "ldhName": name.upper(),
        "status": ["active"],
        "events": [
            {"eventAction": "registration", "eventDate": to_rfc3339(registered)},
            {"eventAction": "expiration", "eventDate": to_rfc3339(expires).replace("Z", ".000Z")},
            {"eventAction": "last changed", "eventDate": to_rfc3339(registered)},
            {"eventAction": "last update of RDAP database", "eventDate": "now"},
        ],
        "entities": [
            {
                "objectClassName": "entity",
                "handle": "ABC123-NIC",
                "roles": ["registrant"],
                "vcardArray": ["vcard", [["version", {}, "text", "4.0"]]],
            },
            {"objectClassName": "entity", "handle": "R1", "roles": ["registrar"]},
        ],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": "ns1.example.net"}],
        "links": [{"rel": "self", "href": f"https://{REGISTRY}/domain/{name}", "type": RDAP_JSON}],
    } | more


def listed(*services: Json) -> dict[str, Json]:
    """IANA's list; by default :data:`REGISTRY` for the top ``example``."""
    default = [["example", "test"], [f"http://{REGISTRY}/", f"https://{REGISTRY}/"]]
    return {
        "description": "RDAP bootstrap file for Domain Name System registrations",
        "publication": "2026-11-20T00:00:00Z",
        "services": list(services) or [[["com"], ["https://rdap.else.example/com/v1/"]], default],
        "version": "1.0",
    }


class Rdap:
    """A registry over HTTP; :attr:`said` holds what it answers of a name: an object, bytes as they are, or a status."""

    def __init__(self, http: HttpDouble) -> None:
        self._http = http
        self.said: dict[str, Json | bytes | int] = {}
        self.list: Json | bytes | int = listed()
        self.content_type = RDAP_JSON
        http.handle(IANA, "/rdap/dns.json", self._list)

    def say(self, name: str, said: Json | bytes | int) -> None:
        """What the registry answers of that name from now on."""
        self.said[name] = said
        for host in (REGISTRY, OTHER):
            self._http.handle(host, f"/domain/{name}", self._domain)

    def asked(self, name: str) -> int:
        """How often it was asked about that name."""
        return self._http.asked().count(f"{REGISTRY}/domain/{name}")

    async def _list(self, _: web.Request) -> web.StreamResponse:
        return _answer(self.list, "application/json")

    async def _domain(self, request: web.Request) -> web.StreamResponse:
        return _answer(self.said[request.path.rpartition("/")[2]], self.content_type)


def _answer(said: Json | bytes | int, content_type: str) -> web.StreamResponse:
    if isinstance(said, int):
        return web.Response(status=said)
    if isinstance(said, str):
        return web.Response(status=302, headers={"Location": said})
    body = said if isinstance(said, bytes) else dumps(said)
    return web.Response(body=body, headers={"Content-Type": content_type})
