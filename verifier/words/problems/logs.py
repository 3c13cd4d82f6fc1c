"""Problems of transparency logs: for those who read one, and those who witness one."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_NOT_ITS = N_("Do not rely on it. Tell whoever runs the log, and its witnesses.")
_AGAIN = N_("Get the file again from where it is published.")

LOG_PROBLEMS: Mapping[str, Sentences] = {
    "log-malformed": Sentences(
        N_("This is not a file of a transparency log"),
        N_("It is not of the form that the specifications of C2SP write down."),
        _AGAIN,
    ),
    "log-signature": Sentences(
        N_("The log did not sign this"), N_("The signature that must be there is missing or wrong."), _NOT_ITS
    ),
    "log-quorum": Sentences(
        N_("Too few witnesses have cosigned this"),
        N_("The policy asks for more witnesses than those whose cosignatures are there."),
        N_("Wait for a newer checkpoint, or ask the witnesses what they have seen."),
    ),
    "log-inclusion": Sentences(
        N_("The log does not hold this entry"),
        N_("The path from the entry does not lead to the signed root."),
        _NOT_ITS,
    ),
    "log-consistency": Sentences(
        N_("The log has changed what it held before"),
        N_("The proof does not show that the newer tree begins with the older one."),
        _NOT_ITS,
    ),
    "log-unknown": Sentences(
        N_("This witness does not know that log"),
        N_("It cosigns for the logs alone whose keys it was given."),
        N_("Ask whoever runs the witness to add the key of the log."),
    ),
    "log-overtaken": Sentences(
        N_("The witness has seen another size of that log"),
        N_("The last size that it cosigned is %(size)s."),
        N_("Send the proof from that size on."),
    ),
}
