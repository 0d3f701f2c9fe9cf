"""From the start of a process to its first answered poll."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.errors import Missing
from bench.load import LoadTarget
from bench.peers import ALONE, PEERS, TWIN, Peer
from bench.polls import serving
from bench.processes import answer, first_answer, free_port, running
from bench.works import SAMPLE, TINY, Poll

Say = Callable[[str], None]


def starts(names: Collection[str], rounds: int, say: Say) -> Mapping[str, list[float]]:
    """Returns the seconds of each start, by server, without the first round (uncached files).

    `jobtwin` is the twin of one spec, like the others.
    """
    with serving(TWIN, Poll(TINY, b"")) as target:
        poll = Poll(SAMPLE, answer(target))
    peers = {"jobtwin": ALONE, "jobtwin, all five specs": TWIN}
    peers |= {name: PEERS[name] for name in PEERS if name in names}
    peers = {name: peer for name, peer in peers.items() if peer.same and _here(peer)}
    found: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(rounds + 1):
        say(f"start: round {number} of {rounds}")
        for name, peer in peers.items():
            found[name].append(_start(peer, poll))
    return {name: seconds[1:] for name, seconds in found.items()}


def against(starts: Mapping[str, list[float]], name: str) -> float:
    """Returns the twin's start relative to another's: the median of the rounds."""
    pairs = zip(starts["jobtwin"], starts[name], strict=True)
    return median(mine / theirs for mine, theirs in pairs)


def _here(peer: Peer) -> bool:
    try:
        peer.version()
    except Missing:
        return False
    return True


def _start(peer: Peer, poll: Poll) -> float:
    port = free_port()
    base = f"/{poll.work.spec}" if peer in (ALONE, TWIN) else ""
    target = LoadTarget(port, [base + poll.work.path], poll.work.headers)
    with TemporaryDirectory(prefix="bench") as folder:
        command = peer.command(poll, port, Path(folder))
        started = perf_counter()
        with running(command) as process:
            first_answer(process, target)
            return perf_counter() - started
