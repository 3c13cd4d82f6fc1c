"""Which keys sign, as they do: the real signers, watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from verifier.signer.signers import MemorySigner


@contextmanager
def signatures() -> Iterator[list[str]]:
    """The keys that sign meanwhile, those of the lint too."""
    used: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        sign = MemorySigner.sign

        async def noted(signer: MemorySigner, data: bytes) -> bytes:
            used.append(signer.public_key_multibase)
            return await sign(signer, data)

        patch.setattr(MemorySigner, "sign", noted)
        yield used


def issuing_keys(folder: Path) -> set[str]:
    """The issuing keys of that folder, as the signers name them."""
    return {path.stem.partition("-")[2] for path in folder.glob("issuing-*.pem")}
