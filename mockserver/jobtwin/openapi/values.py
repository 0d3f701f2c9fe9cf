"""The values that responses show, as plain data: paths, conditions, objects and lists.

The server compiles this data to functions (`emitting`), the judge inverts it to read responses, and
the generator finds the places of values with it. The syntax of specs is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from jobtwin.lifecycle.machine import Machine, MachineState

Choice = Literal["only", "first", "last", "any", "count"]

_STATE_PATHS = ("state", "kind", "outcome")
_FLOWING = ("base", "counters", "progress", "request")
"""First segments of paths whose values may change without an event of the job."""


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
        inner = self.text
        while inner.startswith("parent."):
            inner = inner.removeprefix("parent.")
        return inner.partition(".")[0] in _FLOWING


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
        """The states in which it can hold."""
        return frozenset(n for n, state in machine.states.items() if self.holds(state) is not False)

    def certain(self, machine: Machine) -> frozenset[str] | None:
        """The states in which it holds; None if more than the state decides."""
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
    """An object made of its properties; where it may be missing, it is there with one of `told`."""

    properties: Mapping[str, Shown]
    told: tuple[Value, ...] = ()


Value = Path | Const | Text | Lines | FirstOf | Between | Pick | When | Each | Object


@dataclass(frozen=True, slots=True)
class Shown:
    """The value at one place of a body, and what its schema, at `place`, allows.

    Without a value, the place is always null. Where a sample completes the value, `told` is the
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
    """Returns True if a value of a list tells how many jobs are in which state."""
    return any(path.text.startswith("page.counts") for path in _all_paths(value))


def is_steady(value: Value | None) -> bool:
    """Returns True if a value of a job changes only when the job does."""
    return not any(path.flows for path in _all_paths(value))


def _all_paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Text | Lines | Between):
        yield from value.paths
    elif isinstance(value, Pick | Each):
        yield from _paths_in_parts(value)
    elif isinstance(value, When):
        yield from _paths_of(value.condition)
        yield from _all_paths(value.value)
    else:
        yield from chain.from_iterable(map(_all_paths, _members(value)))


def _members(value: Any) -> Iterable[Any]:
    """Returns the values that a choice or an object consists of."""
    if isinstance(value, FirstOf):
        return value.choices
    return [shown.value for shown in value.properties.values()] if isinstance(value, Object) else ()


def _paths_in_parts(value: Pick | Each) -> Iterator[Path]:
    yield from _paths_of(value.where)
    if isinstance(value, Pick):
        yield from filter(None, (value.value, value.by))
    else:
        yield from filter(None, (value.key,))
        yield from _all_paths(value.item.value)


def _paths_of(condition: Condition) -> Iterator[Path]:
    return (path for path, _ in condition.tests)
