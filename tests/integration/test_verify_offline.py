"""``verifier verify`` far from the service: who pinned the root survives every rotation of keys."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner

from tests.integration import of_before
from tests.integration.house import House, running
from verifier.cli.common import Choice
from verifier.cli.look import verify
from verifier.core.models import Purpose
from verifier.signer import KeyFolder, keystore


async def kept(house: House, folder: Path) -> dict[str, Path]:
    """What somebody far away keeps: the attestation of a new order, both status lists, the registry of that day."""
    holder = await house.order()
    await holder.prove()
    attestation = (await holder.finalize()).json["attestation"]
    wanted = {
        "attestation": attestation,
        "registry": "/keys/registry.json",
        "revocation": "/status/revocation/1",
        "suspension": "/status/suspension/1",
    }
    files = {}
    await asyncio.to_thread(folder.mkdir)
    for name, url in wanted.items():
        files[name] = folder / f"{name}.json"
        files[name].write_bytes((await house.get(url)).body)
    return files


async def judge(
    house: House, root: Path, files: dict[str, Path], registry: Path | None = None
) -> tuple[int, dict[str, str]]:
    arguments = ["--json", str(files["attestation"]), "--trust-anchor", str(root)]
    arguments += ["--registry", str(registry or files["registry"])]
    arguments += ["--status", str(files["revocation"]), "--status", str(files["suspension"])]
    # In a thread: the command runs an event loop of its own.
    result = await asyncio.to_thread(CliRunner().invoke, verify, arguments, obj=Choice(False, house.time.clock))
    axes = json.loads(result.stdout)["axes"] if result.stdout else {}
    return result.exit_code, {name: axis["result"] for name, axis in axes.items()} or {"said": str(result.exception)}


async def test_t50_a_pinned_root_survives_rotation(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as house:
        root = tmp_path / "root.json"
        root.write_bytes((tmp_path / "data" / "root.json").read_bytes())
        old = await kept(house, tmp_path / "old")
        assert await judge(house, root, old) == (
            0,
            dict.fromkeys(("proof", "issuer", "validity", "status", "schema", "context"), "ok"),
        )

        house.time.pass_(60)
        keys = KeyFolder(tmp_path / "data", sandbox=True, clock=house.time.clock, chance=house.service.chance)
        keystore.rotate(keys, Purpose.ISSUING)
        house.time.pass_(60)
        await house.service.clockwork.run_due()
        new = tmp_path / "new.json"
        new.write_bytes((await house.get("/keys/registry.json")).body)
        assert (
            json.loads(new.read_bytes())["signed"]["version"]
            > json.loads(old["registry"].read_bytes())["signed"]["version"]
        )
        assert (await judge(house, root, old, new))[0] == 0


async def test_t49_another_root_vouches_for_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as house, running(tmp_path / "other"):
        files = await kept(house, tmp_path / "kept")
        code, said = await judge(house, tmp_path / "other" / "root.json", files)
        assert code == 1
        assert "does not come from the pinned root" in said["said"]


async def test_t51_a_status_key_of_an_older_registry_vouches_for_lists_alone(tmp_path: Path) -> None:
    """With the registry, purposes are told apart, which a DID document cannot do."""
    folder = tmp_path / "data"
    folder.mkdir()
    key = of_before.status_key(folder)
    async with running(folder) as house:
        files = await kept(house, tmp_path / "kept")
        did, at = house.service.site.did, house.time.at
        for name in ("revocation", "suspension"):
            moved = await of_before.sign_by(folder, key, json.loads(files[name].read_bytes()), did, at)
            files[name].write_text(json.dumps(moved))
        root = folder / "root.json"
        assert (await judge(house, root, files))[0] == 0
        forged = await of_before.sign_by(folder, key, json.loads(files["attestation"].read_bytes()), did, at)
        files["attestation"].write_text(json.dumps(forged))
        code, axes = await judge(house, root, files)
        assert (code, axes["proof"]) == (1, "failed")
