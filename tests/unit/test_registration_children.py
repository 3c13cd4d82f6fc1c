"""The lists by which a body names those below it: one reading of a row, from a file or from a program."""

import pytest

from verifier.core.attestation import LONGEST_LABEL
from verifier.core.errors import BadInput
from verifier.core.identifiers import Host, MailAddress
from verifier.registration.children import MOST_CHILDREN, Child, children, parse_children, parse_pasted
from verifier.web.payloads import ChildrenBody

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


def test_what_is_pasted_needs_no_line_of_columns() -> None:
    rows = 'rhone.gouv.fr,"Préfecture du Rhône, à Lyon"\r\n  \r\nain.gouv.fr, Ain ,presse@ain.gouv.fr'
    found = (RHONE, Child(Host("ain.gouv.fr"), "Ain", MailAddress.parse("presse@ain.gouv.fr")))
    assert parse_pasted(rows) == parse_pasted(f"\n domain, name\n{rows}") == found
    with pytest.raises(BadInput, match="children-count"):
        parse_pasted("domain,name\n")


@pytest.mark.parametrize(
    ("text", "line", "seen"),
    [
        ("\n\nain.gouv.fr,Ain\nhttps://x.gouv.fr,X", 4, "https://x.gouv.fr,X"),
        ("ain.gouv.fr,Ain\n\nAIN.gouv.fr,Ain", 3, "AIN.gouv.fr,Ain"),
        ("ain.gouv.fr", 1, "ain.gouv.fr"),
        ("ain.gouv.fr,Ain,presse", 1, "ain.gouv.fr,Ain,presse"),
        ("ain.gouv.fr,Ain,a@ain.gouv.fr,b", 1, "ain.gouv.fr,Ain,a@ain.gouv.fr,b"),
        ("ain.gouv.fr,", 1, "ain.gouv.fr,"),
        ('ain.gouv.fr,"Ain', 1, 'ain.gouv.fr,"Ain'),
        ("x" * 300, 1, "x" * 200),
    ],
)
def test_a_pasted_line_that_cannot_be_read_is_told_as_it_stood(text: str, line: int, seen: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_pasted(text)
    assert (refused.value.code, refused.value.values) == ("children-line", {"line": line, "seen": seen})


@pytest.mark.parametrize(
    "name", ["", " ", "x" * (LONGEST_LABEL + 1), "A\nin", "A\u202eniA", "A\x00in", "\u200b", "Re\u0301gion", "\u3164"]
)
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
