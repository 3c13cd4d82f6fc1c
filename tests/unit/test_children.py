"""The lists by which a body names those below it: one reading of a row, from a file or from a program."""

import pytest

from verifier.core.attestation import LONGEST_LABEL
from verifier.core.errors import BadInput
from verifier.core.identifiers import Host, MailAddress
from verifier.registration.children import MOST_CHILDREN, Child, children, parse_children
from verifier.web.bodies import ChildrenBody

RHONE = Child(Host("rhone.gouv.fr"), "Préfecture du Rhône, à Lyon")


def test_a_file_is_read_row_by_row() -> None:
    text = 'domain,name\r\n\r\nrhone.gouv.fr,"Préfecture du Rhône, à Lyon"\r\nAIN.gouv.fr, Ain \r\n'
    assert parse_children(text) == (RHONE, Child(Host("ain.gouv.fr"), "Ain"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("name,domain\nAin,ain.gouv.fr", 1),
        ('"domain,name', 1),
        ("domain,name\nain.gouv.fr", 2),
        ("domain,name\nain.gouv.fr,Ain,01", 2),
        ("domain,name\nain.gouv.fr,", 2),
        ("domain,name\nain.gouv.fr,Ain\nAIN.gouv.fr,Ain", 3),
        ('domain,name\nain.gouv.fr,Ain\nrhone.gouv.fr,"Rhône', 3),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, line: int) -> None:
    with pytest.raises(BadInput) as refused:
        parse_children(text)
    assert (refused.value.code, refused.value.values["line"]) == ("children-malformed", line)


@pytest.mark.parametrize("name", ["", " ", "x" * (LONGEST_LABEL + 1), "A\nin", "A\u202eniA", "A\x00in"])
def test_a_name_that_would_be_signed_is_held_to_the_same_for_programs(name: str) -> None:
    rows = [{"domain": "rhone.gouv.fr", "name": "Rhône"}, {"domain": "ain.gouv.fr", "name": name}]
    body = ChildrenBody.model_validate({"children": rows})
    with pytest.raises(BadInput) as refused:
        body.named()
    assert (refused.value.code, refused.value.pointer) == ("children-malformed", "/children/1")


def test_the_contact_of_a_body_may_be_named_with_it() -> None:
    ain, rhone = parse_children("domain,name,contact\nain.gouv.fr,Ain,presse@ain.gouv.fr\nrhone.gouv.fr,Rhône,\n")
    assert (ain.contact, rhone.contact) == (MailAddress.parse("presse@ain.gouv.fr"), None)
    with pytest.raises(BadInput) as refused:
        parse_children("domain,name,contact\nain.gouv.fr,Ain,presse")
    assert (refused.value.code, refused.value.pointer) == ("email-malformed", "/children/0/contact")


@pytest.mark.parametrize("count", [0, MOST_CHILDREN + 1])
def test_how_many_may_be_named_is_said(count: int) -> None:
    rows = [{"domain": f"d{number}.gouv.fr", "name": "x"} for number in range(count)]
    with pytest.raises(BadInput) as refused:
        ChildrenBody.model_validate({"children": rows}).named()
    assert (refused.value.code, refused.value.values) == ("children-count", {"most": MOST_CHILDREN})


def test_the_domain_at_fault_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        children([(1, "rhone.gouv.fr", "Rhône", None), (2, "192.0.2.1", "Ain", None)])
    assert (refused.value.code, refused.value.pointer) == ("host-is-address", "/children/1/domain")
