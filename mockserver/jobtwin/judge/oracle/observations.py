"""Reads jobs from responses: inverts the values of the spec's schemas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from jobtwin.judge.exchange import Unreadable
from jobtwin.judge.matching import MatchedExchange
from jobtwin.judge.oracle.graph import reachable_from, reachable_without
from jobtwin.lifecycle.machine import Machine, MachineState
from jobtwin.openapi.operations import FIRST_ERROR
from jobtwin.openapi.untyped import is_number
from jobtwin.openapi.values import (
    Const,
    Each,
    FirstOf,
    Object,
    Path,
    Pick,
    Shown,
    Value,
    When,
    unconditional,
)

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?")
MOMENTS = ("created_at", "updated_at", "asked_at", "ended_at")
_ALWAYS = (
    *("id", "state", "kind", "scenario", "number", "progress"),
    *("created_at", "updated_at", "asked_at"),
)
"""Paths that always have a value."""


class Measure(NamedTuple):
    """A moment in microseconds since 1970, or an amount, with its precision."""

    value: float
    grain: float

    def before(self, other: Measure) -> bool:
        """Returns True if it is certainly less than another, given both precisions."""
        grain = max(self.grain, other.grain)
        return self.value // grain < other.value // grain


@dataclass(frozen=True, slots=True, eq=False)
class PartListing:
    """The parts of a job in one list or map; `by` is the key that identifies them."""

    by: str
    states: frozenset[str] | None
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A job, or a part of one, as a response shows it.

    `states` are those in which a job can be shown like this; `values` hold the other values by path;
    `plain` are the paths without a condition; `lines` is the log, each line as JSON. Parts are keyed
    by their name and their identifying value.
    """

    machine: Machine
    states: frozenset[str]
    text: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    lines: tuple[str, ...] | None = None
    parts: Mapping[str, Mapping[str, Observation]] = field(default_factory=dict)
    listings: Mapping[str, Sequence[PartListing]] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """The id as text; None if it is not shown."""
        shown = self.values.get("id")
        return None if shown is None else str(shown)


@dataclass(frozen=True, slots=True, eq=False)
class ResponseContents:
    """The contents of a response: the jobs in their order, and the values of the page."""

    jobs: Sequence[Observation] = ()
    page: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = False


def read(call: MatchedExchange) -> ResponseContents:
    """Reads a successful response, or one whose status alone shows the state."""
    machine, shown, body = call.operation.machine, _shown(call), call.exchange.answered
    if machine is None:
        return ResponseContents()
    states = call.operation.states(call.exchange.status)
    draft = _ObservationDraft(machine, states)
    if shown is None or body is None or isinstance(body, Unreadable):
        return ResponseContents() if states is None else ResponseContents([draft.done()])
    if call.operation.shows_several:
        return _read_list(machine, shown, body)
    _visit(shown, body, draft)
    return ResponseContents([draft.done()])


def _read_list(machine: Machine, shown: Shown, body: Any) -> ResponseContents:
    page = _Page(machine)
    _visit(shown, body, page)
    return ResponseContents([draft.done() for draft in page.jobs], page.values, page.listed)


def _shown(call: MatchedExchange) -> Shown | None:
    """Returns the job's values in the body of a declared response, or None; an error has none."""
    if call.exchange.status >= FIRST_ERROR:
        return None
    response = call.operation.responses.get(str(call.exchange.status))
    return None if response is None else response.shown


def _visit(shown: Shown, body: Any, it: _ObservationDraft | _Page) -> None:
    value, inner = shown.value, unconditional(shown.value)
    if isinstance(value, Object):
        for name in value.properties if isinstance(body, Mapping) else ():
            if name in body:
                _visit(value.properties[name], body[name], it)
    elif isinstance(inner, Each):
        _each(inner, body, it)
    elif value is not None:
        it.take(value, body)


def _each(each: Each, body: Any, it: _ObservationDraft | _Page) -> None:
    if isinstance(it, _Page):
        _jobs(each, body, it)
    elif each.over == "self":
        for item in body if isinstance(body, list) else ():
            _visit(each.item, item, it)
    elif each.over == "log":
        it.log(body)
    elif each.over == "parts":
        _parts(each, body, it)


def _jobs(each: Each, body: Any, page: _Page) -> None:
    if each.over == "jobs" and isinstance(body, list):
        page.listed = True
        for item in body:
            _visit(each.item, item, page.add())


def _parts(each: Each, body: Any, it: _ObservationDraft) -> None:
    machine = it.machine.parts[each.part]
    sure, possible = each.where.certain(machine), each.where.possible(machine)

    def part(shown: Any) -> _ObservationDraft:
        draft = _ObservationDraft(machine, possible)
        _visit(each.item, shown, draft)
        return draft

    if isinstance(body, Mapping):
        parts_by_key = {str(key): part(value) for key, value in body.items()}
        it.show(each.part, each.key.text if each.key else "", sure, parts_by_key)
    elif isinstance(body, list):
        _listed_parts(each, list(map(part, body)), it)


def _listed_parts(each: Each, parts: list[_ObservationDraft], it: _ObservationDraft) -> None:
    """Shows the parts of a list by their ids, or else by their places, if all of them are listed."""
    sure = each.where.certain(it.machine.parts[each.part])
    if all("id" in draft.values for draft in parts):
        it.show(each.part, "id", sure, {str(draft.values["id"]): draft for draft in parts})
    elif not each.where:  # else the parts cannot be identified
        it.show(each.part, "place", sure, {str(n): draft for n, draft in enumerate(parts)})


class _Page:
    """A list being read."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.values: dict[str, Any] = {}
        self.jobs: list[_ObservationDraft] = []
        self.listed = False

    def take(self, value: Value, shown: Any) -> None:
        if isinstance(value, Path) and shown is not None:
            self.values[value.text] = shown

    def add(self) -> _ObservationDraft:
        self.jobs.append(_ObservationDraft(self.machine))
        return self.jobs[-1]


class _ObservationDraft:
    """An observation being read."""

    def __init__(self, machine: Machine, states: frozenset[str] | None = None) -> None:
        self.machine = machine
        self.states = frozenset(machine.states) if states is None else states
        self.text: str | None = None
        self.values: dict[str, Any] = {}
        self.plain: set[str] = set()
        self.lines: tuple[str, ...] | None = None
        self.parts: dict[str, dict[str, _ObservationDraft]] = {}
        self.listings: dict[str, list[PartListing]] = {}

    def take(self, value: Value, shown: Any) -> None:
        """Reads one value, and the states that can show it."""
        if shown is None or _stately(value):
            self.states = frozenset(self._able(value, shown))
        source = source_of(value, shown)
        if source is not None and shown is not None:
            self._take_from(source, shown, plain=isinstance(value, Path))

    def _take_from(self, source: Path, shown: Any, *, plain: bool) -> None:
        """Reads a value of which the path is certain; `plain` if it has no condition."""
        if source.text == "state" and isinstance(shown, str):
            self.text = shown
        if (read := _read(source, shown)) is not None:
            self.values.setdefault(source.text, read)
            if plain:
                self.plain.add(source.text)

    def _able(self, value: Value, shown: Any) -> Iterator[str]:
        """Yields the states, of those left, in which a value can be shown."""
        for name in self.states:
            if could_show(value, self.machine, self.machine.states[name], shown):
                yield name

    def log(self, value: Any) -> None:
        if isinstance(value, list):
            self.lines = tuple(map(_line, value))

    def show(
        self,
        name: str,
        by: str,
        states: frozenset[str] | None,
        drafts: Mapping[str, _ObservationDraft],
    ) -> None:
        """Notes parts, and merges those that were noted before."""
        known = self.parts.setdefault(name, {})
        for key, draft in drafts.items():
            known[f"{by}={key}"] = draft.and_(known.get(f"{by}={key}"))
        keys = frozenset(f"{by}={key}" for key in drafts)
        self.listings.setdefault(name, []).append(PartListing(by, states, keys))

    def and_(self, other: _ObservationDraft | None) -> _ObservationDraft:
        if other is not None:
            self.states &= other.states
            self.text = self.text or other.text
            self.values = {**other.values, **self.values}
            self.plain |= other.plain
            self.lines = self.lines or other.lines
            self.parts = {**other.parts, **self.parts}
            self.listings = {**other.listings, **self.listings}
        return self

    def done(self) -> Observation:
        parts = {n: {k: d.done() for k, d in drafts.items()} for n, drafts in self.parts.items()}
        return Observation(
            machine=self.machine,
            states=self.states,
            text=self.text,
            values=self.values,
            plain=frozenset(self.plain),
            lines=self.lines,
            parts=parts,
            listings=self.listings,
        )


# -- values --------------------------------------------------------------------------------------


def could_show(value: Value, machine: Machine, state: MachineState, shown: Any) -> bool:
    """Returns True if a job in a state can show this value, which may be None."""
    if isinstance(value, When):
        return _could_show_when(value, machine, state, shown)
    if isinstance(value, FirstOf):
        return _first_shows(value.choices, machine, state, shown)
    if isinstance(value, Const):
        return bool(value.value == shown)
    if shown is None:
        return _may_lack(value, machine, state)
    return not isinstance(value, Path) or _path_shows(value.text, machine, state, shown)


def _could_show_when(value: When, machine: Machine, state: MachineState, shown: Any) -> bool:
    holds = value.condition.holds(state)
    if shown is None and holds is not True:
        return True
    return holds is not False and could_show(value.value, machine, state, shown)


def _path_shows(text: str, machine: Machine, state: MachineState, shown: Any) -> bool:
    head, _, entered = text.partition(".")
    if head == "entered_at":
        return state.name in reachable_from(machine, entered)
    return head not in _STATELY or _STATELY[head](state, shown)


def _stately(value: Value) -> bool:
    """Returns True if a present value depends on the state; most do not."""
    if isinstance(value, Path):
        return value.text in _STATELY or value.text.startswith("entered_at.")
    return isinstance(value, When | Const | FirstOf)


def _first_shows(
    choices: Sequence[Value], machine: Machine, state: MachineState, shown: Any
) -> bool:
    if shown is None:
        return all(could_show(choice, machine, state, None) for choice in choices)
    for choice in choices:
        if could_show(choice, machine, state, shown):
            return True
        if not could_show(choice, machine, state, None):
            return False
    return False


_STATELY: Mapping[str, Callable[[MachineState, Any], bool]] = {
    "state": lambda state, value: bool(value == state.name),
    "kind": lambda state, value: bool(value == state.kind.value),
    "outcome": lambda state, value: state.outcome is not None and value == state.outcome.value,
    "ended_at": lambda state, _: state.final,
}


def _may_lack(value: Value, machine: Machine, state: MachineState) -> bool:
    """Returns True if a value can be missing in a state."""
    if isinstance(value, Pick):
        return value.choice != "count"
    if not isinstance(value, Path):
        return True
    head, _, rest = value.text.partition(".")
    if value.text in _ALWAYS or head == "counters":
        return False
    if head == "outcome":
        return state.outcome is None
    if head == "entered_at":
        return state.name in reachable_without(machine, rest)
    return not (state.final and head == "ended_at")


def source_of(value: Value, shown: Any) -> Path | None:
    """Returns the path that a shown value certainly comes from, or None."""
    if isinstance(value, When):
        return source_of(value.value, shown)
    if isinstance(value, FirstOf):
        able = [choice for choice in value.choices if not _is_other(choice, shown)]
        return source_of(able[0], shown) if len(able) == 1 else None
    return value if isinstance(value, Path) else None


def _is_other(value: Value, shown: Any) -> bool:
    """Returns True if a value is a constant other than the shown one."""
    inner = unconditional(value)
    return isinstance(inner, Const) and inner.value != shown


def _read(path: Path, shown: Any) -> Any:
    """Converts a shown value by its path; None if that is impossible, or of no use."""
    text, head = path.text, path.text.partition(".")[0]
    if text in MOMENTS or head == "entered_at":
        return moment(shown, path.written)
    if text == "id":
        return canonical(shown)
    if text == "progress" or head == "counters":
        return _amount(shown, path.written)
    return shown if head == "facts" or text == "spawned_by" else None


def _amount(value: Any, conversion: str | None) -> Measure | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if conversion == "fraction":
        return Measure(round(value * 100, 4), 0.0001)
    return Measure(value, 1 if isinstance(value, int) else 0.0001)


def canonical(value: Any) -> str | None:
    """Returns an id as text; a UUID in lower case."""
    if value is None or isinstance(value, Mapping | list):
        return None
    text = str(value)
    return text.lower() if re.fullmatch(r"[0-9a-fA-F-]{36}", text) else text


_EPOCH_TEXTS = ("epoch-seconds-text", "epoch-milliseconds-text")


def moment(value: Any, conversion: str | None) -> Measure | None:
    """Parses a moment; None if that is impossible."""
    if conversion in _EPOCH_TEXTS and isinstance(value, str) and value.isdecimal():
        value = int(value)
    if is_number(value):
        return _epoch(value, 1_000_000 if conversion in _EPOCH_SECONDS else 1_000)
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    return _rfc3339(found, conversion) if found else None


_EPOCH_SECONDS = ("epoch-seconds", "epoch-seconds-text")


def _epoch(value: float, grain: int) -> Measure | None:
    return Measure(int(value * grain), grain) if math.isfinite(value * grain) else None


def _rfc3339(found: re.Match[str], conversion: str | None) -> Measure | None:
    try:
        whole = datetime.fromisoformat(found[1] + (found[3] or "Z").upper())
    except ValueError:
        return None
    digits = (found[2] or "")[:6]
    grain = 1_000_000 if conversion == "rfc3339-seconds" else 10 ** (6 - len(digits))
    return Measure(int(whole.timestamp()) * 1_000_000 + int(digits.ljust(6, "0")), grain)


def _line(item: Any) -> str:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
