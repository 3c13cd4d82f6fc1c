"""Ports of loopback, for servers that must know theirs before they listen."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import suppress


def _candidates() -> Iterator[int]:
    # Each worker of a run has ports of its own: between a look and a listen, another one could take the port.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    for number in itertools.count(os.getpid() * 97):
        yield 20_000 + number % 3_000 * 4 + worker


_ports = _candidates()


def free_port() -> int:
    """A port where nobody listens, by TCP or UDP: below those that the system gives to outgoing connections."""
    for port in _ports:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, suppress(OSError):
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port
    raise AssertionError
