"""Free ports for servers that tests start."""

import random
import socket

LOWEST, HIGHEST = 12_000, 32_000
"""Below the ports that systems assign to connections, which another test may get meanwhile."""


def free_port(number: int = 1) -> int:
    """Returns the first of so many free ports in a row on 127.0.0.1."""
    while True:
        port = random.SystemRandom().randrange(LOWEST, HIGHEST)
        if all(_is_free(port + n) for n in range(number)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
