"""The keys of the service: which PUBLIC key may do what, and since when. No secret, no file.

A key is named by its own Multikey text: a name that no other key can bear (T50).
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from ..core.attestation import Time
from ..core.clock import from_rfc3339
from ..core.errors import ProofError
from ..core.models import Purpose
from .multikey import Algorithm, PublicKey

MOST_KEYS = 1_000


def _is_key(text: str) -> str:
    try:
        PublicKey.parse(text)
    except ProofError:
        raise PydanticCustomError("key", "not a Multikey of Ed25519 or P-256") from None
    return text


KeyId = Annotated[str, AfterValidator(_is_key)]


class Entry(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Key(Entry):
    """One public key.

    :param created: it signs from then on; announced before, so that readers know it when it starts (T50)
    :param retired: it signs nothing new from then on; what it signed before stays good
    :param distrusted_after: it may be in other hands: what it signed later is worth nothing (T49)
    :param sandbox: made for a trial: no production service takes it, and no sandbox another
    """

    public_key_multibase: KeyId
    algorithm: Algorithm
    purpose: Purpose
    created: Time
    retired: Time | None = None
    distrusted_after: Time | None = None
    sandbox: bool

    @property
    def id(self) -> str:
        return self.public_key_multibase

    @property
    def public(self) -> PublicKey:
        return PublicKey.parse(self.public_key_multibase)

    def signs_at(self, now: int) -> bool:
        """Whether it may sign at that moment. At the second of a rotation, the next key signs."""
        started, trusted = now >= from_rfc3339(self.created), self.distrusted_after is None
        return started and trusted and (self.retired is None or now < from_rfc3339(self.retired))

    def check_at(self, created: str, recorded: int | None = None) -> None:
        """Whether a proof that says that it was made at `created` may be by this key.

        The signer chooses ``created``: whoever stole the key dates a forgery back. So a distrusted key counts only
        for what the service itself recorded in time.

        :param recorded: when the service recorded exactly that document; None if it has no record of it
        :raises ProofError: ``key-not-yet``, ``key-retired``, ``key-distrusted``
        """
        at = from_rfc3339(created)
        if at < from_rfc3339(self.created):
            raise ProofError("key-not-yet", created=created, since=self.created)
        if self.distrusted_after is not None and (
            recorded is None or max(at, recorded) > from_rfc3339(self.distrusted_after)
        ):
            raise ProofError("key-distrusted", created=created, after=self.distrusted_after)
        if self.retired is not None and at > from_rfc3339(self.retired):
            raise ProofError("key-retired", created=created, retired=self.retired)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.public.algorithm != self.algorithm:
            raise PydanticCustomError("algorithm", "the key is not of that algorithm")
        return self


class Registry(Entry):
    """All keys that the service ever had, oldest first."""

    keys: Annotated[tuple[Key, ...], Field(max_length=MOST_KEYS)] = ()

    @model_validator(mode="after")
    def _no_key_twice(self) -> Self:
        if len({key.id for key in self.keys}) != len(self.keys):
            raise PydanticCustomError("twice", "a key stands twice: one key, one purpose")
        return self

    def find(self, id_: str) -> Key | None:
        return next((key for key in self.keys if key.id == id_), None)

    def current(self, purpose: Purpose, now: int, algorithm: Algorithm = "ed25519") -> Key | None:
        """The key that signs for `purpose` at that moment: of those that may, the one that started last."""
        fit = [key for key in self.keys if key.signs_at(now) and (key.purpose, key.algorithm) == (purpose, algorithm)]
        return max(fit, key=lambda key: key.created) if fit else None

    def with_key(self, key: Key) -> "Registry":
        """With that key added, or in the place of the one of its name."""
        if self.find(key.id) is None:
            return Registry(keys=(*self.keys, key))
        return Registry(keys=tuple(key if known.id == key.id else known for known in self.keys))
