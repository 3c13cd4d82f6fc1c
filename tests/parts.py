"""The parts that the tests stand on and that are not among the packages of the tests: Chromium, curl, nginx, sqlite3,
SoftHSM, BIND, PostgreSQL, and the strangers: the npm packages, a reader of logs in Go, and Madblog in an environment
of its own.

``python -m tests.parts`` installs what is missing. A part that cannot be installed ends the run: nothing is skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

STRANGER = Path(__file__).parent / "stranger"
MADBLOG = STRANGER / ".venv"
GO = STRANGER / ".go"
GO_SOURCES = Path("/usr/share/gocode")  # where Debian's packages of Go put theirs
BROWSERS = ("chromium", "chromium-browser")
# Debian and Ubuntu, then Fedora
SOFTHSM = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
BIND = {"named": "bind9", "dnssec-signzone": "bind9-utils", "delv": "bind9-dnsutils"}  # program: Debian's package


def chromium() -> str:
    """The path of the system's Chromium.

    :raises SystemExit: it is not installed
    """
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    sys.exit(
        "The browser tests need Chromium: install it (Debian: apt-get install chromium), or run make test as root."
    )


def curl() -> str:
    """The path of curl, which walks the README.

    :raises SystemExit: it is not installed
    """
    return shutil.which("curl") or sys.exit("The tests need curl: install it, or run make test as root.")


def nginx() -> str:
    """The path of nginx, which reads the configurations that the documents write.

    :raises SystemExit: it is not installed
    """
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))  # not on everybody's path
    return shutil.which("nginx", path=path) or sys.exit(
        "The tests need nginx: install it (Debian: apt-get install nginx-light), or run make test as root."
    )


def sqlite3() -> str:
    """The path of sqlite3, which backs up the database.

    :raises SystemExit: it is not installed
    """
    return shutil.which("sqlite3") or sys.exit("The tests need sqlite3: install it, or run make test as root.")


def softhsm() -> tuple[str, str]:
    """The PKCS#11 module of SoftHSM, and the program that makes its tokens.

    :raises SystemExit: it is not installed
    """
    module = next((path for path in map(Path, SOFTHSM) if path.exists()), None)
    tool = shutil.which("softhsm2-util")
    if module is None or tool is None:
        sys.exit("The key tests need SoftHSM: install it (Debian: apt-get install softhsm2), or run make test as root.")
    return str(module), tool


def bind(program: str) -> str:
    """The path of a program of BIND: ``named``, ``delv``, ``dnssec-keygen``, ``dnssec-signzone``.

    :raises SystemExit: it is not installed
    """
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))  # not on everybody's path
    return shutil.which(program, path=path) or sys.exit(
        f"The DNS tests need {program}: install BIND (Debian: apt-get install {' '.join(BIND.values())}), "
        "or run make test as root."
    )


def postgres() -> Path:
    """The folder of the programs of PostgreSQL, the newest; 15 or later, whose locales the tests use.

    :raises SystemExit: it is not installed
    """
    found = shutil.which("initdb")  # Fedora; Debian keeps each version apart
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    known = ([Path(found).resolve().parent] if found else []) + folders
    return (
        known[-1]
        if known
        else sys.exit(
            "The tests need PostgreSQL: install it (Debian: apt-get install postgresql), or run make test as root."
        )
    )


def sumdb() -> Path:
    """The sources of golang.org/x/mod/sumdb, which reads transparency logs.

    :raises SystemExit: they are not installed
    """
    path = GO_SOURCES / "src/golang.org/x/mod/sumdb"
    return (
        path
        if path.exists()
        else sys.exit(
            "The log tests need golang.org/x/mod: install it (Debian: apt-get install golang-golang-x-mod-dev), "
            "or run make test as root."
        )
    )


def install_programs() -> None:
    packages: list[str] = []
    if not any(map(shutil.which, BROWSERS)):
        packages += ["chromium", "fonts-liberation"]  # a page drawn without any font shows nothing
    if not shutil.which("curl"):
        packages += ["curl"]
    if not shutil.which("nginx", path=os.pathsep.join((os.environ["PATH"], "/usr/sbin"))):
        packages += ["nginx-light"]
    if not shutil.which("sqlite3"):
        packages += ["sqlite3"]
    if not shutil.which("softhsm2-util"):
        packages += ["softhsm2"]
    if not shutil.which("initdb") and not [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]:
        packages += ["postgresql"]
    if not (GO_SOURCES / "src/golang.org/x/mod/sumdb").exists():
        packages += ["golang-golang-x-mod-dev"]
    packages += [package for program, package in BIND.items() if not shutil.which(program)]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(("apt-get", "update", "-q"), check=True, env=environment)
        subprocess.run(
            ("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages), check=True, env=environment
        )
    chromium()
    curl()
    nginx()
    sqlite3()
    softhsm()
    postgres()
    sumdb()
    for program in BIND:
        bind(program)


def install_stranger() -> None:
    """The packages of ``package-lock.json``, by their digests."""
    # A copy of our own: npm keeps one too, but writes it also when it installs nothing (--package-lock-only).
    lock, installed = STRANGER / "package-lock.json", STRANGER / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    npm = Path(sys.executable).parent / "npm"
    environment = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ['PATH']}"}
    command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    subprocess.run(command, check=True, cwd=STRANGER, env=environment)
    installed.write_bytes(lock.read_bytes())


def install_madblog() -> None:
    """The packages of ``madblog.lock``, by their digests, apart from ours."""
    installed, wanted = MADBLOG / ".installed", (STRANGER / "madblog.lock").read_bytes()
    if installed.exists() and installed.read_bytes() == wanted:
        return
    subprocess.run((sys.executable, "-m", "venv", "--clear", "--without-pip", MADBLOG), check=True)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input", "--python", MADBLOG)
    install = (*pip, "install", "--no-deps", "--require-hashes")
    # One of them comes as source: what builds it is locked and installed first, so that pip fetches nothing unlocked.
    subprocess.run((*install, "--only-binary", ":all:", "-r", STRANGER / "build.lock"), check=True)
    subprocess.run((*install, "--no-build-isolation", "-r", STRANGER / "madblog.lock"), check=True)
    installed.write_bytes(wanted)


def install_reader() -> Path:
    """The program of ``tlog.go``, compiled here: no network, no code but Debian's and its own."""
    program, built, source = GO / "tlog", GO / ".built", (STRANGER / "tlog.go").read_bytes()
    if not (built.exists() and built.read_bytes() == source):
        sumdb()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(GO),
            "GO111MODULE": "off",
            "GOPATH": str(GO_SOURCES),
            "GOCACHE": str(GO / "cache"),
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
        }
        GO.mkdir(exist_ok=True)
        go = Path(sys.executable).parent / "go"
        subprocess.run((go, "build", "-o", program, "tlog.go"), check=True, cwd=STRANGER, env=environment)
        built.write_bytes(source)
    return program


if __name__ == "__main__":
    install_programs()
    install_stranger()
    install_madblog()
    install_reader()
