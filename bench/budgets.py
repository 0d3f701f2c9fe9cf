"""The budgets: promised, intended and measured values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from bench import creates, starts
from bench.creates import Rates
from bench.crowds import FEW, Crowds
from bench.polls import Race
from bench.skips import Skips

LIMIT = "starlette"


@dataclass(frozen=True)
class Budget:
    """One budget; with `most`, less is better. `measured` is None if a tool is missing.

    `limit` is the reason for missing the aim.
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
        """Returns the result relative to the promise and the aim."""
        if self.measured is None:
            return "not measured"
        if self.reached:
            return "aim met"
        return "met" if self._meets(self.least) else "**missed**"

    @property
    def reached(self) -> bool:
        """True if the aim is reached."""
        return self._meets(self.aim)

    def _meets(self, bound: float) -> bool:
        if self.measured is None:
            return False
        return self.measured <= bound if self.most else self.measured >= bound


@dataclass
class Measurements:
    """The measurements of a run; omitted parts are empty."""

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
    creates: Rates = field(default_factory=dict)
    thousand: float | None = None
    held: tuple[float, str] | None = None
    failures: dict[str, str] = field(default_factory=dict)
    """The reason why a part was not measured, by its name."""


_POLLS = (
    ("connexion", "against connexion as documented", 4, 6),
    ("prism", "against Prism", 2, 3),
    ("wiremock", "against WireMock with its default journal", 1.5, 2),
    ("aimock", "against aimock", 0.6, 1),
)

_LIMITS = {"tiny": (0.5, 0.75), "large": (0.5, 0.75), "flowing": (0.4, 0.6)}
_ANEW = {"tiny": (0.6, 0.75), "large": (0.35, 0.5)}
"""The required and the desired ratios to bare Starlette, for cached and for new responses."""

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
_TAIL = "The requests of 32 connections arrive together, and are answered one after the other."
_MADE = "Each step of a request is a call or two in Python; so are IDs and moments, which jobs do not share."
_CREATES = "The body is validated both ways, and a timeline planned; their server is compiled, and has one map."
_START = (
    "Importing uvicorn and the twin itself, a third of which is making dataclasses, holding the spec to OpenAPI and to the grammar, and "
    "compiling it."
)
_HELD = "A piece of work between two steps of the loop; garbage collections show."
_THOUSAND = "Starting two processes, and eight requests through httpx a test."
_CROWD = "The same steps; what more memory costs the processor's caches, and noise."
_MEMORY = "A job has facts and an id of its own, a record, a life, and places in four indexes."
_FIXTURE = (
    "Two requests to the control API, one to forget a sandbox and one to make the next; "
    "the sandboxes themselves cost a small part of it."
)
_LIFE = "Thirteen requests: seven through httpx, which makes objects of each, and six to move the clock."
_GENERATION = "The generator's own work, and formatting what it has made."
_IDLE = "Two looks at a sandbox: has it faults, has it limits? And noise."
_CLIENT = (
    "The client makes an object of each map in the answer, with UUIDs read; bare httpx hands out "
    "maps."
)


def budgets(found: Measurements) -> Iterator[Budget]:
    """Yields every budget, in the order of the promise."""
    for race in found.races:
        yield from _polls(race)
    start = starts.against(found.starts, "prism") if "prism" in found.starts else None
    what = "start to first answered poll of one spec, against Prism"
    yield Budget(what, 0.35, 0.2, start, most=True, limit=_START)
    for name, rival in (("moto", "moto's"), ("aimock", "aimock's")):
        what = f"creations/s by the vendor's API, against {rival}"
        yield Budget(what, 2, 4, creates.against(found.creates, name), limit=_CREATES)
    yield from _crowds(found.crowds)
    took, name = found.held or (None, "")
    what = "longest that one request holds the loop, at 500,000 jobs"
    yield Budget(what, 50, 20, _ms(took), "ms", most=True, limit=f"The request: {name}. {_HELD}")
    yield Budget("a whole life in process", 5, 3, _ms(found.life), "ms", most=True, limit=_LIFE)
    took = _ms(found.fixture)
    yield Budget("sandbox, fixture to fixture", 0.5, 0.2, took, "ms", most=True, limit=_FIXTURE)
    what = "1,000 isolated job tests, `pytest -n 2`"
    yield Budget(what, 10, 5, found.thousand, "s", most=True, limit=_THOUSAND)
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
    same, name = "against bare Starlette with the same bytes", race.work.name
    bounds = _LIMITS[name]
    yield Budget(f"polls/s, {name}, {same}", *bounds, ratio(race, LIMIT), limit=_OURS[LIMIT])
    if name in _ANEW:
        bounds, anew = _ANEW[name], ratio(race, LIMIT, "anew")
        yield Budget(f"polls/s, {name}, made anew, {same}", *bounds, anew, limit=_MADE)
    for rival, what, least, aim in () if race.work.is_flowing else _POLLS:
        line = f"polls/s, {name}, {what}"
        yield Budget(line, least, aim, ratio(race, rival), limit=_OURS[rival])
    yield Budget(f"p99 / p50, {name}", 2, 1.5, twin.tail, most=True, limit=_TAIL)


def ratio(race: Race, name: str, ours: str = "jobtwin") -> float | None:
    """Returns the twin's speed relative to a tool's, or None if either is missing."""
    twin, rival = race.found.get(ours), race.found.get(name)
    return median(twin.against(rival)) if twin and rival else None


def _crowds(found: Crowds | None) -> Iterator[Budget]:
    among = f"among {found.many if found else 1_000_000:,} jobs, against {FEW:,}"
    poll, page = (found.poll, found.page) if found else (None, None)
    yield Budget(f"a poll {among}", 1.2, 1.0, poll, most=True, limit=_CROWD)
    yield Budget(f"a filtered first page {among}", 2, 1.1, page, most=True, limit=_CROWD)
    each = found.bytes_each / 1024 if found else None
    yield Budget("memory for each further job", 1, 0.5, each, "KiB", most=True, limit=_MEMORY)
