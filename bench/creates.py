"""Creations under load: jobs created through the vendors' APIs, with each server in turn."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection
from contextlib import ExitStack
from statistics import median

from bench.errors import Missing
from bench.load import LoadTarget, load
from bench.peers import CREATORS, TWIN, Peer
from bench.polls import serving
from bench.works import CREATION, TINY, Poll

Say = Callable[[str], None]

Rates = dict[str, list[float]]
"""Created jobs per second of each server, round by round."""


def creates(names: Collection[str], rounds: int, seconds: float, say: Say) -> Rates:
    """Loads each server with requests that create a job; missing servers are omitted."""
    found: Rates = {}
    with ExitStack() as stack:
        targets = {"jobtwin": stack.enter_context(serving(_twin(), Poll(TINY, b"")))}
        for name, peer in CREATORS.items():
            if name in names and _is_here(peer):
                targets[name] = stack.enter_context(serving(peer, Poll(TINY, b"")))
        for target in targets.values():
            load(target, seconds)
        for number in range(rounds):
            say(f"creations: round {number + 1} of {rounds}")
            turn = deque(targets.items())
            turn.rotate(-number)
            for name, target in turn:
                found.setdefault(name, []).append(load(target, seconds).rate)
    return found


def against(rates: Rates, name: str) -> float | None:
    """Returns jobtwin's rate of creations relative to another server's, or None if it is missing."""
    if name not in rates:
        return None
    return median(m / t for m, t in zip(rates["jobtwin"], rates[name], strict=True))


def _twin() -> Peer:
    def prepare(_poll: Poll, port: int) -> LoadTarget:
        path = f"/{CREATION.spec}{CREATION.path}"
        return LoadTarget(port, [path], CREATION.headers, "POST", json.dumps(CREATION.body))

    return Peer(TWIN.name, TWIN.does, TWIN.version, TWIN.command, prepare)


def _is_here(peer: Peer) -> bool:
    try:
        peer.version()
    except Missing:
        return False
    return True
