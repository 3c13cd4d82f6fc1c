"""Debian's nginx with the configuration of docs/operations.md, on ports and files of its own."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def documented() -> tuple[str, str]:
    """What operations.md writes for ``http { }``: the server of one machine, and the upstream of several."""
    text = PAGE.read_text()
    blocks = ["\n".join(each.splitlines()) for each in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)]
    (server,) = [each for each in blocks if "proxy_pass http://127" in each]
    (upstream,) = [each for each in blocks if "upstream verifier {" in each]
    return server, upstream


def configuration(folder: Path, http: str) -> Path:
    """A file for `nginx -c` that writes in `folder` alone."""
    path = folder / "nginx.conf"
    temporary = "\n".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path.write_text(
        f"daemon off;\npid {folder / 'nginx.pid'};\nerror_log {folder / 'error.log'};\nworker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}\n{http}\n}}\n"
    )
    return path
