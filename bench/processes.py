"""Starts, awaits, inspects and stops server processes. Only its own processes are stopped."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter, sleep
from typing import Any

from bench import cores
from bench.errors import PatienceEnded, Wrong
from bench.load import LoadTarget

ROOT = Path(__file__).parents[1]
PATIENCE = 600
_OK = range(200, 300)


def free_port() -> int:
    """Returns a free port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass(frozen=True)
class ServerCommand:
    """A program to start: its arguments, and additional environment variables."""

    words: Sequence[str]
    environment: Mapping[str, str]


@contextmanager
def running(command: ServerCommand) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program; keeps its stderr for the error if it ends too early."""
    with TemporaryFile() as complaints:
        process = subprocess.Popen(
            command.words,
            cwd=ROOT,
            env={**environment(), **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            preexec_fn=cores.server,  # noqa: PLW1509 - it is one system call
        )
        try:
            yield process
        except Wrong as wrong:
            complaints.seek(0)
            raise Wrong(f"{wrong}; {complaints.read()[-1000:].decode(errors='replace')}") from wrong
        finally:
            _end(process)


def environment() -> dict[str, str]:
    """Returns the environment, with Python's cache of compiled modules, which starts use."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Waits until the port is open. Raises Wrong if the process ends."""
    deadline = perf_counter() + PATIENCE
    while perf_counter() < deadline:
        if process.poll() is not None:
            raise Wrong(f"it ended with exit code {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        sleep(0.002)
    raise PatienceEnded(f"nobody listens on {port}")


def first_answer(process: subprocess.Popen[bytes], target: LoadTarget) -> bytes:
    """Repeats a request until the first good response."""
    listening(process, target.port)
    deadline = perf_counter() + PATIENCE
    while True:
        try:
            return answer(target)
        except (Wrong, OSError, http.client.HTTPException):
            if perf_counter() > deadline:
                raise
            sleep(0.002)


def answer(target: LoadTarget) -> bytes:
    """Returns one response. Raises Wrong if it is not 2xx."""
    return said(target.port, "GET", target.paths[0], target.headers)


def all_said(port: int, method: str, path: str, bodies: Iterable[Any]) -> None:
    """Sends many requests in turn on one connection. Raises Wrong unless all are 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        for body in bodies:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            read = response.read()
            if response.status not in _OK:
                raise Wrong(f"{method} {path}: {response.status} {read[:300]!r}")


def said(port: int, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """Returns the JSON of a response to any request. Raises Wrong if it is not 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    fields = dict(headers)
    text = None if body is None else json.dumps(body)
    if text is not None:
        fields["Content-Type"] = "application/json"
    try:
        connection.request(method, path, text, fields)
        response = connection.getresponse()
        read = response.read()
    finally:
        connection.close()
    if response.status not in _OK:
        raise Wrong(f"{method} {path}: {response.status} {read[:300].decode(errors='replace')}")
    return read
