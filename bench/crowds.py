"""The cost of many jobs: a poll and a first page among few and among many jobs, and memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.crowd import ACTIVE
from bench.errors import Wrong
from bench.load import LoadTarget, load
from bench.processes import ServerCommand, answer, first_answer, free_port, running
from bench.works import FIRST_PAGE, TINY

FEW = 1000
Say = Callable[[str], None]


@dataclass
class Crowds:
    """Rates among few jobs and among many, round by round; the memory of each of many, in bytes."""

    many: int
    bytes_each: float
    polls: list[tuple[float, float]] = field(default_factory=list)
    pages: list[tuple[float, float]] = field(default_factory=list)

    @property
    def poll(self) -> float:
        """The time of a poll among many jobs, relative to few."""
        return median(few / many for few, many in self.polls)

    @property
    def page(self) -> float:
        """The time of a first page among many jobs, relative to few."""
        return median(few / many for few, many in self.pages)


@dataclass(frozen=True)
class _Crowd:
    polls: LoadTarget
    page: LoadTarget
    bytes_each: float


def crowds(many: int, rounds: int, seconds: float, say: Say) -> Crowds:
    """Measures few and many jobs side by side, in turn."""
    say(f"crowds: {FEW} jobs, {many} jobs")
    with _crowd(FEW) as few, _crowd(many) as lots:
        found = Crowds(many, lots.bytes_each)
        for number in range(rounds + 1):
            say(f"crowds: round {number} of {rounds}")
            polls = load(few.polls, seconds).rate, load(lots.polls, seconds).rate
            pages = load(few.page, seconds).rate, load(lots.page, seconds).rate
            if number:  # the first round is a warm-up
                found.polls.append(polls)
                found.pages.append(pages)
    return found


@contextmanager
def _crowd(jobs: int) -> Iterator[_Crowd]:
    port = free_port()
    with TemporaryDirectory(prefix="bench") as folder:
        file = Path(folder) / "crowd.json"
        asked = json.dumps({"jobs": jobs, "port": port, "file": str(file)})
        command = ServerCommand([sys.executable, "-m", "bench.crowd", asked], {})
        page = LoadTarget(port, [f"/{FIRST_PAGE.spec}{FIRST_PAGE.path}"], FIRST_PAGE.headers)
        with running(command) as process:
            shown = json.loads(first_answer(process, page))
            _check(shown)
            told = json.loads(file.read_text(encoding="utf-8"))
            paths = [f"/{TINY.spec}{TINY.of_job(id).path}" for id in told["ids"]]  # noqa: A001 - it is an ID
            polls = LoadTarget(port, paths, TINY.headers)
            answer(polls)
            yield _Crowd(polls, page, told["bytes"])


def _check(page: dict[str, object]) -> None:
    lists = [value for value in page.values() if isinstance(value, list)]
    if not any(len(found) == ACTIVE for found in lists):
        raise Wrong(f"the first page does not show the {ACTIVE} active jobs: {page}")
