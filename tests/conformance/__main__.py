"""``python -m tests.conformance``: serves on https://127.0.0.1:40443, or the port of ``PORT`` (0: any that is free)."""

import asyncio
import json
import os
import signal
import socket
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .app import conformance

HOST = "127.0.0.1"


def tls() -> ssl.SSLContext:
    """A certificate that nobody vouches for, with a key that lives as long as the process."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]), critical=False
        )
        .sign(key, SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # ssl reads files only
        path = Path(folder, "key.pem")
        path.touch(0o600)
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(path)
    return context


async def serve(port: int) -> None:
    """Serves until the process is told to end; says on one line that it is ready."""
    listening = socket.create_server((HOST, port))
    base = f"https://{HOST}:{listening.getsockname()[1]}"
    end = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, end.set)
    async with conformance(base) as (application, doors):
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening, ssl_context=tls()).start()
        ready = {"base": base, "ed25519": doors.issuer("ed25519"), "p256": doors.issuer("p256")}
        print(json.dumps(ready), flush=True)
        await end.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(os.environ.get("PORT") or "40443")))
