"""What programs are answered with: JSON, and stored bytes that a client may have already."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from ..core import strict_json
from ..core.entity_tag import entity_tag
from ..core.strict_json import Json
from .headers import list_header


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes ready to be sent.

    :param tag: their entity tag, without quotes
    """

    body: bytes
    tag: str
    content_type: str = "application/json"

    @classmethod
    def of(cls, body: bytes, content_type: str = "application/json") -> "Answer":
        return cls(body, entity_tag(body), content_type)

    def response(self, request: web.Request) -> web.Response:
        """These bytes, or 304 for who has them already."""
        if self._is_among(list_header(request, "If-None-Match") or ""):
            answer = web.Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            answer = web.Response(body=self.body)
            answer.headers["Content-Type"] = self.content_type
        answer.headers["ETag"] = f'"{self.tag}"'
        return answer

    def _is_among(self, tags: str) -> bool:
        # Weak comparison (RFC 9110, 13.1.2): a proxy that compresses makes our tags weak.
        return any(tag.strip().removeprefix("W/") in (f'"{self.tag}"', "*") for tag in tags.split(","))


def json_response(value: Json, *, status: int = 200) -> web.Response:
    return web.Response(body=strict_json.dumps(value), status=status, content_type="application/json")
