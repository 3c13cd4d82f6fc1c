"""The key drill: the whole ceremony of keys/README.md, from the first root to a stolen key, on a service that runs.

``python -m tests.integration.drill`` prints its transcript, which ``docs/key-drill.md`` keeps.
"""

import asyncio
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.integration import house as houses
from tests.integration.house import House, Time
from verifier.cli import group
from verifier.cli.common import tell
from verifier.core.clock import DAY, to_rfc3339
from verifier.core.errors import VerifierError
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.proof.did import method_of
from verifier.proof.sets import BOTH, By, prove_set
from verifier.signer import SignedRegistry, open_signer, store
from verifier.signer.offline import read
from verifier.signer.trust import SignedRoot, follow

HEAD = """\
# Key drill

A transcript of the whole ceremony of [keys/README.md](../keys/README.md), as `tests/integration/test_keys_drill.py`
performs it in a sandbox, on a service that runs from step 4 on without a stop. It was written by

    .venv/bin/python -m tests.integration.drill > docs/key-drill.md

and a test checks that a new run says the same, except for the names of the keys. `offline` stands for the offline
machine, `usb-1` to `usb-4` for the media of the keepers, `keys` for `VERIFIER_KEYS_DIR` on the service's machine.
"""

_PLACE = re.compile(r"(offline|usb-[0-9]|keys)/.+")


@dataclass
class Drill:
    """What was done and what came back."""

    folder: Path
    time: Time
    environment: Mapping[str, str]
    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines += ["", text]

    def show(self, command: str, answer: str) -> None:
        text = f"$ {command}\n{answer.rstrip()}".replace(f"{self.folder}/", "")
        self.lines += ["", *(f"    {line}".rstrip() for line in text.splitlines())]

    async def verifier(self, *words: str, fails: bool = False) -> str:
        """Run a command, as a shell would, at the moment of the drill's clock."""
        arguments = ["--sandbox", *(str(self.folder / word) if _PLACE.fullmatch(word) else word for word in words)]
        answer = await asyncio.to_thread(
            CliRunner().invoke, group, arguments, obj=self.time.clock, env=dict(self.environment), prog_name="verifier"
        )
        output = answer.output
        if isinstance(answer.exception, VerifierError):
            output += tell(answer.exception)
        elif answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        assert (answer.exit_code != 0) is fails, output
        self.show(" ".join(["verifier", *arguments]), output)
        return output

    def carry(self, source: str, target: str) -> None:
        (self.folder / target).parent.mkdir(exist_ok=True)
        shutil.copy(self.folder / source, self.folder / target)
        self.show(f"cp {source} {target}", "")

    async def keepers_sign(self, *keepers: int) -> None:
        """The draft goes to the offline machine, two keepers sign, and it comes back in force."""
        self.carry("keys/registry.draft.json", "offline/registry.draft.json")
        for keeper in keepers:
            await self.verifier(
                "keys", "root", "sign", "offline/registry.draft.json", "--key", f"usb-{keeper}/root.pem", "--yes"
            )
        self.carry("offline/registry.draft.json", "keys/signed.json")
        await self.verifier("keys", "install", "keys/signed.json")

    async def appraise(self, house: House, name: str, document: Json) -> str:
        """What POST /api/v1/verify says, in a line."""
        answer = (await house.post("/api/v1/verify", {"attestation": document})).json
        found = [f"{each['axis']}: {each['type'].partition('#')[2]}" for each in answer["problems"]]
        verdict = "verified" if answer["verified"] else "not verified"
        line = f"{name}: {verdict}" + (f" ({', '.join(found)})" if found else "")
        self.lines += ["", f"    POST /api/v1/verify  {line}"]
        return line.partition(": ")[2]

    async def shown_keys(self, house: House) -> list[str]:
        """The keys of the DID document, as any reader sees them now."""
        document = (await house.get("/.well-known/did.json")).json
        keys = [str(method).partition("#")[2] for method in document["assertionMethod"]]
        self.lines += ["", "    GET /.well-known/did.json", *(f"      {key}" for key in keys)]
        return keys


def key_of(drill: Drill, purpose: Purpose = Purpose.ISSUING) -> str:
    """The key that was entered last for that purpose, in force or in the draft."""
    draft, known = drill.folder / "keys" / store.DRAFT, drill.folder / "keys" / store.REGISTRY
    document = read(draft if draft.exists() else known)
    assert isinstance(document, SignedRegistry)
    return [key.id for key in document.signed.keys if key.purpose is purpose][-1]


async def attest(house: House, name: str) -> dict[str, Any]:
    """The signed document of a new official account."""
    holder = await house.attest(f"@{name}@social.example", f"{name}.martin@numerique.gouv.fr")
    document: dict[str, Any] = (await house.get(holder.order["attestation"], Accept="application/vc")).json
    return document


async def forge(house: House, stolen: Path, model: Mapping[str, Json], *, created: int) -> dict[str, Json]:
    """What a thief makes with a stolen key: an attestation for themselves, dated as they like."""
    signer = open_signer(f"file:{stolen}")
    method = method_of(house.service.site.did, signer.public_key_multibase)
    text = json.dumps({name: value for name, value in model.items() if name != "proof"})
    document = json.loads(text.replace("/users/alice", "/users/thief").replace("acct:alice@", "acct:thief@"))
    return await prove_set(
        document,
        [By(suite, signer, method) for suite in BOTH],
        created=to_rfc3339(created),
        contexts=house.service.contexts,
    )


async def drill(folder: Path) -> Drill:  # noqa: PLR0915 - a ceremony is read from its first step to its last
    """Perform it all; every step asserts what it shows."""
    settings = {
        "VERIFIER_KEYS_DIR": str(folder / "keys"),
        "VERIFIER_DATABASE_URL": f"sqlite:///{folder}/verifier.sqlite3",
    }
    done = Drill(folder, Time(), settings)
    for number in (1, 2, 3, 4):
        (folder / f"usb-{number}").mkdir()
    (folder / "offline").mkdir()

    done.say("## 1. The root, offline\n\nThree keepers, two of whom must agree. Each takes one key away.")
    keep = [word for number in (1, 2, 3) for word in ("--keep", f"usb-{number}/root.pem")]
    await done.verifier("keys", "root", "init", "--threshold", "2", "--keys", "3", *keep, "--out", "offline/root.json")

    done.say(
        "## 2. The first key, online\n\nThe root is pinned by hand. "
        "The key is made on the machine where it will sign, and is not in force yet."
    )
    done.carry("offline/root.json", "keys/root.json")
    await done.verifier("keys", "generate", "issuing")
    first = key_of(done)
    done.say("Nothing is in force before the keepers have signed: the service does not start.")
    assert "no key registry" in await done.verifier("keys", "check", fails=True)

    done.say("## 3. The keepers sign\n\nOne signature is not enough; the digests on both machines are the same.")
    done.carry("keys/registry.draft.json", "offline/registry.draft.json")
    sign = ("keys", "root", "sign", "offline/registry.draft.json", "--yes", "--key")
    await done.verifier(*sign, "usb-1/root.pem")
    refused = await done.verifier("keys", "install", "offline/registry.draft.json", fails=True)
    assert "signed by 1 of the keys of root 1, which asks for 2" in refused
    await done.verifier(*sign, "usb-3/root.pem")
    done.carry("offline/registry.draft.json", "keys/signed.json")
    await done.verifier("keys", "install", "keys/signed.json")
    await done.verifier("keys", "check")
    done.carry("keys/registry.json", "offline/registry-1.json")

    pinned = store.read(folder / "offline" / "root.json", SignedRoot)
    assert pinned is not None
    async with houses.running(folder, keys_dir=folder / "keys") as house:
        time = done.time = house.time
        done.environment = settings | {"VERIFIER_BASE_URL": house.base}
        done.say("## 4. The service signs")
        alice = await attest(house, "alice")
        assert await done.appraise(house, "Alice, attested now", alice) == "verified"
        assert await done.shown_keys(house) == [first]

        done.say("## 5. A planned rotation\n\nA month later. The next key is published a day before it signs.")
        time.pass_(30 * DAY)
        await house.service.clockwork.run_due()
        await done.verifier("keys", "rotate", "issuing")
        second = key_of(done)
        await done.keepers_sign(1, 2)
        assert second in await done.shown_keys(house)
        before = await attest(house, "basile")
        assert signed_with(before) == first
        time.pass_(DAY)
        await house.service.clockwork.run_due()
        bob = await attest(house, "bob")
        assert signed_with(bob) == second
        done.say(
            "The day after, the new key signs. What the old key signed stays valid, and the old key stays published."
        )
        assert await done.appraise(house, "Alice, attested by the old key", alice) == "verified"
        assert await done.appraise(house, "Bob, attested by the new key", bob) == "verified"
        assert set(await done.shown_keys(house)) == {first, second}

        stolen_at = time.at
        stolen = folder / "keys" / f"issuing-{second}.pem"
        time.pass_(600)
        done.say(
            f"## 6. The key is stolen\n\nAfter {to_rfc3339(stolen_at)}, a thief has it too, and signs "
            "attestations with today's date and with an earlier one. "
            "The service does not know this yet, and attests Carol."
        )
        carol = await attest(house, "carol")
        today = await forge(house, stolen, alice, created=time.at)
        dated_back = await forge(house, stolen, alice, created=stolen_at)
        for name, document in (("Carol", carol), ("the thief, dated back", dated_back)):
            assert await done.appraise(house, name, document) == "verified"

        time.pass_(1200)
        noticed = time.at
        done.say(
            "## 7. The theft is noticed\n\nThe key is distrusted, and a new one is made. "
            "Two keepers sign both changes together."
        )
        await done.verifier("keys", "distrust", second, "--after", to_rfc3339(stolen_at))
        await done.verifier("keys", "generate", "issuing")
        third = key_of(done)
        time.pass_(1500)
        await done.keepers_sign(2, 3)
        await house.service.clockwork.run_due()
        done.say(
            "From that moment every door says so: forgeries fail whatever their date, "
            "and what was recorded before the theft stays valid."
        )
        keys = await done.shown_keys(house)
        assert second not in keys
        assert set(keys) == {first, third}
        assert await done.appraise(house, "Alice, by the key before", alice) == "verified"
        assert await done.appraise(house, "Bob, recorded before the theft", bob) == "verified"
        for name, document in (
            ("Carol, signed after the theft", carol),
            ("the thief, dated today", today),
            ("the thief, dated back", dated_back),
        ):
            assert await done.appraise(house, name, document) == "not verified (proof: key-distrusted)"
        dora = await attest(house, "dora")
        assert signed_with(dora) == third
        assert time.at - noticed < 3600
        done.say(f"The new key is in use {(time.at - noticed) // 60} minutes after the theft was noticed.")
        assert await done.appraise(house, "Dora, by the new key", dora) == "verified"

        done.say(
            "## 8. What the stolen key signed\n\nAttestations that are `worthless` are revoked; "
            "those that are `good here` are issued again."
        )
        affected = await done.verifier("keys", "affected", second)
        assert sorted(re.findall(r"worthless|good here", affected)) == ["good here", "worthless"]
        await done.verifier("attestations", "revoke", "@carol@social.example", "--reason", "issued-in-error")
        assert (await house.lookup("@carol@social.example"))["status"] == "revoked"
        assert "worthless" not in await done.verifier("keys", "affected", second)

        done.say(
            "## 9. An older registry is refused\n\n"
            "The root also signed the first registry, which does not list the theft."
        )
        refused = await done.verifier("keys", "install", "offline/registry-1.json", fails=True)
        assert "would go back" in refused

        done.say(
            "## 10. A keeper leaves\n\nThe next root has another third key. Two old keepers and two new ones sign it; "
            "the new keepers sign the list again. Clients that pinned the first root need no change."
        )
        await done.verifier("keys", "root", "new", "usb-4/root.pem")
        names = [open_signer(f"file:{folder}/usb-{number}/root.pem").public_key_multibase for number in (2, 3, 4)]
        chosen = [word for name in names for word in ("--key", name)]
        next_root = "offline/root-2.json"
        await done.verifier(
            "keys", "root", "next", "offline/root.json", "--threshold", "2", *chosen, "--out", next_root
        )
        for number in (2, 3):
            await done.verifier("keys", "root", "sign", next_root, "--key", f"usb-{number}/root.pem", "--yes")
        await done.verifier("keys", "install", next_root)
        await done.keepers_sign(3, 4)
        await done.verifier("keys", "check")
        published = (await house.get("/keys/registry.json")).json
        current = SignedRegistry.model_validate(published, by_alias=True, by_name=False)
        trusted = follow(current, pinned.signed, now=time.at)
        done.say(
            f"A client that pinned `offline/root.json` reads `GET /keys/registry.json`, and trusts version "
            f"{trusted.version} of the keys through root {current.root.version}."
        )
        assert (trusted.version, current.root.version) == (4, 2)
        assert await done.appraise(house, "Alice, at the end", alice) == "verified"
    return done


def signed_with(document: Mapping[str, Any]) -> str:
    (key,) = {proof["verificationMethod"].partition("#")[2] for proof in document["proof"]}
    return str(key)


def page(done: Drill) -> str:
    """The transcript as a document."""
    return HEAD + "\n".join(done.lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        sys.stdout.write(page(asyncio.run(drill(Path(place)))))
