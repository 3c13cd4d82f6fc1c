"""A method of proof declares itself: every place that must know it does, and no other module names it."""

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.doubles.tools import METHODS
from tests.unit.facts import FACTS, SITE
from verifier import words
from verifier.core.attestation import parse
from verifier.core.models import End, IdentityType
from verifier.issuance import Proof, build
from verifier.publication.verdicts import INSTANCE_METHOD
from verifier.registration.monitoring.consequences import rechecked_by
from verifier.registration.orders.requirements import is_optional, requirements
from verifier.validation import CHALLENGES, DECLARATIONS, Declaration, Need, Recheck
from verifier.validation.methods import instance_01
from verifier.web import openapi
from verifier.web.pages.orders import actions
from verifier.words import evidence
from verifier.words.phrases import catalogue

ROOT = Path(__file__).parent.parent.parent
HOUSE = ROOT / "verifier"
MODULES = HOUSE / "validation" / "methods"
ORDER_PAGE = (HOUSE / "words" / "templates" / "order.html").read_text()
API = (ROOT / "docs" / "api.md").read_text()
ADDING = (ROOT / "docs" / "challenges.md").read_text()

EVERY = pytest.mark.parametrize("method", DECLARATIONS.values(), ids=DECLARATIONS)
CHALLENGE = pytest.mark.parametrize("name", CHALLENGES)

# Where a name may stand, beside the method's own module: its words, a document that is signed to try the suites, and
# a room on the floor of validation, which cannot read the declaration (compared below).
MAY_NAME = ("words/", "proof/known_answer.py", "publication/verdicts.py")


def source(name: str) -> str:
    return (MODULES / f"{name.replace('-', '_')}.py").read_text()


def constants(text: str) -> Iterator[ast.Constant]:
    yield from (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))


def test_a_method_is_named_in_its_own_module_alone() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{constant.lineno} names {constant.value}: read the declaration instead"
        for path in sorted(HOUSE.rglob("*.py"))
        if not str(path.relative_to(HOUSE)).startswith(MAY_NAME)
        for constant in constants(path.read_text())
        if constant.value in DECLARATIONS and path.name != f"{str(constant.value).replace('-', '_')}.py"
    ]
    assert strays == []


def test_every_module_of_the_room_is_a_method_in_the_list() -> None:
    modules = {path.stem.replace("_", "-") for path in MODULES.glob("*_[0-9][0-9].py")}
    assert modules == set(DECLARATIONS), "methods/__init__.py lists each module"
    assert set(CHALLENGES) == {method.name for method in DECLARATIONS.values() if method.offered}


@CHALLENGE
def test_an_order_gets_it_where_it_is_offered_and_counts_it_for_what_it_declares(name: str) -> None:
    method = DECLARATIONS[name]
    for identity, need in method.offered.items():
        required = requirements(identity)[method.end]
        assert (name in required.types) == (need is not Need.ADDS), f"{name}: registration/orders/requirements.py"
        assert (name in required.adds) == (need is Need.ADDS) == is_optional(identity, name)


def test_the_evidence_has_one_order() -> None:
    ranks = [method.rank for method in DECLARATIONS.values() if method.end is End.IDENTITY and method.rank is not None]
    assert len(set(ranks)) == len(ranks), "two methods of the identity have one rank: which comes first?"
    assert all(method.rank is not None for method in DECLARATIONS.values() if method.offered)


@EVERY
def test_a_document_is_made_with_it(method: Declaration) -> None:
    if method.rank is None:
        assert not method.offered, f"{method.name} can be asked for, and has no rank in the evidence"
        return
    if method.end is End.ACCOUNT:
        facts = replace(FACTS, account=Proof(method.name, FACTS.account.checked_at))
    else:
        facts = replace(FACTS, identity=(replace(FACTS.identity[0], method=method.name),))
    document = build(facts, SITE)
    parse(document)
    schema = json.loads((ROOT / "schemas" / "fediverse-account-attestation-v1.json").read_text())
    errors = [each for each in Draft202012Validator(schema).iter_errors(document) if "evidence" in each.absolute_path]
    assert errors == [], f"schemas/: no evidence of {method.name}"
    assert method.name in [check["method"] for check in document["evidence"]]


@EVERY
def test_it_is_looked_at_again_in_a_way_that_its_end_has(method: Declaration) -> None:
    of_account = method.recheck in (Recheck.PROFILE_LINK, Recheck.ACCOUNT)
    assert of_account == (method.end is End.ACCOUNT), f"{method.name}: registration/monitoring/accounts.py"
    assert (method.recheck is Recheck.INSTANCE) == (method.name == INSTANCE_METHOD)
    if method.recheck is Recheck.BODY_RECORD:
        assert method.of_body, f"{method.name} rests on the record of the body, and must speak for it"


def test_words_and_publication_agree_with_what_is_declared() -> None:
    assert frozenset(rechecked_by(Recheck.BODY_RECORD)) == evidence.OF_RECORD, "words/evidence.py"
    assert instance_01.DECLARATION.name == INSTANCE_METHOD, "publication/verdicts.py"


@EVERY
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_it_has_words_in_every_language(method: Declaration, lang: words.Lang) -> None:
    tables = {"_SENTENCES": evidence._SENTENCES}
    if method.recheck is Recheck.BODY_RECORD:
        tables["_FAILING"] = evidence._FAILING
    for name, table in tables.items():
        assert method.name in table, f"words/evidence.py: {name} has no sentence for {method.name}"
        headline, detail = table[method.name]
        assert known(headline, lang), f"{lang}: {headline}"
        assert known(detail, lang), f"{lang}: {detail}"
    if method.rank is not None:
        assert method.name in evidence._CHECKED, f"words/evidence.py: _CHECKED has no sentence for {method.name}"
        assert known(evidence._CHECKED[method.name], lang)


def known(msgid: str, lang: words.Lang) -> bool:
    return lang == words.SOURCE or catalogue(lang).gettext(msgid) != msgid


@CHALLENGE
def test_the_page_of_an_order_has_its_part_and_its_buttons(name: str) -> None:
    method = DECLARATIONS[name]
    assert method.part is not None, f"{name} says on no part of the page where it stands"
    assert method.actions, f"{name} has no button: nobody can ask for it with a browser"
    assert f'id="{method.part}"' in ORDER_PAGE, f"words/templates/order.html has no part {method.part}"
    (steps,) = {openapi.plain_path(door.path)[1] for door in openapi.described_doors() if "{step:" in door.path}
    for action, fields in method.actions.items():
        assert f'begin("{action}")' in ORDER_PAGE, f"words/templates/order.html: no form for {action} of {name}"
        assert action in steps
        assert actions()[action] == (name, fields), f"the button {action} is that of two methods"
        for field in fields:
            assert f'name="{field}"' in ORDER_PAGE, f"words/templates/order.html: no field {field} of {name}"


@CHALLENGE
def test_the_api_describes_it(name: str) -> None:
    written = json.loads((ROOT / "schemas" / "openapi.json").read_text())
    for description in (openapi.document(), written):
        (asked,) = [
            parameter
            for parameter in description["paths"]["/api/v1/orders/{id}/challenges/{type}"]["post"]["parameters"]
            if parameter["name"] == "type"
        ]
        assert name in asked["schema"]["enum"], "run: verifier schemas export"
    assert f"`{name}`" in API, f"docs/api.md does not say how {name} is answered"


@EVERY
def test_the_documents_say_what_it_is(method: Declaration) -> None:
    assert f"| `{method.name}` |" in ADDING, f"docs/challenges.md has no line for {method.name}"


@CHALLENGE
def test_who_has_a_mail_sent_is_limited(name: str) -> None:
    sends = any(isinstance(node, ast.Attribute) and node.attr == "mailer" for node in ast.walk(ast.parse(source(name))))
    assert METHODS[name].sends_mail({}) is sends, f"{name} has a mail sent, or not, against what it says (T09)"


@CHALLENGE
def test_who_signs_in_elsewhere_comes_back_to_a_door(name: str) -> None:
    paths = [door.path for door in openapi.described_doors()]
    doors = [path for path in paths if f"{path}/".startswith(f"/callback/{name}/")]
    assert bool(doors) == ("redirect_uri" in source(name)), (
        f"web/pages/doors.py: where does a holder come back from {name}?"
    )


def test_the_methods_of_an_end_do_not_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them, or all of them: of a mixture nobody could say when the end is proved."""
    kind = IdentityType.INSTITUTION
    mixed = {"dns-01": replace(DECLARATIONS["dns-01"], offered={kind: Need.ONE_OF})}
    monkeypatch.setattr("verifier.registration.orders.requirements.DECLARATIONS", {**DECLARATIONS, **mixed})
    with pytest.raises(ValueError, match="either one of them or all"):
        requirements(kind)
