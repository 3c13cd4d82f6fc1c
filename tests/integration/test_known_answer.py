"""The service does not start where documents have other canonical bytes than those that were signed."""

from pathlib import Path

import pytest

from tests.integration.house import settings
from tests.ports import free_port
from verifier.app import compose
from verifier.core.errors import ConfigError
from verifier.proof import fixed_shape


async def test_another_answer_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_shape, "canonicalize", lambda *_: b"")
    with pytest.raises(ConfigError, match="Canonicalisation of the known attestation"):
        async with compose(settings(tmp_path, free_port())):
            pass
