"""Listening where only this machine can knock."""

import socket

from ..core.errors import ConfigError

ADDRESS = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 lets the system choose.

    :raises ConfigError: the port cannot be had
    """
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        sentence = f"The sandbox cannot listen on {ADDRESS}:{port} ({error.strerror}): choose another port."
        raise ConfigError(sentence) from None
