"""A day later: what the tests of the daily looks share."""

import re
from email import message_from_bytes
from email.policy import SMTP
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.instance import Person, property_value
from tests.doubles.mastodon_api import Api
from tests.integration.house import ALICE, HOST, Holder, House
from verifier.core.clock import DAY
from verifier.core.models import EventKind, Reason

OFFICE_LETTER = "Un compte est attesté au nom de votre organisme"
OTHER_PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


async def later(house: House, seconds: int = DAY) -> None:
    """Time passes, and whatever is due then happens."""
    house.time.pass_(seconds)
    await house.service.clockwork.run_due()


async def says(house: House, handle: str = ALICE) -> tuple[str, str | None]:
    verdict = await house.lookup(handle)
    return verdict["status"], verdict["reason"]


async def events(house: House) -> list[tuple[EventKind, Reason | None]]:
    return [(event.kind, event.reason) for event in await house.service.storage.read.events.after(0, 1000)]


def mails(house: House) -> list[tuple[str, str]]:
    """Recipient and subject of each letter that is no code."""
    found = [(each.rcpt, message_from_bytes(each.content, policy=SMTP)["Subject"]) for each in house.smtp.received]
    return [(re.findall(r"<(.*)>", rcpt)[0], str(subject)) for rcpt, subject in found if "code" not in str(subject)]


def letters(house: House) -> list[tuple[str, str]]:
    """The same without those that tell a body of the accounts that it asked for itself."""
    return [(to, subject) for to, subject in mails(house) if subject != OFFICE_LETTER]


def change_key(person: Person) -> None:
    assert isinstance(person.actor, dict)
    person.actor["publicKey"]["publicKeyPem"] = OTHER_PEM


def colleague(number: int) -> tuple[str, str]:
    return f"@agent{number}@{HOST}", f"agent.{'abcdefgh'[number]}@numerique.gouv.fr"


async def attest_all(house: House, count: int) -> list[str]:
    handles = []
    for number in range(count):
        handle, mailbox = colleague(number)
        await house.attest(handle, mailbox)
        handles.append(handle)
    return handles


async def prove_by(house: House, method: str) -> Holder:
    """An order for the account of Alice, proved by a sign-in or by a code in the profile; ready."""
    holder = await house.order()
    person = house.person(ALICE)
    if method == "oauth-01":
        api = Api(house.http, person)
        answer = api.sign_in((await holder.challenge(method)).json["authorize"])
        await house.ask("GET", f"/callback/oauth-01/{holder.id}?{urlencode(answer)}", headers=holder.bearer)
    else:
        word = (await holder.challenge(method)).json["token"]
        person.actor["attachment"] = [property_value(word)]
        assert (await holder.challenge(method)).json["status"] == "valid"
        person.actor["attachment"] = []
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    return holder


async def attest_by(house: House, method: str) -> Holder:
    """As :func:`prove_by`, and issued."""
    holder = await prove_by(house, method)
    assert (await holder.finalize()).json["status"] == "issued"
    return holder
