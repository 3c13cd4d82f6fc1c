import hashlib
import json

import pytest

from verifier.core.errors import ConfigError, ProofError
from verifier.core.site import Site
from verifier.proof import contexts, rdfc, schemas

from .documents import SITE, VECTORS, unsigned


def test_the_w3c_context_is_the_published_one() -> None:
    index = json.loads((VECTORS / "w3c/contexts/index.json").read_bytes())
    published = index["contexts/www.w3.org_ns_credentials_v2.jsonld"]["sha256"]
    assert contexts.PINS["credentials-v2.jsonld"] == published


def test_our_context_is_frozen() -> None:
    """Its digest is written here as well: who changes the file must also disown every attestation signed under it."""
    digest = hashlib.sha256(schemas.read(contexts.OWN_FILE)).hexdigest()
    assert digest == contexts.PINS[contexts.OWN_FILE]
    assert digest == "2aac85a7c2ec481e539359e60860b7c598a269263f49fa561ca988ce014b596d"


def test_t43_a_changed_byte_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    real = schemas.read
    monkeypatch.setattr(schemas, "read", lambda name: real(name) + b"\n")
    with pytest.raises(ConfigError, match="this file was changed"):
        contexts.of_site(SITE)


def test_every_deployment_serves_it_at_its_own_url() -> None:
    site = Site("http://127.0.0.1:8080")
    assert site.did == "did:web:127.0.0.1%3A8080"
    quads = rdfc.canonicalize(unsigned(site=site), contexts.of_site(site))
    assert b"<https://w3id.org/fediverse-account#handle> <acct:dinum@social.numerique.gouv.fr>" in quads
    with pytest.raises(ProofError, match="context-unknown"):
        rdfc.canonicalize(unsigned(site=site), contexts.of_site(SITE))
