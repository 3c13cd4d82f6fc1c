"""Who lives on the toy fediverse: the accounts, their profiles and their keys.

An attestation pins the actor's key and needs the profile's link to stay, so what a person does here must
survive a restart: it is one small JSON file beside the service's data.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..core import strict_json
from ..core.errors import BadInput, ConfigError
from ..core.identifiers import Handle, Host
from ..core.strict_json import Json
from .kept import save

FIELDS = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a profile's table; `verified_at` is in Unix seconds, None while the link is not green."""

    name: str
    value: str
    verified_at: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person or a body on the toy fediverse.

    :param bio: plain text, paragraphs separated by an empty line
    :param fields: at most ``FIELDS``
    :param published: when the account says it was opened (RFC 3339)
    """

    handle: Handle
    name: str
    bio: str
    published: str
    fields: tuple[Field, ...] = ()

    @property
    def actor(self) -> str:
        return f"https://{self.handle.host}/users/{self.handle.user}"

    @property
    def url(self) -> str:
        return f"https://{self.handle.host}/@{self.handle.user}"


class Accounts:
    """The accounts of every toy host.

    :param folder: where ``toy-fediverse.json`` is kept; None keeps everything in memory
    :raises ConfigError: that file is not one of ours
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / "toy-fediverse.json" if folder else None
        self._making_key = asyncio.Lock()
        seeds = strict_json.loads((files(__package__) / "accounts.json").read_bytes())
        self._accounts = {account.handle: account for account in map(_parse, seeds)}
        self._keys: dict[Handle, str] = {}
        if self._file and self._file.exists():
            try:
                self._load(strict_json.loads_object(self._file.read_bytes()))
            except (BadInput, KeyError, TypeError, AttributeError):
                raise ConfigError(f"{self._file} cannot be read as toy accounts: delete it to start afresh.") from None

    @property
    def hosts(self) -> tuple[Host, ...]:
        return tuple(dict.fromkeys(handle.host for handle in self._accounts))

    def all(self) -> tuple[Account, ...]:
        return tuple(self._accounts.values())

    def on(self, host: Host) -> tuple[Account, ...]:
        return tuple(account for account in self._accounts.values() if account.handle.host == host)

    def get(self, handle: Handle) -> Account | None:
        """The account of that name, in whatever spelling: these servers fold, as Mastodon does."""
        return self._accounts.get(handle.folded)

    def put(self, account: Account) -> None:
        """Replaces the account of the same handle, and saves."""
        self._accounts[account.handle] = account
        self._save()

    async def key(self, handle: Handle) -> str:
        """The public key as PEM, made at the first call: a start should not wait for every RSA key."""
        async with self._making_key:
            if handle not in self._keys:
                self._keys[handle] = await asyncio.to_thread(_new_key)
                self._save()
            return self._keys[handle]

    def _load(self, value: dict[str, Json]) -> None:
        self._accounts |= {account.handle: account for account in map(_parse, value["accounts"])}
        self._keys = {Handle.parse(handle): key for handle, key in value["keys"].items()}

    def _save(self) -> None:
        value: Json = {
            "accounts": [{**asdict(account), "handle": str(account.handle)} for account in self.all()],
            "keys": {str(handle): key for handle, key in self._keys.items()},
        }
        save(self._file, value)


def _new_key() -> str:
    # The toy delivers nothing, so it never signs: the private half is not kept.
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _parse(value: Mapping[str, Json]) -> Account:
    fields = tuple(Field(**each) for each in value["fields"])
    return Account(**{**value, "handle": Handle.parse(value["handle"]), "fields": fields})
