"""A sandbox's Server-Sent Events, read until the server ends the stream; resumes after a lost connection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
import httpx

_SILENCE = httpx.Timeout(30, read=60)
"""The server sends something at least every 15 s."""


def followed(client: httpx.Client) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the type and the data of each event, from now on."""
    last: dict[str, str] = {}
    while True:
        try:
            with client.stream("GET", "/events", headers=last, timeout=_SILENCE) as response:
                if response.status_code != httpx.codes.OK:
                    raise click.ClickException(f"the server answered {response.status_code}")
                for number, kind, data in events(response.iter_lines()):
                    last = {"Last-Event-ID": number}
                    yield kind, data
        except (httpx.RemoteProtocolError, httpx.ReadError):
            continue  # the server ended the stream, or was restarted: it says what was lost
        except httpx.TransportError as error:
            raise click.ClickException(f"cannot follow the server: {error}") from error


def events(lines: Iterable[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The id, the type and the data of each event in the lines of a stream."""
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "data" in found:
            yield found["id"], found["event"], json.loads(found["data"])
            found = {}
