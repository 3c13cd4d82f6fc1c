"""Routes of the four public suites (VCDM 2.0, EdDSA, ECDSA, Bitstring Status List)."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from verifier.core.bounded import Bounded
from verifier.core.clock import Chance, Clock, to_rfc3339
from verifier.core.errors import BadInput, ProofError, VerifierError
from verifier.core.strict_json import Json, loads_object
from verifier.proof.did import did_key
from verifier.proof.strangers.forms import listed
from verifier.proof.strangers.structure import V1
from verifier.proof.suites import SUITES, signed
from verifier.signer import Signer, throwaway

from .problems import answer
from .status import StatusList

ROOT = Path(__file__).parents[2]
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
_BODY_BYTES = 1_048_576
_WORKER = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.conformance.worker import main; main()"
_PURPOSES = ("assertionMethod", "authentication")

# The first part of an issuing route, and the suite that it signs with.
ISSUERS = {
    "eddsa-rdfc-2022": "eddsa-rdfc-2022",
    "eddsa-jcs-2022": "eddsa-jcs-2022",
    "ecdsa-rdfc-2019-p256": "ecdsa-rdfc-2019",
    "status": "eddsa-rdfc-2022",
}

Handler = Callable[[dict[str, Json]], Awaitable[web.Response]]


class Conformance:
    """:param base: origin of the application, for the URL of the status list"""

    def __init__(self, base: str, worker: Bounded, *, clock: Clock, chance: Chance) -> None:
        self.base = base
        self._worker = worker
        self._clock = clock
        self._signers: Mapping[str, Signer] = {name: throwaway(name, chance) for name in ("ed25519", "p256")}
        self._list = StatusList(f"{base}/status-lists/1", self.issuer("ed25519"), chance)

    def issuer(self, algorithm: str) -> str:
        return did_key(self._signers[algorithm].public_key_multibase)

    @property
    def status_list(self) -> StatusList:
        return self._list

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.post(f"/{path}/credentials/issue", self._issuing(path)) for path in ISSUERS),
            web.post("/credentials/verify", self._verifying(bound=True)),
            web.post("/proof/credentials/verify", self._verifying(bound=False)),
            web.post("/presentations/verify", _door(self._verify_presentation, verifying=True)),
            web.get("/status-lists/1", self._get_list),
        ]

    def _issuing(self, path: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def issue(body: dict[str, Json]) -> web.Response:
            credential = _member(body, "credential")
            if path == "status":
                others = listed(credential.get("credentialStatus", []))
                credential = {**credential, "credentialStatus": [*others, self._list.draw()]}
            issued = await self._sign(_with_suite_context(credential), ISSUERS[path])
            return web.json_response({"verifiableCredential": issued}, status=201)

        return _door(issue, verifying=False)

    async def _sign(self, credential: dict[str, Json], suite: str) -> dict[str, Json]:
        signer = self._signers[SUITES[suite].algorithm]
        config = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": to_rfc3339(self._clock.now()),
            "verificationMethod": f"{did_key(signer.public_key_multibase)}#{signer.public_key_multibase}",
            "proofPurpose": "assertionMethod",
        }
        if SUITES[suite].form == "jcs" and "@context" in credential:
            config["@context"] = credential["@context"]
        digests = await self._worker.run("sign", credential, config)
        proof = signed(config, await signer.sign(bytes.fromhex(digests)))
        others = credential.get("proof", [])  # with another, they are a set
        return {**credential, "proof": [*listed(others), proof] if others else proof}

    def _verifying(self, *, bound: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def verify(body: dict[str, Json]) -> web.Response:
            credential = _member(body, "verifiableCredential")
            await self._worker.run("credential", credential, _options(body, "assertionMethod"), bound)
            self._list.check(credential)
            return web.json_response({"verified": True, "problemDetails": []})

        return _door(verify, verifying=True)

    async def _verify_presentation(self, body: dict[str, Json]) -> web.Response:
        presentation = _member(body, "verifiablePresentation")
        unopened = await self._worker.run("presentation", presentation, _options(body, "authentication"))
        return web.json_response({"verified": True, "problemDetails": [], "unopened": unopened})

    async def _get_list(self, _: web.Request) -> web.Response:
        document = await self._sign(self._list.document(self._clock.now()), "eddsa-rdfc-2022")
        return web.json_response(document, content_type="application/vc+json")


@asynccontextmanager
async def conformance(base: str) -> AsyncIterator[tuple[web.Application, Conformance]]:
    """The application, with the process that reads what is brought."""
    command = (sys.executable, "-I", "-c", _WORKER)
    async with Bounded(command, kind=ProofError, overrun="work-too-long") as worker:
        doors = Conformance(base, worker, clock=Clock(), chance=Chance())
        application = web.Application(client_max_size=_BODY_BYTES)
        application.add_routes(doors.routes())
        yield application, doors


def _door(handler: Handler, *, verifying: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(loads_object(await request.read()))
        except VerifierError as error:
            return answer(error, verifying=verifying)
        except web.HTTPRequestEntityTooLarge:
            return answer(BadInput("json-too-large"), verifying=verifying)

    return handle


def _member(body: Mapping[str, Json], name: str) -> dict[str, Json]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise BadInput("json-not-object", pointer=f"/{name}")
    return value


def _options(body: Mapping[str, Json], purpose: str) -> Json:
    options = body.get("options") or {}
    if not isinstance(options, dict):
        raise BadInput("json-not-object", pointer="/options")
    domain, challenge = options.get("domain"), options.get("challenge")
    purpose = options.get("expectedProofPurpose") or purpose
    good = {
        "domain": domain is None or all(isinstance(item, str) for item in listed(domain)),
        "challenge": challenge is None or isinstance(challenge, str),
        "expectedProofPurpose": purpose in _PURPOSES,
    }
    for name, is_good in good.items():
        if not is_good:
            raise BadInput("json-member-wrong", pointer=f"/options/{name}")
    return {"domain": None if domain is None else listed(domain), "challenge": challenge, "purpose": purpose}


def _with_suite_context(credential: dict[str, Json]) -> dict[str, Json]:
    """VC 1.1 defines no Data Integrity proof: it needs the context that does."""
    contexts = credential.get("@context")
    if isinstance(contexts, list) and contexts[:1] == [V1] and DATA_INTEGRITY not in contexts:
        return {**credential, "@context": [*contexts, DATA_INTEGRITY]}
    return credential
