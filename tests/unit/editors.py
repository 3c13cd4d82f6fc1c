"""The people who may change a policy, and one who may not."""

from collections.abc import Mapping
from pathlib import Path

from verifier.core.clock import Chance
from verifier.policy import proposals as policy_proposals
from verifier.policy.proposals import Proposal
from verifier.signer import Signer, throwaway

NOW = 1_795_428_000  # 2026-11-23T10:00:00Z
ANNE, BRUNO, CHLOE, EVE = (throwaway("ed25519", Chance()) for _ in range(4))


def editors(*people: tuple[str, Signer]) -> str:
    return "".join(f'[[editors]]\nname = "{name}"\nkey = "{key.public_key_multibase}"\n' for name, key in people)


def name_editors(folder: Path, *people: tuple[str, Signer]) -> None:
    """In the place of those whom policy.toml names."""
    head = folder / "policy.toml"
    plain, mark, rest = head.read_text().partition("# Names below these")
    head.write_text(plain.partition("[[editors]]")[0] + editors(*people) + mark + rest)


async def propose(folder: Path, by: Signer, files: Mapping[str, str] | None = None) -> Proposal:
    return await policy_proposals.propose(
        folder, files or {}, source="Note 12", reason="It was asked.", signer=by, now=NOW
    )


async def sign_first(folder: Path) -> None:
    """Anne and Bruno are its editors, and sign it."""
    name_editors(folder, ("Anne", ANNE), ("Bruno", BRUNO))
    await policy_proposals.approve(folder, await propose(folder, ANNE), BRUNO)
