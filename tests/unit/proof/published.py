"""The published vectors of the W3C, and the contexts that they name."""

from verifier.proof import jcs
from verifier.proof.contexts import Contexts

from .documents import VECTORS, Issuer, vectors

W3C = VECTORS / "w3c"


def w3c_contexts() -> Contexts:
    index = vectors("w3c/contexts/index.json")
    read = {entry["url"]: path.read_bytes() for name, entry in index.items() if (path := W3C / name).exists()}
    own = Issuer().contexts
    v2 = "https://www.w3.org/ns/credentials/v2"
    return Contexts(read | {v2: jcs.canonicalize(own.load(v2))})


CONTEXTS = w3c_contexts()
