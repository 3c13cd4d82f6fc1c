"""What a witness decides: whether a checkpoint goes on from the last one that it cosigned."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import BadInput, Conflict, NotFound, ProofError, Refused, Unauthorized
from ..signer import Signer
from ..tlog import note, tree
from ..tlog.add_checkpoint import AddCheckpoint
from ..tlog.checkpoint import check_by
from ..tlog.keys import Kind, VerifierKey
from .state import Seen, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness.

    :param name: of its key, a URL without scheme
    :param logs: the keys of the logs that it knows, by origin
    """

    name: str
    signer: Signer
    logs: Mapping[str, VerifierKey]
    state: State
    clock: Clock

    @property
    def key(self) -> VerifierKey:
        """What a policy names it by."""
        return VerifierKey.of(self.name, Kind.COSIGNATURE, self.signer.public_key_multibase)

    async def add(self, data: bytes) -> note.Signature:
        """The cosignature of the checkpoint in a request; what was seen of that log is on the disk before it is made.

        :raises BadInput: ``log-malformed``, also if the old size is beyond the checkpoint's
        :raises NotFound: ``log-unknown``: not a log that it knows
        :raises Unauthorized: ``log-signature``: that log did not sign it
        :raises Conflict: ``log-overtaken``: the old size is not the one that it has seen, the value `size`; or that
            size again, with another tree
        :raises Refused: ``log-consistency``: the proof does not hold
        :raises Unavailable: ``storage-unavailable``
        """
        asked = AddCheckpoint.parse(data)
        checkpoint = asked.checkpoint
        key = self.logs.get(checkpoint.origin)
        if key is None:
            raise NotFound("log-unknown")
        try:
            check_by([key], checkpoint, asked.note)
        except ProofError as error:
            raise Unauthorized(error.code) from None
        if asked.old > checkpoint.size:
            raise BadInput("log-malformed")
        self._go_on(asked)
        return await note.cosign(asked.note.text, self.name, self.signer, self.clock.now())

    def _go_on(self, asked: AddCheckpoint) -> None:
        """Without a pause: between the look and the move, no other request may move the state back."""
        checkpoint = asked.checkpoint
        before, after = self.state.seen(checkpoint.origin), Seen(checkpoint.size, checkpoint.root)
        if asked.old != before.size:
            raise Conflict("log-overtaken", size=before.size)
        try:
            tree.check_consistency(before.size, before.root, after.size, after.root, asked.proof)
        except ProofError as error:
            self._tell(asked, before)
            if after.size == before.size and not asked.proof:
                raise Conflict("log-overtaken", size=before.size) from None
            raise Refused(error.code) from None
        if after != before and not self.state.move(checkpoint.origin, before, after):
            raise Conflict("log-overtaken", size=self.state.seen(checkpoint.origin).size)

    def _tell(self, asked: AddCheckpoint, before: Seen) -> None:
        """The log signed what does not go on from what it signed before, or its proof is broken."""
        signed = asked.note.signed_by([self.logs[asked.checkpoint.origin]])
        lines = asked.note.text.decode() + "\n" + "".join(each.line for each in signed.values())
        log.error("not consistent with size %d root %s: %s", before.size, before.root.hex(), json.dumps(lines))
