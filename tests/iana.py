"""``python -m tests.iana NEWER.csv …``: what IANA has changed since the registries that this package holds (T23).

Each file is a newer copy of a special-purpose address registry (RFC 6890), of either family. Nothing is fetched. Exit
code 0: nothing that counts has changed; 1: something has, or a file is no registry.
"""

import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

from verifier.fetch.guard import blocks, registry


def changes(newer: str) -> Iterator[str]:
    """A line for each block that came, went, or is reached otherwise than before.

    :raises ValueError: `newer` is no registry
    """
    try:
        there = dict(blocks(newer))
        versions = {ip_network(block).version for block in there}
    except (KeyError, AttributeError, ValueError) as error:
        raise ValueError("no special-purpose address registry") from error
    if len(versions) != 1:
        raise ValueError("no special-purpose address registry, or one of both families")
    here = dict(blocks(registry(versions.pop())))
    for block in sorted({*here, *there}):
        if block not in here:
            yield f"+ {block} (globally reachable: {there[block]})"
        elif block not in there:
            yield f"- {block} (globally reachable: {here[block]})"
        elif here[block] != there[block]:
            yield f"~ {block} (globally reachable: {here[block]}, now {there[block]})"


def main(paths: Sequence[str]) -> int:
    if not paths:
        print(__doc__)
        return 1
    changed = False
    for path in paths:
        try:
            lines = list(changes(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            lines = [str(error)]
        changed = changed or bool(lines)
        print(f"{path}: {len(lines)} to look at" if lines else f"{path}: nothing new")
        print("".join(f"  {line}\n" for line in lines), end="")
    return int(changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
