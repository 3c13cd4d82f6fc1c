"""What programs read of an account, beside what people do."""

import json

from playwright.async_api import APIRequestContext

from verifier.core.strict_json import Json
from verifier.proof import bitstring


class Doors:
    """The doors of the service, for one account."""

    def __init__(self, client: APIRequestContext, service: str, handle: str) -> None:
        self._client = client
        self._service = service
        self._handle = handle

    async def json(self, url: str) -> dict[str, Json]:
        answer = await self._client.get(url)
        assert answer.ok, await answer.text()
        found: dict[str, Json] = await answer.json()
        return found

    async def verdict(self) -> dict[str, Json]:
        """The verdict, which both doors give alike."""
        verdict = await self.json(f"{self._service}/api/v1/lookup?handle={self._handle}")
        assert await self.json(f"{self._service}/api/v1/accounts/{self._handle.removeprefix('@')}") == verdict
        return verdict

    async def appraisal(self, attestation: dict[str, Json]) -> tuple[bool, set[str]]:
        """Whether the service would trust a document that somebody brings, and the axes that fail."""
        answer = await self._client.post(
            f"{self._service}/api/v1/verify",
            data=json.dumps({"attestation": attestation}),
            headers={"Content-Type": "application/json"},
        )
        found = await answer.json()
        return found["verified"], {name for name, result in found.items() if result == "failed"}

    async def suspended(self, attestation: dict[str, Json]) -> bool:
        """The bit of the status list that the attestation names."""
        (entry,) = [each for each in attestation["credentialStatus"] if each["statusPurpose"] == "suspension"]
        signed = await self.json(entry["statusListCredential"])
        bits = bitstring.decode(signed["credentialSubject"]["encodedList"])
        return bitstring.is_set(bits, int(entry["statusListIndex"]))

    async def events(self) -> list[str]:
        return [event["kind"] for event in (await self.json(f"{self._service}/api/v1/events"))["events"]]

    async def me_links(self, page: str) -> tuple[int, bool]:
        """How many ``rel=me`` that page holds, and whether its headers hold one."""
        answer = await self._client.get(page)
        return (await answer.text()).count('rel="me"'), 'rel="me"' in answer.headers.get("link", "")
