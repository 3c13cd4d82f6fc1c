"""Whatever form is sent with a fault, in either language, its page tells the fault in the same way.

First in the page and in its title, with the focus; the field is marked, described by it, and keeps what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.integration.conftest import Town
from tests.integration.house import OURS, Answer, Holder
from tests.integration.institution import attest as attest_body
from verifier.web import openapi
from verifier.web.pages.doors import PAGE, PRIVATE_PAGE
from verifier.words import LANGUAGES, Lang, prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERROR = {"fr": "Erreur\u00a0: ", "en": "Error: "}


@dataclass(frozen=True)
class Fault:
    """A form with a fault.

    :param typed: its fields, and `place`, the id where the first place leads; None: nowhere
    :param of: whose order its path is of
    """

    typed: Mapping[str, str]
    place: str | None
    of: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


CHILD, INSTANCE = {"domain": "x.example"}, {"host": "other.example"}
FAULTS = {
    "GET /": Fault({"handle": "dinum"}, "handle"),
    "GET /diagnostic": Fault({"handle": "dinum"}, "handle"),
    "POST /verifier": Fault({"text": "{"}, "text"),
    "POST /demander": Fault({"handle": "dinum", "email": "a@numerique.gouv.fr"}, "handle"),
    "POST /demander/{id}/{step}": Fault({"code": ""}, "mailbox", "pending", {"step": "code"}),
    "POST /demander/{id}/publish": Fault({}, "publish", "pending"),
    "POST /demander/{id}/change": Fault({"handle": "dinum"}, "other", "pending"),
    "POST /demander/{id}/organisation/children": Fault({"list": "a b"}, "list", "body"),
    "POST /demander/{id}/organisation/children/{domain}": Fault({}, "children", "body", CHILD),
    "POST /demander/{id}/organisation/instance": Fault({"host": "a b"}, "host", "body"),
    "POST /demander/{id}/organisation/instance/{host}": Fault({}, "instance", "body", INSTANCE),
    "POST /reprendre": Fault({"email": "alice"}, "email"),
    "POST /reprendre/code": Fault({"code": ""}, None),
    "POST /reprendre/{id}": Fault({}, None, "pending"),
    "POST /reprendre/{id}/end": Fault({}, None, "pending"),
}


def plain(path: str) -> str:
    return openapi.plain_path(path)[0]


async def test_every_form_is_here() -> None:
    pages = [door for door in openapi.described_doors() if door.kind in (PAGE, PRIVATE_PAGE)]
    forms = {f"{door.method} {plain(door.path)}" for door in pages if door.method != "GET" or door.refusal}
    own = {name for name in forms if not name.partition(" /")[2].startswith(tuple(f"{each}/" for each in LANGUAGES))}
    assert own | {"GET /"} == FAULTS.keys()


async def sent(town: Town, name: str, fault: Fault, lang: Lang, holder: Holder | None) -> Answer:
    method, _, path = name.partition(" ")
    path = prefix(lang) + path
    for key, value in {**fault.values, "id": holder.id if holder else ""}.items():
        path = path.replace(f"{{{key}}}", value)
    if method == "GET":
        query = "&".join(f"{key}={value}" for key, value in fault.typed.items())
        return await town.house.get(f"{path}?{query}")
    if name == "POST /verifier":  # a form with a file
        part = f'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{fault.typed["text"]}\r\n--x--\r\n'
        headers = OURS | {"Content-Type": "multipart/form-data; boundary=x"}
        return await town.house.ask("POST", path, body=part.encode(), headers=headers)
    cookie = {"Cookie": f"order-{holder.id}={holder.order['token']}"} if holder else {}
    return await town.house.ask("POST", path, form=fault.typed, headers=cookie)


@pytest.fixture(scope="module")
def bodies() -> dict[str, Holder]:
    return {}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_the_same_way(town: Town, bodies: dict[str, Holder], name: str, lang: Lang) -> None:
    fault = FAULTS[name]
    if fault.of == "body" and not bodies:
        bodies["body"] = await attest_body(town.house)
    holder = {"pending": town.pending, **bodies}.get(fault.of)
    answer = await sent(town, name, fault, lang, holder)
    assert 400 <= answer.status < 500, answer.status
    page = LexborHTMLParser(answer.text)
    (problem,) = page.css("#problem")
    assert {"role": "alert", "tabindex": "-1"}.items() <= problem.attributes.items()
    assert page.css("[autofocus]") == [problem]
    (heading,) = problem.css("h2")
    (title,) = page.css("title")
    assert title.text().startswith(ERROR[lang] + heading.text().strip())
    main = answer.text.partition("<main")[2].partition('id="problem"')[0]
    assert not [tag for tag in ("<h1", "<h2", "<p", "<form") if tag in main]
    links = [link.attributes["href"] for link in problem.css("a[href^='#']")]
    assert links == ([f"#{fault.place}"] if fault.place else [])
    for place in links:
        (led_to,) = page.css(str(place))
        if led_to.tag in ("input", "textarea"):
            assert led_to.attributes["aria-invalid"] == "true"
            ids = str(led_to.attributes["aria-describedby"]).split()
            assert any(each.endswith("problem") for each in ids)
            assert all(page.css(f"#{each}") for each in ids)
            (typed,) = [value for key, value in fault.typed.items() if key == led_to.attributes["name"]]
            assert (led_to.attributes.get("value") or led_to.text().strip("\n")) == typed


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_a_check_found_is_told_as_a_fault_of_a_form(town: Town, lang: Lang) -> None:
    order = town.pending
    cookie = {"Cookie": f"order-{order.id}={order.order['token']}"}
    here = f"{prefix(lang)}/demander/{order.id}"
    checked = await town.house.ask("POST", f"{here}/account", form={}, headers=cookie)
    assert checked.headers["Location"] == f"{here}?failed=account"
    page = LexborHTMLParser((await town.house.get(checked.headers["Location"], **cookie)).text)
    (problem,), (title,) = page.css("#problem"), page.css("title")
    assert title.text().startswith(ERROR[lang])
    assert [link.attributes["href"] for link in problem.css("a")] == ["#account"]
    assert problem.css("h2")[0].text() == page.css("#account-problem h3")[0].text()
    later = LexborHTMLParser((await town.house.get(here, **cookie)).text)
    assert later.css("#account-problem")
    assert not later.css("#problem, [autofocus]"), "it is told at its step, and no longer as what just happened"


async def test_what_goes_wrong_with_a_request_that_is_over_is_told_whole(town: Town) -> None:
    """No step is shown any more beside which it could stand."""
    cookie = {"Cookie": f"order-{town.listed.id}={town.listed.order['token']}"}
    told = await town.house.ask("POST", f"/en/demander/{town.listed.id}/account", form={}, headers=cookie)
    if told.status == 303:  # what is proved stays so
        told = await town.house.ask("POST", f"/en/demander/{town.listed.id}/token", form={}, headers=cookie)
    page = LexborHTMLParser(told.text)
    (problem,) = page.css("#problem")
    assert told.status == 409
    assert not problem.css("a")
    assert len(problem.css("p")) == 2
