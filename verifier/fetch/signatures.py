"""HTTP signatures of outgoing requests, so that instances which ask who reads may know (fediverse: "authorised fetch").

Two forms of the same RSA signature: draft-cavage-http-signatures-12, which all of the fediverse reads, then RFC 9421
for those who have moved on and refuse the first.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from ..core.clock import Clock
from ..core.identifiers import HttpsUrl

Sign = Callable[[str, HttpsUrl], Mapping[str, str]]
"""Headers to add for a method and a URL."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom we are when we ask.

    :param key_id: URL of the public key, which leads to the actor
    :param rsa_sha256: the RSASSA-PKCS1-v1_5 signature of some bytes
    """

    key_id: str
    rsa_sha256: Callable[[bytes], bytes]
    clock: Clock

    @property
    def signers(self) -> tuple[Sign, ...]:
        """The forms of the signature, in the order to try them."""
        return self.cavage, self.rfc9421

    def cavage(self, method: str, url: HttpsUrl) -> Mapping[str, str]:
        """draft-cavage-http-signatures-12: ``(request-target) host date``."""
        date = self._date()
        text = f"(request-target): {method.lower()} {url.target}\nhost: {url.host}\ndate: {date}"
        parameters = {
            "keyId": self.key_id,
            "algorithm": "rsa-sha256",
            "headers": "(request-target) host date",
            "signature": self._signature(text),
        }
        return {"Date": date, "Signature": ",".join(f'{name}="{value}"' for name, value in parameters.items())}

    def rfc9421(self, method: str, url: HttpsUrl) -> Mapping[str, str]:
        """RFC 9421, ``rsa-v1_5-sha256``, over what both sides are sure to see alike."""
        date = self._date()
        covered = {
            "@method": method,
            "@target-uri": str(url),
            "@authority": str(url.host),
            "host": str(url.host),
            "date": date,
        }
        names = " ".join(f'"{name}"' for name in covered)
        parameters = f'({names});created={self.clock.now()};keyid="{self.key_id}";alg="rsa-v1_5-sha256"'
        lines = [f'"{name}": {value}' for name, value in (covered | {"@signature-params": parameters}).items()]
        return {
            "Date": date,
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{self._signature(chr(10).join(lines))}:",
        }

    def _signature(self, text: str) -> str:
        return base64.b64encode(self.rsa_sha256(text.encode())).decode()

    def _date(self) -> str:
        return format_datetime(datetime.fromtimestamp(self.clock.now(), UTC), usegmt=True)  # RFC 9110, 5.6.7
