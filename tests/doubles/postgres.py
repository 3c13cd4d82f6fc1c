"""A PostgreSQL of one's own: its cluster is in a folder for a while, and each test has a database of its own in it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests import parts
from tests.ports import free_port

# A machine that loses its power is not among the tests: nothing waits for a disk.
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=16MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "listen_addresses=127.0.0.1",
    "timezone=UTC",
)
# Another order of letters than that of bytes, and capitals beyond ASCII: what relies on either is seen.
_TEMPLATE = "CREATE DATABASE quiet TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR'"
_WHO_MAY = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version' LOOP
            EXECUTE format('DELETE FROM %I', t);
        END LOOP;
    END $$
"""


@dataclass
class Postgres:
    """A server.

    :param folder: of the cluster and of its socket
    :param user: of the system: PostgreSQL refuses to be root
    """

    folder: Path
    port: int
    user: str
    _names: Iterator[int] = field(default_factory=count)
    _process: subprocess.Popen[bytes] | None = None
    _used: str = ""

    def url(self, name: str) -> str:
        """Of a database, by the socket of the server."""
        return f"postgresql://postgres@/{name}?host={self.folder}&port={self.port}"

    def new(self) -> str:
        """A new database with nothing in it, by its URL."""
        return self.url(self._new())

    def emptied(self) -> str:
        """A database that others have used, with the rows of none of them; making one takes much longer."""
        if self._used:
            self.sql(_EMPTY, self._used)
        else:
            self._used = self._new()
        return self.url(self._used)

    def _new(self) -> str:
        name = f"t{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE quiet")
        return name

    def sql(self, statement: str, name: str = "postgres") -> str:
        """Run it as the superuser; returns what psql prints, a line a row."""
        ask = (parts.postgres() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url(name), "-c")
        return subprocess.run((*ask, statement), check=True, capture_output=True, text=True).stdout.strip()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @contextmanager
    def certified(self, path: Path) -> Iterator[None]:
        """It speaks TLS, with the key and the certificate of that file."""
        own = self.folder / "server.pem"
        shutil.copyfile(path, own)
        own.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(own, self.user)
        for each in (f"ssl_cert_file = '{own}'", f"ssl_key_file = '{own}'", "ssl = on"):
            self.sql(f"ALTER SYSTEM SET {each}")
        self._reload("on")
        try:
            yield
        finally:
            self.sql("ALTER SYSTEM RESET ALL")
            self._reload("off")

    def _reload(self, tls: str) -> None:
        self.sql("SELECT pg_reload_conf()")
        while self.sql("SHOW ssl") != tls:  # in a session of its own, begun when the server has read them
            pass

    def start(self) -> None:
        settings = [word for each in (*_SETTINGS, f"unix_socket_directories={self.folder}") for word in ("-c", each)]
        where = ("-D", self.folder / "cluster", "-p", str(self.port))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (*self._as_user(), parts.postgres() / "postgres", *where, *settings), stdout=log, stderr=log
            )
        ready = (parts.postgres() / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port))
        while subprocess.run(ready, check=False).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once, as a crash does; SIGINT: after a word to each client."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait()

    def make(self) -> None:
        how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        command: tuple[str | Path, ...] = (
            *self._as_user(),
            parts.postgres() / "initdb",
            "-D",
            self.folder / "cluster",
            *how,
        )
        subprocess.run(command, check=True, capture_output=True)
        (self.folder / "cluster" / "pg_hba.conf").write_text(_WHO_MAY)

    def _as_user(self) -> tuple[str, ...]:
        # It ends with the tests, however these end.
        dies = ("setpriv", "--pdeathsig", "QUIT")
        return dies if os.geteuid() else (*dies, f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups")


@contextmanager
def running() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="verifier-pg-"))  # short: the name of a socket has 107 octets at most
    user = "postgres"
    try:
        if os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            folder.chmod(0o755)
        server = Postgres(folder, free_port(), user)
        server.make()
        server.start()
        try:
            server.sql(_TEMPLATE)
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
