"""The lint: what decides whether bytes may reach the issuing key."""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, replace

from ..core import strict_json
from ..core.attestation import parse
from ..core.clock import Chance, to_rfc3339
from ..core.errors import BadInput, ProofError
from ..core.strict_json import Json
from ..proof.contexts import Contexts
from ..proof.sets import By, ResolveKey, prove_set, verify_set
from ..signer import throwaway

_BY_LINT = object()


@dataclass(frozen=True, slots=True)
class Linted:
    """An unsigned attestation that passed the lint, in this process, just now: the only thing that is signed (T00j).

    :func:`lint` alone makes one. No store keeps it: what a database says of a lint proves nothing.

    :param intent: the bytes that passed
    """

    intent: bytes
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _BY_LINT:
            raise TypeError("only lint() makes what may be signed")


async def lint(intent: bytes, by: Sequence[By], now: int, *, contexts: Contexts, chance: Chance) -> Linted:
    """Check bytes as what they will be once signed: nothing that is not exactly an attestation passes.

    The strict model, then the whole proof set, made the short way with throw-away keys, as the real ones will make it,
    and verified the long way.

    :param by: who will sign
    :raises ProofError: ``lint-failed``, or as :func:`verifier.proof.sets.verify_set`
    """
    try:
        document = strict_json.loads_object(intent)
    except BadInput as error:
        raise ProofError("lint-failed", problem=error.code, member="#") from error
    _parse(document)
    keys = {each.method: throwaway(each.signer.algorithm, chance) for each in by}
    mock = [replace(each, signer=keys[each.method]) for each in by]
    proved = await prove_set(document, mock, created=to_rfc3339(now), contexts=contexts)
    _parse(proved)
    verify_set(proved, keys_of(mock), contexts.through_pyld())
    return Linted(intent, _BY_LINT)


def keys_of(by: Sequence[By]) -> ResolveKey:
    """Resolves the methods of these signers, and no other."""
    keys = {each.method: each.signer.public_key_multibase for each in by}

    def resolve(method: str, _created: str) -> str:
        if method not in keys:
            raise ProofError("method-unknown", method=method)
        return keys[method]

    return resolve


def _parse(document: Mapping[str, Json]) -> None:
    try:
        parse(document)
    except BadInput as error:
        # It is our own document, so that this is our fault and not the caller's.
        raise ProofError("lint-failed", problem=error.code, member=f"#{error.pointer or ''}") from error
