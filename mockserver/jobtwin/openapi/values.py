"""The values that responses show, as plain data: paths, conditions, objects and lists.

The server compiles this data to functions (`emitting`), the judge inverts it to read responses, and
the generator finds the places of values with it. The syntax of specs is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

from jobtwin.lifecycle.machine import Machine, MachineState

Choice = Literal["only", "first", "last", "any", "count"]

_STATE_PATHS = ("state", "kind", "outcome")
_FLOWING = ("base", "counters", "progress", "request")
"""First segments of paths whose values may change without an event of the job."""
_OF_COURSE = ("facts", "kind", "outcome", "scenario", "state")
"""First segments of paths whose values jobs of one course have in common."""
_MOMENTS = ("asked_at", "created_at", "ended_at", "entered_at", "updated_at")
"""First segments of paths to moments at the same distance from the creation of each job of a course."""


@dataclass(frozen=True, slots=True)
class Path:
    """A value looked up by a dotted path, such as `created_at`, `facts.reason` or `page.total`.

    `type` is the value's type: a moment, span, percent, number, integer, text, boolean, counts, or
    any JSON. `written` is its format in JSON; None writes it as it is.
    """

    text: str
    type: str = "any"
    written: str | None = None

    @property
    def fact(self) -> str | None:
        """The dotted name of the fact, if it is one of the job's own."""
        head, _, rest = self.text.partition(".")
        return rest if head == "facts" else None

    @property
    def flows(self) -> bool:
        """True if the value may change without an event of the job."""
        return self._head in _FLOWING

    @property
    def is_of_course(self) -> bool:
        """True if jobs of one course have the value in common."""
        return self._head in _OF_COURSE

    @property
    def is_moment(self) -> bool:
        """True for a moment at the same distance from the creation of each job of a course."""
        return self._head in _MOMENTS

    @property
    def _head(self) -> str:
        inner = self.text
        while inner.startswith("parent."):
            inner = inner.removeprefix("parent.")
        return inner.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Condition:
    """Paths, each with the values that it may have; all must fit. An empty one always holds."""

    tests: tuple[tuple[Path, tuple[Any, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Returns True if there is any condition."""
        return bool(self.tests)

    def __str__(self) -> str:
        return ", ".join(path.text for path, _ in self.tests)

    def holds(self, state: MachineState) -> bool | None:
        """Returns True if it holds in a state; None if more than the state decides."""
        seen = {"state": state.name, "kind": state.kind, "outcome": state.outcome}
        known = [seen[p.text] in allowed for p, allowed in self.tests if p.text in seen]
        if not all(known):
            return False
        return True if len(known) == len(self.tests) else None

    def possible(self, machine: Machine) -> frozenset[str]:
        """Returns the states in which it can hold."""
        return frozenset(n for n, state in machine.states.items() if self.holds(state) is not False)

    def certain(self, machine: Machine) -> frozenset[str] | None:
        """Returns the states in which it holds; None if more than the state decides."""
        if any(path.text not in _STATE_PATHS for path, _ in self.tests):
            return None
        return self.possible(machine)

    @property
    def facts(self) -> Mapping[str, tuple[Any, ...]]:
        """The allowed values of the job's facts, by dotted name."""
        return {path.fact: allowed for path, allowed in self.tests if path.fact}

    @property
    def decidable(self) -> bool:
        """True if the job's state and facts decide it."""
        return all(path.fact or path.text in _STATE_PATHS for path, _ in self.tests)


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Const:
    """A constant."""

    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A text of constant pieces and values; if one of the values is missing, so is the text."""

    pieces: tuple[str | Path, ...]

    @property
    def paths(self) -> Iterator[Path]:
        """The paths of its values."""
        return (piece for piece in self.pieces if isinstance(piece, Path))


@dataclass(frozen=True, slots=True)
class Lines:
    """The job's log as one text, each entry a line."""

    line: Text

    @property
    def paths(self) -> Iterator[Path]:
        """The paths of the lines' fields."""
        return self.line.paths


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is not missing."""

    choices: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The span from one moment to another."""

    start: Path
    end: Path
    written: str | None = None

    @property
    def paths(self) -> Iterator[Path]:
        """The paths of the two moments."""
        return iter((self.start, self.end))


@dataclass(frozen=True, slots=True)
class Pick:
    """A value of one of a job's parts, chosen among those of a name that meet a condition.

    `count` counts the parts instead, and `any` is true if the value of one is.
    """

    part: str
    where: Condition
    choice: Choice
    value: Path | None = None
    by: Path | None = None


@dataclass(frozen=True, slots=True)
class When:
    """A value that is missing unless a condition holds."""

    condition: Condition
    value: Value


@dataclass(frozen=True, slots=True)
class Each:
    """A list with one item for each job, log line or part, or for the job itself; with `key`, a map.

    With `part`, its items are the parts of that name that meet `where`.
    """

    over: Literal["jobs", "log", "self", "parts"]
    item: Shown
    part: str = ""
    where: Condition = ALWAYS
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """An object of properties. If it may be missing, it is present with any value of `told`."""

    properties: Mapping[str, Shown]
    told: tuple[Value, ...] = ()


Value = Path | Const | Text | Lines | FirstOf | Between | Pick | When | Each | Object


@dataclass(frozen=True, slots=True)
class Shown:
    """The value at one place of a body, with the limits of its schema at `place`.

    Without a value, the place is always null. If a sample completes the value, `told` is the
    value alone.
    """

    value: Value | None
    place: str
    type: str | None = None
    nullable: bool = False
    required: bool = True
    told: Value | None = None


def unconditional(value: Value | None) -> Value | None:
    """Returns the value inside a condition; any other value as it is."""
    return value.value if isinstance(value, When) else value


def under(condition: Condition, value: Value) -> Value:
    """Returns a value that is missing unless a condition holds; an object is there if it does."""
    made = _under(condition, value)
    if isinstance(made, Object):
        return replace(made, told=(When(condition, Const(value=True)),))
    return made


def _under(condition: Condition, value: Value) -> Value:
    if isinstance(value, Object):
        inner = {name: _shown_under(condition, p) for name, p in value.properties.items()}
        return Object(inner, tuple(_under(condition, each) for each in value.told))
    if isinstance(value, When):
        return When(Condition((*condition.tests, *value.condition.tests)), value.value)
    return When(condition, value)


def _shown_under(condition: Condition, shown: Shown) -> Shown:
    value, told = (each and _under(condition, each) for each in (shown.value, shown.told))
    return replace(shown, value=value, told=told)


# -- walking -------------------------------------------------------------------------------------


def leaves(shown: Shown, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shown]]:
    """Yields every value except objects, with its path in the JSON; lists are not entered."""
    if isinstance(shown.value, Object):
        for name, inner in shown.value.properties.items():
            yield from leaves(inner, (*path, name))
    elif shown.value is not None:
        yield path, shown


def places(shown: Shown, machine: Machine | None) -> Iterator[tuple[Shown, Machine | None]]:
    """Yields every place of a body, outer ones first, with the machine of the job shown there."""
    yield shown, machine
    if isinstance(shown.value, Object):
        for inner in shown.value.properties.values():
            yield from places(inner, machine)
    elif isinstance(each := unconditional(shown.value), Each):
        yield from places(each.item, listed_machine(each, machine))


def listed_machine(each: Each, machine: Machine | None) -> Machine | None:
    """Returns the machine of a list's items."""
    if each.over == "parts" and machine is not None:
        return machine.parts[each.part]
    return None if each.over == "log" else machine


def sources(value: Value | None) -> Iterator[Path]:
    """Yields the paths that a value may come from; those in conditions do not count."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, When | Pick):
        yield from sources(value.value)
    elif isinstance(value, FirstOf):
        for choice in value.choices:
            yield from sources(choice)


def needs_base(value: Value | None) -> bool:
    """Returns True if a value depends on the server's URL, as the client sees it."""
    return any(path.text == "base" for path in _all_paths(value))


def needs_counts(value: Value | None) -> bool:
    """Returns True if a value of a list contains the number of jobs in each state."""
    return any(path.text.startswith("page.counts") for path in _all_paths(value))


def is_steady(value: Value | None) -> bool:
    """Returns True if a value of a job changes only when the job does."""
    return not any(path.flows for path in _all_paths(value))


def shows_log(value: Value | None) -> bool:
    """Returns True if a value of a job shows its log."""
    return any(path.text.startswith("entry.") for path in _all_paths(value))


def is_of_course(value: Value | None) -> bool:
    """Returns True if jobs of one course have a value in common: it shows no ID, and no moment."""
    if isinstance(value, Lines) or (isinstance(value, Each) and value.over in ("jobs", "log")):
        return False
    if isinstance(value, Between):
        return all(path.is_moment for path in value.paths)
    own = all(path.is_of_course for path in _own_paths(value))
    return own and all(map(is_of_course, _inner_values(value)))


def _own_paths(value: Value | None) -> Iterator[Path]:
    """Yields the paths of a value itself; moments that only give parts an order are left out."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Text | Lines | Between):
        yield from value.paths
    elif isinstance(value, When):
        yield from _paths_of(value.condition)
    elif isinstance(value, Pick):
        order = None if value.by is None or value.by.is_moment else value.by
        yield from (*_paths_of(value.where), *filter(None, (value.value, order)))
    elif isinstance(value, Each):
        yield from (*_paths_of(value.where), *filter(None, (value.key,)))


def _inner_values(value: Value | None) -> Iterator[Value | None]:
    """Yields the values of which a value is made."""
    if isinstance(value, FirstOf):
        yield from value.choices
    elif isinstance(value, When):
        yield value.value
    elif isinstance(value, Each):
        yield value.item.value
    elif isinstance(value, Object):
        yield from (shown.value for shown in value.properties.values())


def _all_paths(value: Value | None) -> Iterator[Path]:
    """Yields the paths of a value, and of the values of which it is made."""
    yield from _own_paths(value)
    yield from chain.from_iterable(map(_all_paths, _inner_values(value)))


def _paths_of(condition: Condition) -> Iterator[Path]:
    return (path for path, _ in condition.tests)
