"""Polls under load, all servers side by side: rounds in turn, so that noise affects all alike."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.errors import BenchError, Missing, Wrong
from bench.load import LoadResult, LoadTarget, load
from bench.peers import ANEW, PEERS, TWIN, Peer, made_anew
from bench.processes import answer, free_port, listening, running
from bench.works import Poll, Work

WARM = 3
"""Seconds of load before the first round; a Java machine needs them."""

Say = Callable[[str], None]


@dataclass
class Measured:
    """One server's rounds of one work; `size` is the size of its response."""

    peer: Peer
    version: str
    size: int
    samples: list[LoadResult] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the responses per second."""
        return median(sample.rate for sample in self.samples)

    @property
    def p50(self) -> float:
        """The median of the rounds' median latencies, in milliseconds."""
        return median(sample.p50 for sample in self.samples)

    @property
    def p99(self) -> float:
        """The median of the rounds' 99th percentiles, in milliseconds."""
        return median(sample.p99 for sample in self.samples)

    @property
    def tail(self) -> float:
        """The 99th percentile of the latency relative to the median."""
        return median(sample.p99 / sample.p50 for sample in self.samples)

    def against(self, other: Measured) -> list[float]:
        """Returns the speed relative to another server, for each round."""
        pairs = zip(self.samples, other.samples, strict=True)
        return [mine.rate / theirs.rate for mine, theirs in pairs]


@dataclass
class Race:
    """The measurements of one work, by server, the twin's as `jobtwin`; missing tools, and why."""

    work: Work
    found: dict[str, Measured] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def race(work: Work, names: Collection[str], rounds: int, seconds: float, say: Say) -> Race:
    """Starts all servers, warms each up, and loads them in turn; each response is checked twice."""
    result = Race(work)
    with ExitStack() as stack:
        targets = _started(work, names, stack, result)
        bodies = {name: _checked(target) for name, target in targets.items()}
        for target in targets.values():
            load(target, max(seconds, WARM))
        for number in range(1, rounds + 1):
            say(f"{work.name}: round {number} of {rounds}")
            # Each round begins with another server, so that the order changes.
            turn = deque(targets.items())
            turn.rotate(-number)
            for name, target in turn:
                result.found[name].samples.append(load(target, seconds))
        for name, target in targets.items():
            if not _alike(work, _checked(target), bodies[name]):
                raise Wrong(f"{name} answers otherwise after the load")
    return result


def _started(
    work: Work, names: Collection[str], stack: ExitStack, result: Race
) -> Mapping[str, LoadTarget]:
    """Returns the available servers, the twin first, since the others return its response."""
    target = stack.enter_context(serving(TWIN, Poll(work, b"")))
    poll = Poll(work, answer(target))
    targets, twins = {"jobtwin": target}, {"jobtwin": TWIN}
    if not work.is_flowing:
        targets["anew"], twins["anew"] = made_anew(work, target.port), ANEW
    for name, twin in twins.items():
        result.found[name] = Measured(twin, twin.version(), len(poll.body))
    for name, peer in PEERS.items():
        if name not in names or work.name not in peer.works:
            continue
        try:
            version = peer.version()
        except Missing as missing:
            result.missing[peer.name] = str(missing)
            continue
        targets[name] = stack.enter_context(serving(peer, poll))
        given = answer(targets[name])
        if peer.same and json.loads(given) != json.loads(poll.body):
            raise Wrong(f"{peer.name} answers {given[:300]!r}, not {poll.body[:300]!r}")
        result.found[name] = Measured(peer, version, len(given))
    return targets


def _checked(target: LoadTarget) -> Any:
    body: Any = json.loads(answer(target))
    return body


def _alike(work: Work, one: Any, other: Any) -> bool:
    """Returns True if two responses are equal; for a flowing job, if they have the same names."""
    return bool(one.keys() == other.keys() if work.is_flowing else one == other)


@contextmanager
def serving(peer: Peer, poll: Poll) -> Iterator[LoadTarget]:
    """Starts a server, and yields its poll."""
    port = free_port()
    with TemporaryDirectory(prefix="bench") as folder:
        command = peer.command(poll, port, Path(folder))
        with running(command) as process:
            try:
                listening(process, port)
                target = peer.prepare(poll, port)
            except BenchError as error:
                raise Wrong(f"{peer.name}: {error}") from error
            yield target
