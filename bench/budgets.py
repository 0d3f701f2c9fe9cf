"""The budgets: what was promised, what was aimed at, and what a run measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from bench import starts
from bench.crowds import FEW, Crowds
from bench.polls import Measured, Race
from bench.skips import Skips

LIMIT = "starlette"


@dataclass(frozen=True)
class Budget:
    """One promise; `most` says that less is better. `measured` is None where a rival is missing.

    `limit` says what stands between the measure and the aim.
    """

    what: str
    least: float
    aim: float
    measured: float | None
    unit: str = "×"
    most: bool = False
    limit: str = ""

    @property
    def verdict(self) -> str:
        """How the measure stands to the promise and to the aim."""
        if self.measured is None:
            return "not measured"
        if self.reached:
            return "aim met"
        return "met" if self._meets(self.least) else "**missed**"

    @property
    def reached(self) -> bool:
        """Whether the aim is reached."""
        return self._meets(self.aim)

    def _meets(self, bound: float) -> bool:
        if self.measured is None:
            return False
        return self.measured <= bound if self.most else self.measured >= bound


@dataclass
class Measurements:
    """All that a run measured; what was left out is empty."""

    races: list[Race] = field(default_factory=list)
    starts: dict[str, list[float]] = field(default_factory=dict)
    crowds: Crowds | None = None
    life: float | None = None
    fixture: float | None = None
    reset: float | None = None
    clients: dict[str, float] = field(default_factory=dict)
    idle: float | None = None
    generation: float | None = None
    skips: Skips | None = None


_POLLS = (
    (LIMIT, "against bare Starlette with the same bytes", 0.5, 0.75),
    ("connexion", "against connexion as documented", 4, 6),
    ("prism", "against Prism", 2, 3),
    ("wiremock", "against WireMock with its default journal", 1.5, 2),
    ("aimock", "against aimock", 0.6, 1),
)

_CHECKS = (
    "Most of both servers' time is uvicorn's; what Starlette adds to it is a route and a response. "
    "Credential, parameters, state and journal are Python, too, and more of it."
)
_OURS = {
    LIMIT: _CHECKS,
    "connexion": _CHECKS,
    "prism": "Node runs compiled code where uvicorn and the twin are interpreted.",
    "wiremock": "Compiled code that looks up one stub and validates nothing; its journal and its compiler have one core with it here.",
    "aimock": "Node's HTTP server is compiled, and aimock looks up one map; it validates nothing.",
}
_TAIL = "The other servers are up, too, and share the one core; a garbage collection of any of them shows."
_START = (
    "More than half is importing connexion, which brings Starlette's test client with httpx, requests, "
    "jsonschema and jinja2; the rest is holding the spec to OpenAPI and to the grammar, and compiling it."
)
_CROWD = "The same steps; what more memory costs the processor's caches, and noise."
_MEMORY = "A job has facts and an id of its own, a record, a life, and places in four indexes."
_FIXTURE = (
    "Two requests to the control API through httpx, one to forget a sandbox and one to make the next; "
    "the sandboxes themselves cost a small part of it."
)
_LIFE = "Thirteen requests through httpx, six of them to move the clock."
_GENERATION = "The generator's own work, and formatting what it has made."
_IDLE = "Two looks at a sandbox: has it faults, has it limits? And noise."
_CLIENT = (
    "The client makes an object of each map in the answer, with UUIDs read; bare httpx hands out "
    "maps."
)


def budgets(found: Measurements) -> Iterator[Budget]:
    """Every budget, in the order of the promise."""
    for race in found.races:
        yield from _polls(race)
    start = starts.against(found.starts, "prism") if "prism" in found.starts else None
    what = "start to first answered poll of one spec, against Prism"
    yield Budget(what, 0.5, 0.3, start, most=True, limit=_START)
    yield from _crowds(found.crowds)
    yield Budget("a whole life in process", 15, 5, _ms(found.life), "ms", most=True, limit=_LIFE)
    took = _ms(found.fixture)
    yield Budget("sandbox, fixture to fixture", 2, 0.2, took, "ms", most=True, limit=_FIXTURE)
    for name, ratio in found.clients.items():
        what = f"generated client's poll against bare httpx, {name}"
        yield Budget(what, 1.3, 1.1, ratio, most=True, limit=_CLIENT)
    what = "a poll where faults and limits could be, and are not"
    yield Budget(what, 1.02, 1.0, found.idle, most=True, limit=_IDLE)
    took = found.generation
    yield Budget("`make generate`, all specs", 15, 6, took, "s", most=True, limit=_GENERATION)
    yield from _skips(found.skips)


def _skips(found: Skips | None) -> Iterator[Budget]:
    day, backoff = (found.day, found.backoff) if found else (None, None)
    own = f"{found.own:.1f} s of it are the client's own." if found else ""
    what = "a day of polls each minute, all 1,440, on a clock that skips"
    yield Budget(what, 5, 1, day, "s", most=True, limit=own)
    yield Budget("twelve polls that back off to an hour", 0.5, 0.1, backoff, "s", most=True)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _polls(race: Race) -> Iterator[Budget]:
    twin = race.found["jobtwin"]
    for name, what, least, aim in _POLLS:
        line = f"polls/s, {race.work.name}, {what}"
        yield Budget(line, least, aim, ratio(race, name), limit=_OURS[name])
    yield Budget(f"p99 / p50, {race.work.name}", 4, 2, twin.tail, most=True, limit=_TAIL)


def ratio(race: Race, name: str) -> float | None:
    """How many times as fast as a rival the twin is; None where the rival is missing."""
    rival: Measured | None = race.found.get(name)
    return median(race.found["jobtwin"].against(rival)) if rival else None


def _crowds(found: Crowds | None) -> Iterator[Budget]:
    among = f"among {found.many if found else 1_000_000:,} jobs, against {FEW:,}"
    poll, page = (found.poll, found.page) if found else (None, None)
    yield Budget(f"a poll {among}", 1.2, 1.0, poll, most=True, limit=_CROWD)
    yield Budget(f"a filtered first page {among}", 2, 1.1, page, most=True, limit=_CROWD)
    each = found.bytes_each / 1024 if found else None
    yield Budget("memory for each further job", 2, 0.5, each, "KiB", most=True, limit=_MEMORY)
