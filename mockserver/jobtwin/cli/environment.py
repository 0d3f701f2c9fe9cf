"""Errors of a command's environment: proxies, certificates, disks, pipes, memory."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from jobcall.hosts import is_loopback

T = TypeVar("T")

_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Errors of writing to standard output, which has no file name to report."""


def trusts_environment(url: str) -> bool:
    """Returns True if proxies and certificates of the environment apply; not for this machine itself."""
    import httpx  # noqa: PLC0415 - many commands send nothing, and it takes long to import

    return not is_loopback(httpx.URL(url).host)


def from_environment(make: Callable[[], T]) -> T:
    """Creates an HTTP client. Raises ClickException with the variable that prevents it."""
    import httpx  # noqa: PLC0415 - as above

    try:
        return make()
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        why, suspects = _explained(error)
        given = [n for name in suspects for n in (name, name.lower()) if os.environ.get(n)]
        named = " or ".join(given) or "the environment"
        raise click.ClickException(f"cannot make an HTTP client: {why}; check {named}") from error


def _explained(error: Exception) -> tuple[str, tuple[str, ...]]:
    """Returns the problem, and the variables that can cause it."""
    if isinstance(error, OSError):
        return error.strerror or str(error), _CERTIFICATES
    if isinstance(error, ImportError):
        return "a SOCKS proxy requires another package: pip install 'httpx[socks]'", _PROXIES
    # The error would quote a proxy's URL, which may contain a password.
    return "a proxy's URL or a host name is not valid", (*_PROXIES, "NO_PROXY")


@contextmanager
def reported() -> Iterator[None]:
    """Turns an error of the machine into a ClickException of one line."""
    try:
        yield
    except BrokenPipeError:
        raise  # click exits silently: the reader has closed the pipe
    except OSError as error:
        raise click.ClickException(_told(error)) from error
    except MemoryError as error:
        raise click.ClickException("out of memory") from error


def _told(error: OSError) -> str:
    why = error.strerror or str(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {why}"
    return f"cannot write the output: {why}" if error.errno in _OUTPUT else why


def close_output() -> None:
    """Flushes standard output, or drops the rest if that fails.

    Otherwise Python would flush it at exit and report the failure again, as an ignored exception.
    """
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):  # no stdout, a full disk, a closed stream
        _to_nowhere()


def _to_nowhere() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
