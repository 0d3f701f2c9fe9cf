"""What an answer shows, as plain data: values and conditions, and the objects and lists of them.

The server makes functions of this data (`emitting`), the judge reads answers by it backwards, the
generator finds places by it. Nothing here knows how a spec spells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jobtwin.lifecycle.machine import Machine, State

Choice = Literal["only", "first", "last", "any", "count"]

_STATE_PATHS = ("state", "kind", "outcome")
_FLOWING = ("base", "counters", "progress", "request")
"""The heads of paths whose values may change though nothing has happened to the job."""


@dataclass(frozen=True, slots=True)
class Path:
    """A value looked up by a dotted path, such as `created_at`, `facts.reason` or `page.total`.

    `type` is what it leads to: a moment, span, percent, number, integer, text, boolean, counts, or
    any JSON. `written` is how that becomes JSON; None writes it as it is.
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
        """Whether the value may change though nothing has happened to the job."""
        inner = self.text
        while inner.startswith("parent."):
            inner = inner.removeprefix("parent.")
        return inner.partition(".")[0] in _FLOWING


@dataclass(frozen=True, slots=True)
class Condition:
    """Paths, each with the values that it may have; all must fit. An empty one always holds."""

    tests: tuple[tuple[Path, tuple[Any, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.tests)

    def __str__(self) -> str:
        return ", ".join(path.text for path, _ in self.tests)

    def holds(self, state: State) -> bool | None:
        """Whether it holds in a state; None if more than the state decides."""
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
        """What it asks of the job's facts, by their dotted names."""
        return {path.fact: allowed for path, allowed in self.tests if path.fact}

    @property
    def decidable(self) -> bool:
        """Whether the job's state and facts alone decide it."""
        return all(path.fact or path.text in _STATE_PATHS for path, _ in self.tests)


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Const:
    """Always the same value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A text made of constant pieces and of values; without one of these, there is no text."""

    pieces: tuple[str | Path, ...]

    @property
    def paths(self) -> Iterator[Path]:
        """The values that it is made of."""
        return (piece for piece in self.pieces if isinstance(piece, Path))


@dataclass(frozen=True, slots=True)
class Lines:
    """The job's log as one text, each entry a line."""

    line: Text

    @property
    def paths(self) -> Iterator[Path]:
        """The fields of the log's lines."""
        return self.line.paths


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is there."""

    choices: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The span from one moment to another."""

    start: Path
    end: Path
    written: str | None = None

    @property
    def paths(self) -> Iterator[Path]:
        """The two moments."""
        return iter((self.start, self.end))


@dataclass(frozen=True, slots=True)
class Pick:
    """A value of one of a job's parts: of those of one name that fit a condition, one is chosen.

    `count` counts them instead, and `any` is true if the value of one is.
    """

    part: str
    where: Condition
    choice: Choice
    value: Path | None = None
    by: Path | None = None


@dataclass(frozen=True, slots=True)
class When:
    """A value that is there only while a condition holds."""

    condition: Condition
    value: Value


@dataclass(frozen=True, slots=True)
class Each:
    """A list with one item for each job, log line or part, or for the job itself; with `key`, a map.

    Of the parts called `part`, those that fit `where` are listed.
    """

    over: Literal["jobs", "log", "self", "parts"]
    item: Shown
    part: str = ""
    where: Condition = ALWAYS
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """An object made of its properties."""

    properties: Mapping[str, Shown]


Value = Path | Const | Text | Lines | FirstOf | Between | Pick | When | Each | Object


@dataclass(frozen=True, slots=True)
class Shown:
    """What one place of a body shows: the value, and what its schema, at `place`, allows.

    Without a value it is always null.
    """

    value: Value | None
    place: str
    type: str | None = None
    nullable: bool = False
    required: bool = True


def unconditional(value: Value | None) -> Value | None:
    """A value as it is while its condition holds."""
    return value.value if isinstance(value, When) else value


# -- walking -------------------------------------------------------------------------------------


def leaves(shown: Shown, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shown]]:
    """Every value that is no object, with its path in the JSON; what lists hold is not entered."""
    if isinstance(shown.value, Object):
        for name, inner in shown.value.properties.items():
            yield from leaves(inner, (*path, name))
    elif shown.value is not None:
        yield path, shown


def places(shown: Shown, machine: Machine | None) -> Iterator[tuple[Shown, Machine | None]]:
    """Every place of a body, from the outside in, with the machine of the job shown there."""
    yield shown, machine
    if isinstance(shown.value, Object):
        for inner in shown.value.properties.values():
            yield from places(inner, machine)
    elif isinstance(each := unconditional(shown.value), Each):
        yield from places(each.item, listed_machine(each, machine))


def listed_machine(each: Each, machine: Machine | None) -> Machine | None:
    """The machine of the items of a list."""
    if each.over == "parts" and machine is not None:
        return machine.parts[each.part]
    return None if each.over == "log" else machine


def sources(value: Value | None) -> Iterator[Path]:
    """The paths that a value may come from; conditions are none."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, When | Pick):
        yield from sources(value.value)
    elif isinstance(value, FirstOf):
        for choice in value.choices:
            yield from sources(choice)


def needs_base(value: Value | None) -> bool:
    """Whether a value depends on the URL at which the client finds the server."""
    return any(path.text == "base" for path in _all_paths(value))


def needs_counts(value: Value | None) -> bool:
    """Whether a value of a list tells how many jobs are in which state."""
    return any(path.text.startswith("page.counts") for path in _all_paths(value))


def is_steady(value: Value | None) -> bool:
    """Whether a value of a job stays as it is until something happens to the job."""
    return not any(path.flows for path in _all_paths(value))


def _all_paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, FirstOf):
        for choice in value.choices:
            yield from _all_paths(choice)
    elif isinstance(value, Text | Lines | Between):
        yield from value.paths
    elif isinstance(value, Pick):
        yield from _paths_of(value.where)
        yield from filter(None, (value.value, value.by))
    elif isinstance(value, When):
        yield from _paths_of(value.condition)
        yield from _all_paths(value.value)
    elif isinstance(value, Each):
        yield from _paths_of(value.where)
        yield from filter(None, (value.key,))
        yield from _all_paths(value.item.value)
    elif isinstance(value, Object):
        for shown in value.properties.values():
            yield from _all_paths(shown.value)


def _paths_of(condition: Condition) -> Iterator[Path]:
    return (path for path, _ in condition.tests)
