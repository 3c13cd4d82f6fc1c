"""The exception tree.

    VerifierError
    ├── BadInput        the caller's text is not of the form asked (400)
    │   └── TooLarge        more bytes than the door takes (413)
    ├── Refused         well formed, but the policy says no (422)
    ├── Unauthorized    no token, or not the right one (401)
    ├── NotFound        nothing of that name (404)
    ├── Gone            it was here and was erased (410)
    ├── Conflict        not in the state that this asks for (409)
    ├── TooMany         over a limit; carries retry_after in seconds (429)
    ├── Unavailable     we cannot do it now (503)
    ├── OutsideError    somebody else's server did not answer as it should: becomes a record
    ├── ProofError      a signature or a signed document does not hold
    └── ConfigError     the service cannot start or work as configured: for the operator

An error carries a code and the values that its sentence needs; the sentences live in ``words``
(one per code, French and English) and the HTTP statuses in ``web.problems`` (one map). What is not
in this tree is a bug, and says nothing to the outside.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self


class VerifierError(Exception):
    """Base of all expected errors.

    :param code: kebab-case name of the problem, a key of ``words.problems``
    :param pointer: JSON pointer (RFC 6901) to the member at fault, if the input was JSON
    :param values: what the sentence of that code needs, as short strings or integers; never a secret
    """

    kind: ClassVar[str] = "error"

    def __init__(self, code: str, *, pointer: str | None = None, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.values = values

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value!r}" for name, value in self.values.items())
        where = f" at {self.pointer}" if self.pointer is not None else ""
        return f"{self.code}{where} {shown}".rstrip()

    def as_fault(self) -> dict[str, Any]:
        """Values of the problem that it causes: its code as ``fault``, and its own."""
        return {"fault": self.code, **self.values}

    def at(self, pointer: str) -> Self:
        """A copy of this error with that pointer."""
        # Not by its constructor: kinds differ in theirs.
        copy = type(self).__new__(type(self), *self.args)
        copy.__dict__.update(self.__dict__, pointer=pointer)
        return copy


@contextmanager
def located(pointer: str) -> Iterator[None]:
    """Tell an error raised inside where the caller wrote what is at fault: a parser knows the text, not its place.

    :raises VerifierError: a copy with that pointer
    """
    try:
        yield
    except VerifierError as error:
        raise error.at(pointer) from None


class BadInput(VerifierError):
    """The caller's text is not of the form asked."""


class TooLarge(BadInput):
    """More bytes than the door takes."""


class Refused(VerifierError):
    """Well formed, but the policy says no."""


class Unauthorized(VerifierError):
    """No token, or not the right one."""


class NotFound(VerifierError):
    """Nothing of that name."""


class Gone(VerifierError):
    """It was here and was erased."""


class Conflict(VerifierError):
    """Not in the state that this asks for."""


class TooMany(VerifierError):
    """Over a limit; ``retry_after`` is in seconds, and told in whole ``minutes``."""

    def __init__(self, code: str, *, retry_after: int, pointer: str | None = None, **values: str | int) -> None:
        super().__init__(code, pointer=pointer, retry_after=retry_after, minutes=-(-retry_after // 60), **values)
        self.retry_after = retry_after


class Unavailable(VerifierError):
    """We cannot do it now; the caller loses nothing and may try again."""


class OutsideError(VerifierError):
    """Somebody else's server did not answer as it should; validation turns it into a record."""


class ProofError(VerifierError):
    """A signature, or a signed document, does not hold."""


class ConfigError(VerifierError):
    """The service cannot start or work as configured; ``str()`` says what to change."""

    def __init__(self, sentence: str) -> None:
        super().__init__("configuration", sentence=sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence
