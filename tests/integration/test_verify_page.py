"""The page /verifier: what people drop and paste, and what they read."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import FormData
from selectolax.lexbor import LexborHTMLParser

from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.conftest import Town
from tests.integration.house import ALICE, OURS, Answer, Holder, House
from verifier.core.clock import DAY
from verifier.core.models import Reason
from verifier.words.phrases import say

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUTHENTIC = "Cette attestation est authentique"
AXES = ["Signature", "Émetteur", "Dates", "État", "Forme", "Vocabulaire"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def drop(house: House, *, text: str | None = None, file: bytes | None = None, lang: str = "") -> Answer:
    """The form, as a browser sends it: both fields, an empty one empty."""
    form = FormData(default_to_multipart=True)
    form.add_field("file", file or b"", filename="attestation.json" if file else "", content_type="application/json")
    form.add_field("text", text or "")
    async with house.session.post(f"{house.base}{lang}/verifier", data=form, headers=OURS) as response:
        return Answer(response.status, response.headers.copy(), await response.read())


async def signed(house: House, holder: Holder) -> bytes:
    return (await house.get(holder.order["attestation"])).body


def title(answer: Answer) -> str:
    (found,) = LexborHTMLParser(answer.text).css("h1")
    return found.text().strip()


def problem(answer: Answer) -> str:
    (found,) = LexborHTMLParser(answer.text).css(".problem h2")
    return found.text().strip()


def axes(answer: Answer) -> dict[str, str]:
    """Label → mark of each axis."""
    found = {}
    for item in LexborHTMLParser(answer.text).css(".axes h3"):
        (mark,) = item.css(".mark")
        marked = mark.text().strip()
        mark.decompose()
        found[item.text().strip()] = marked
    return found


def hrefs(answer: Answer) -> list[str]:
    return [link.attributes["href"] or "" for link in LexborHTMLParser(answer.text).css("main a")]


async def test_a_form_that_needs_no_script(town: Town) -> None:
    answer = await town.house.get("/verifier")
    tree = LexborHTMLParser(answer.text)
    (form,) = tree.css("form")
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    assert {field.attributes["name"] for field in form.css("input, textarea")} == {"file", "text"}
    assert not tree.css("script")
    assert not tree.css("[aria-invalid]"), "nothing was typed yet"
    for path in ("/", "/en/"):
        shown = (await town.house.get(path)).text
        assert shown.count(f'href="{path.rstrip("/")}/verifier"') == 2
    page = await town.house.get(town.listed.order["attestation"], Accept="text/html")
    assert any(href.startswith("/verifier?attestation=") for href in hrefs(page))


@pytest.mark.parametrize(
    "given",
    (
        lambda body: {"file": body},
        lambda body: {"text": body.decode()},
        lambda body: {"text": f"\n  {json.dumps({'attestation': json.loads(body)}, indent=2)}\r\n"},
        lambda body: {"text": json.loads(body)["id"]},
        lambda body: {"text": f"{json.loads(body)['id']}.json#account"},
        lambda body: {"text": json.loads(body)["id"].rpartition("/")[2]},
        lambda body: {"file": json.loads(body)["id"].encode() + b"\n"},
    ),
)
async def test_a_good_one_however_it_is_given(town: Town, given: Callable[[bytes], dict[str, Any]]) -> None:
    answer = await drop(town.house, **given(await signed(town.house, town.listed)))
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert title(answer) == f"{AUTHENTIC} et en vigueur"
    assert axes(answer) == dict.fromkeys(AXES, "Conforme")
    assert "alice@social.example" in LexborHTMLParser(answer.text).css("dl.facts")[0].text()
    assert f"/?handle={ALICE}".replace("@", "%40") in hrefs(answer)
    assert "(heure de Paris)" in answer.text


async def test_the_same_in_english(town: Town) -> None:
    answer = await drop(town.house, file=await signed(town.house, town.listed), lang="/en")
    assert title(answer) == "This attestation is authentic and in force"
    assert set(axes(answer).values()) == {"Holds"}


@pytest.mark.parametrize("name", ("URL", "ID", "PAGE", "EN-PAGE", "SHARED"))
async def test_a_link_leads_to_the_answer(town: Town, name: str) -> None:
    url = town.listed.order["attestation"]
    base = town.house.base
    named = {
        "URL": url,
        "ID": url.rpartition("/")[2],
        "PAGE": town.listed.page,
        "EN-PAGE": town.listed.page.replace("/v/", "/en/v/"),
        "SHARED": f"{base}/en/verifier?attestation={url}",
    }[name]
    answer = await town.house.get(f"/verifier?attestation={named.replace('?', '%3F').replace('=', '%3D')}")
    assert (answer.status, title(answer)) == (200, f"{AUTHENTIC} et en vigueur")
    (other,) = LexborHTMLParser(answer.text).css("a.lang")
    assert title(await town.house.get(other.attributes["href"] or "")) == "This attestation is authentic and in force"


@pytest.mark.parametrize(
    ("data", "status", "told"),
    (
        (b"", 400, "There is nothing to verify"),
        (b" \r\n\t ", 400, "There is nothing to verify"),
        (b"%PDF-1.7\n%\xe2\xe3", 400, "This is a PDF, not an attestation"),
        (PNG, 400, "This is a picture, not an attestation"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", 400, "This is a picture, not an attestation"),
        (b"<!DOCTYPE html>\n<html lang=fr>", 400, "This is a web page, not an attestation"),
        (b"PK\x03\x04\x14\x00\x08\xff\xfe", 400, "This file is not a text"),
        (b"caf\xe9", 400, "This file is not a text"),
        (b"a\x00b", 400, "This file is not a text"),
        (b'\xef\xbb\xbf{"a":1}', 400, "This file was written anew by another program"),
        ('{"a":1}'.encode("utf-16"), 400, "This file was written anew by another program"),
        ('{"a":1}'.encode("utf-16-le"), 400, "This file was written anew by another program"),
        (b'{"id": "https://', 400, "This text cannot be read to its end"),
        ('{“id”: 1}'.encode(), 400, "This text cannot be read to its end"),
        (b'{"a":1,"a":2}', 400, "This text cannot be read to its end"),
        (b"{" * 100_000, 400, "This text cannot be read to its end"),
        (b"[1]", 400, "This is not an attestation"),
        (b"Bonjour, voici l'attestation", 400, "This is not an attestation"),
        (b"dinum", 400, "This is not an attestation"),
        (b"http://", 400, "This address belongs to another service"),
        (b'{"a":1}', 422, "This is not one of our attestations"),
        (b'{"attestation":{}}', 422, "This is not one of our attestations"),
        (b"https://other.example/attestations/aaaaaaaaaaaaaaaa", 400, "This address belongs to another service"),
        (b"https://other.example:444/x", 400, "This address belongs to another service"),
        (b"aaaaaaaaaaaaaaaa", 404, "This attestation does not exist"),
        (b"{" + b" " * 262_144 + b"}", 413, "This file is too large to be an attestation"),
    ),
)  # fmt: skip
async def test_what_is_no_attestation_is_told_in_plain_words(town: Town, data: bytes, status: int, told: str) -> None:
    answer = await drop(town.house, file=data)
    assert (answer.status, problem(answer)) == (status, say("fr", told))
    assert not LexborHTMLParser(answer.text).css(".verdict")
    assert problem(await drop(town.house, file=data, lang="/en")) == told


@pytest.mark.parametrize(
    ("text", "handle"),
    (
        ("@dinum@social.example", "@dinum@social.example"),
        ("acct:dinum@social.example", "@dinum@social.example"),
        ("https://social.example/@dinum/1234", "@dinum@social.example"),
        ("https://mastodon.example/@dinum@social.example", "@dinum@social.example"),
        ("BASE/en/?handle=@dinum@social.example", "@dinum@social.example"),
        ("BASE?handle=dinum%40social.example", "@dinum@social.example"),
    ),
)
async def test_the_name_of_an_account_leads_to_the_lookup(town: Town, text: str, handle: str) -> None:
    answer = await drop(town.house, text=text.replace("BASE", town.house.base))
    assert (answer.status, problem(answer)) == (400, say("fr", "This names an account, not an attestation"))
    assert f"/?handle={handle}".replace("@", "%40") in hrefs(answer)


@pytest.mark.parametrize(
    ("text", "status", "told"),
    (
        ("BASE/v/aaaaaaaaaaaaaaaa", 404, "This page attests nothing."),
        ("BASE/v/PENDING", 404, "This page attests nothing."),
        ("BASE/attestations/aaaaaaaaaaaaaaaa", 404, "This attestation does not exist"),
        ("BASE/attestations/..", 400, "This address of ours is not that of an attestation"),
        ("BASE/demander", 400, "This address of ours is not that of an attestation"),
        ("BASE", 400, "This address of ours is not that of an attestation"),
        ("BASE.evil.example/attestations/aaaaaaaaaaaaaaaa", 400, "This address belongs to another service"),
        ("BASE@evil.example/attestations/aaaaaaaaaaaaaaaa", 400, "This address belongs to another service"),
    ),
)
async def test_addresses_are_parsed_and_never_fetched(town: Town, text: str, status: int, told: str) -> None:
    text = text.replace("BASE", town.house.base).replace("PENDING", town.pending.id)
    before = len(town.house.http.requests)
    answer = await drop(town.house, text=text)
    assert (answer.status, problem(answer)) == (status, say("fr", told))
    assert len(town.house.http.requests) == before


async def test_a_text_and_a_file_are_not_chosen_between(town: Town) -> None:
    body = await signed(town.house, town.listed)
    answer = await drop(town.house, text="@alice@social.example", file=body)
    assert (answer.status, problem(answer)) == (400, say("fr", "Two things were given"))
    # What was typed stays.
    assert LexborHTMLParser(answer.text).css("textarea")[0].text().strip() == "@alice@social.example"


def altered(body: bytes, **changes: Any) -> bytes:  # noqa: ANN401
    document = copy.deepcopy(json.loads(body))
    for path, value in changes.items():
        *above, last = path.split("__")
        node = document
        for name in above:
            node = node[int(name) if name.isdigit() else name]
        node[last] = value
    return json.dumps(document).encode()


async def test_t43_t45_a_changed_file_is_told_so_and_repeated_nowhere(town: Town) -> None:
    body = altered(await signed(town.house, town.listed), credentialSubject__profile="https://evil.example/@alice")
    answer = await drop(town.house, file=body)
    assert (answer.status, title(answer)) == (200, "Ce fichier a été modifié")
    assert axes(answer)["Signature"] == "Non conforme"
    assert "evil.example" not in answer.text
    assert not LexborHTMLParser(answer.text).css("dl.facts")
    assert "/proof/0" in LexborHTMLParser(answer.text).css(".pointer")[0].text()
    assert "alice@social.example" not in answer.text.replace("%40", "@")
    assert "/" in hrefs(answer)


async def test_t45_without_its_proofs(town: Town) -> None:
    document = json.loads(await signed(town.house, town.listed))
    del document["proof"]
    assert title(await drop(town.house, text=json.dumps(document))) == "Ce fichier n'est pas signé"


async def test_an_index_beyond_the_list_is_no_error_of_ours(town: Town) -> None:
    document = json.loads(await signed(town.house, town.listed))
    entry = document["credentialStatus"][0]
    entry["statusListIndex"] = "9999999999"
    entry["id"] = entry["statusListCredential"] + "#9999999999"
    answer = await town.house.post("/api/v1/verify", {"attestation": document})
    assert (answer.status, answer.json["status"], answer.json["proof"]) == (200, "unknown", "failed")


async def test_of_another_service(town: Town) -> None:
    body = altered(await signed(town.house, town.listed), issuer="did:web:other.example")
    answer = await drop(town.house, file=body)
    assert title(answer) == "Cette attestation dit venir d'un autre service"
    assert "did:web:other.example" in answer.text


FORM, LAST = "multipart/form-data; boundary=b", b"--b--\r\n"


def part(headers: bytes = b'Content-Disposition: form-data; name="text"') -> bytes:
    return b"--b\r\n" + headers + b"\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    ("content_type", "body"),
    (
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"text=x"),
        ("multipart/mixed; boundary=b", part() + LAST),
        ("multipart/form-data", part() + LAST),
        ("multipart/form-data; boundary=", part() + LAST),
        (f"multipart/form-data; boundary={71 * 'b'}", part() + LAST),
        (FORM, b""),
        (FORM, LAST),
        (FORM, part()),
        (FORM, b"preamble\r\n" + part() + LAST),
        (FORM, part() + LAST + b"more"),
        (FORM, part() + LAST + part() + LAST),
        (FORM, part() + part() + LAST),
        (FORM, 4_000 * part() + LAST),
        (FORM, part(b'Content-Disposition: form-data; name="other"') + LAST),
        (FORM, part(b"Content-Disposition: form-data") + LAST),
        (FORM, part(b'X: 1\r\nContent-Disposition: form-data; name="text"\r\nX: ' + 2048 * b"x") + LAST),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="text"\r\n' + LAST),
    ),
)
async def test_t59_what_no_browser_sends_is_refused(town: Town, content_type: str, body: bytes) -> None:
    answer = await town.house.ask("POST", "/verifier", body=body, headers=OURS | {"Content-Type": content_type})
    assert (answer.status, problem(answer)) == (400, say("fr", "This request cannot be read"))


async def test_t59_many_small_chunks_are_one_body(town: Town) -> None:
    body = await signed(town.house, town.listed)
    whole = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xa9.json"\r\n\r\n'
        + body
        + b"\r\n--b--\r\n"
    )

    async def chunks() -> Any:  # noqa: ANN401
        for byte in whole:
            yield bytes([byte])

    headers = OURS | {"Content-Type": 'multipart/form-data; boundary="b"'}
    async with town.house.session.post(f"{town.house.base}/verifier", data=chunks(), headers=headers) as response:
        assert f"{AUTHENTIC} et en vigueur" in await response.text()


async def test_t60_what_was_pasted_stays_text(town: Town) -> None:
    answer = await drop(town.house, text="</textarea><script>alert(1)</script>")
    tree = LexborHTMLParser(answer.text)
    assert not tree.css("script")
    assert tree.css("textarea")[0].text().strip() == "</textarea><script>alert(1)</script>"


class TestLife:
    """What changes with time and by withdrawal: each with a house of its own."""

    pytestmark = pytest.mark.asyncio(loop_scope="function")

    async def test_suspended_with_when_and_why(self, house: House) -> None:
        holder = await house.attest()
        body = await signed(house, holder)
        house.time.pass_(DAY)
        await house.service.registration.publisher.suspend(
            json.loads(body)["id"].rpartition("/")[2], Reason.ACCOUNT_CHANGED, OPERATOR
        )
        answer = await drop(house, file=body)
        assert title(answer) == f"{AUTHENTIC}, mais elle a été suspendue le 24\u00a0novembre\u00a02026"
        assert axes(answer) == dict.fromkeys(AXES, "Conforme") | {"État": "Non conforme"}
        assert say(
            "fr", "The account is no longer the one that was proved; its holder must prove it again."
        ) in answer.text.replace("&#39;", "'")
        assert "24\u00a0novembre\u00a02026 à 11\u00a0h\u00a000 (heure de Paris)" in answer.text
        said = say("fr", "The text below is as it was signed: the service no longer vouches for it.")
        assert said in answer.text.replace("&#39;", "'")
        # The page of the account names nothing any more, and leads nowhere from here.
        assert (await house.get(f"/verifier?attestation={holder.page}")).status == 404

    async def test_after_its_end(self, house: House) -> None:
        body = await signed(house, await house.attest())
        house.time.pass_(100 * DAY)
        await house.service.clockwork.run_due()
        answer = await drop(house, file=body)
        assert title(answer) == f"{AUTHENTIC}, mais elle a pris fin le 21\u00a0février\u00a02027"
        assert axes(answer)["Dates"] == "Non conforme"

    async def test_t48_however_old_the_lists_are_the_rows_tell(self, house: House) -> None:
        body = await signed(house, await house.attest())
        house.time.pass_(DAY)
        assert title(await drop(house, file=body)) == f"{AUTHENTIC} et en vigueur"

    async def test_without_a_row_of_ours(self, house: House) -> None:
        """As after the restore of an older copy of the database: the signature holds, and nothing is known of it."""
        body = await signed(house, await house.attest())
        async with house.service.storage.write.transaction() as tx:
            await tx.facts._connection.run("UPDATE attestation SET revocation_index = revocation_index + 1")
        answer = await drop(house, file=body)
        assert title(answer) == f"{AUTHENTIC}, mais nous ne savons pas si elle est encore en vigueur"
        assert axes(answer)["État"] == "Inconnu"

    async def test_a_client_is_counted(self, tmp_path: Any) -> None:  # noqa: ANN401
        async with houses.running(tmp_path, rate_limits=True) as house:
            answers = [await drop(house, text="x") for _ in range(61)]
            assert [answer.status for answer in answers] == 60 * [400] + [429]
            assert (await house.get("/verifier")).status == 200
            assert (await house.get("/verifier?attestation=aaaaaaaaaaaaaaaa")).status == 429
