"""The configurations of the reverse proxy in docs/operations.md are read by a real nginx."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.integration.nginx import configuration, documented
from tests.parts import nginx
from tests.ports import free_port


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "comptes.example.gouv.fr")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private


@pytest.mark.parametrize("machines", ["one", "several"])
def test_nginx_takes_what_operations_md_writes(tmp_path: Path, machines: str) -> None:
    server, upstream = documented()
    if machines == "several":
        server = f"{upstream}\n{server.replace('proxy_pass http://127.0.0.1:8080;', 'proxy_pass http://verifier;')}"
        assert "proxy_pass http://verifier;" in server
    chain, private = certificate(tmp_path)
    folder = "/etc/letsencrypt/live/comptes.example.gouv.fr"
    for written, meant in (
        (f"{folder}/fullchain.pem", str(chain)),
        (f"{folder}/privkey.pem", str(private)),
        ("listen [::]:443 ", f"listen 127.0.0.1:{free_port()} "),
        ("listen 443 ", f"listen 127.0.0.1:{free_port()} "),
    ):
        assert written in server
        server = server.replace(written, meant)
    path = configuration(tmp_path, server)
    told = subprocess.run((nginx(), "-t", "-q", "-c", path), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
