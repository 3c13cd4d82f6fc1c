"""Names that the eye takes for each other have one skeleton (UTS #39, 4), further folded for names without case."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from ..core.identifiers import Host


def _read() -> Mapping[str, str]:
    text = files(__package__).joinpath("data", "confusables.csv").read_text(encoding="utf-8")
    rows = (line.split(";") for line in text.splitlines() if not line.startswith("#"))
    return {chr(int(point, 16)): shown for point, shown in rows}


# ASCII's own confusables, where handles and hosts have no case: I, l, 1 and O, 0 are read for each other.
_TABLE = str.maketrans({**_read(), "m": "rn", "i": "l", "1": "l", "0": "o"})
_SEPARATORS = str.maketrans("", "", "-_.")


def skeleton(text: str) -> str:
    """`text` as it looks: what another name with the same skeleton would be read as."""
    if not text.isascii():
        # Accents fall: é is not e to Unicode, but it is to a hurried reader.
        text = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
        text = text.translate(_TABLE).lower()  # some prototypes are capitals
    return text.translate(_TABLE).replace("vv", "w")


def squeezed(text: str) -> str:
    """Without dots, hyphens and underscores, which people do not remember."""
    return text.translate(_SEPARATORS)


@lru_cache(4096)
def host_skeleton(host: Host) -> str:
    """Of the name that browsers show, which may be that of an A-label."""
    return skeleton(host.unicode)
