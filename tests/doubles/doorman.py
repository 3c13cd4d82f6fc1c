"""What an instance with "authorised fetch" does: it asks who reads, fetches that actor's key, checks the signature.

Written from the two specifications, without a line of ours, so that both sides cannot be wrong in the same way.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from aiohttp import ClientSession, web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from verifier.core.strict_json import loads_object

HOUR = 3600


@dataclass
class Doorman:
    """:param now: Unix seconds
    :param reads: the kinds of signature that are understood
    :param refusal: the status of those that are not
    :param find: where a URL really is
    :param seen: the kind of each signature that came, ``none`` without one
    """

    now: Callable[[], int]
    reads: Sequence[str] = ("cavage", "rfc9421")
    refusal: int = 401
    find: Callable[[str], str] = lambda url: url
    seen: list[str] = field(default_factory=list)

    async def lets_in(self, request: web.Request) -> bool:
        kind = "rfc9421" if "Signature-Input" in request.headers else "cavage"
        kind = kind if "Signature" in request.headers else "none"
        self.seen.append(kind)
        if kind not in self.reads:
            return False
        if abs(parsedate_to_datetime(request.headers["Date"]).timestamp() - self.now()) > HOUR:
            return False
        key_id, text, signature = (_cavage if kind == "cavage" else _rfc9421)(request)
        key = await self._key(key_id)
        try:
            key.verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    async def _key(self, key_id: str) -> rsa.RSAPublicKey:
        actor_id = key_id.partition("#")[0]
        async with ClientSession() as session:
            accept = {"Accept": "application/activity+json"}
            async with session.get(self.find(actor_id), headers=accept, allow_redirects=False) as answer:
                assert answer.status == 200
                assert answer.content_type == "application/activity+json"
                actor = loads_object(await answer.read())
        assert actor["id"] == actor["publicKey"]["owner"] == actor_id
        assert actor["publicKey"]["id"] == key_id
        key = load_pem_public_key(actor["publicKey"]["publicKeyPem"].encode())
        assert isinstance(key, rsa.RSAPublicKey)
        return key


def _cavage(request: web.Request) -> tuple[str, str, str]:
    """draft-cavage-http-signatures-12, 2.3 and 2.5."""
    given = dict(re.findall(r'([a-zA-Z]+)="([^"]*)"(?:,|\Z)', request.headers["Signature"]))
    assert given.keys() == {"keyId", "algorithm", "headers", "signature"}
    assert given["algorithm"] in ("rsa-sha256", "hs2019")
    names = given["headers"].split(" ")
    assert {"(request-target)", "host", "date"} <= set(names)
    special = {"(request-target)": f"{request.method.lower()} {request.raw_path}"}
    text = "\n".join(f"{name}: {special.get(name) or request.headers[name]}" for name in names)
    return given["keyId"], text, given["signature"]


def _rfc9421(request: web.Request) -> tuple[str, str, str]:
    """RFC 9421, 2.5 and 3.2."""
    label, _, parameters = request.headers["Signature-Input"].partition("=")
    components = re.findall(r'"([^"]+)"', parameters.partition(")")[0])
    given = dict(re.findall(r';([a-z]+)=(?:"([^"]*)"|[0-9]+)', parameters))
    assert {"@method", "@target-uri"} <= set(components)
    assert given["alg"] == "rsa-v1_5-sha256"
    assert "created" in given
    derived = {
        "@method": request.method,
        "@target-uri": f"https://{request.host}{request.raw_path}",
        "@authority": request.host,
        "@signature-params": parameters,
    }
    lines = [f'"{name}": {derived.get(name) or request.headers[name]}' for name in [*components, "@signature-params"]]
    (signature,) = re.findall(rf"{re.escape(label)}=:([^:]+):", request.headers["Signature"])
    return given["keyid"], "\n".join(lines), signature
