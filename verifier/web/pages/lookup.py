"""The first page: is this account official?"""

from http import HTTPStatus

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.errors import BadInput
from .. import keys
from ..lookups import one_handle
from .account import successor
from .pasted import pasted
from .rendering import explain, language, show


async def lookup(request: web.Request) -> web.Response:
    """GET / and /?handle=H: a verdict in words, under an address that can be shared."""
    handles = request.query.getall("handle", [])
    if not handles:
        return show(request, "lookup.html", typed="", verdict=None, problem=None)
    typed = pasted(handles[0])
    try:
        answer = await request.app[keys.LOOKUPS].answer(request, one_handle([typed]))
    except BadInput as error:
        problem = explain(request, error)
        return show(request, "lookup.html", status=HTTPStatus.BAD_REQUEST, typed=typed, verdict=None, problem=problem)
    verdict = strict_json.loads_object(answer.body)
    view = words.verdict_view(verdict, language(request), typed=typed)
    newer = await successor(request, verdict)
    page = show(request, "lookup.html", typed=typed, verdict=view, problem=None, successor=newer)
    if answer.age:
        page.headers["Age"] = str(answer.age)
    return page
