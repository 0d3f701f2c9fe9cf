"""The documented shape of a value: its properties, items and states, by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.pointer import members, pointer
from jobtwin.openapi.values import (
    Each,
    Path,
    Shown,
    Value,
    listed_machine,
    places,
    unconditional,
)

Member = tuple[str, Mapping[str, Any]]
"""A schema that describes a value, and its JSON pointer in the spec."""


def state_enums(spec: Spec, machine: Machine) -> list[str]:
    """Returns the pointers of the enums that show a state of a machine."""
    schemas = [at for (at, of), shown in _shown(spec).items() if of is machine and _is_state(shown)]
    nodes = chain.from_iterable(members(spec.document.data, at) for at in schemas)
    return list(dict.fromkeys(place for place, node in nodes if "enum" in node))


def _is_state(shown: Shown) -> bool:
    return isinstance(shown.value, Path) and shown.value.text == "state"


def _shown(spec: Spec) -> Mapping[tuple[str, Machine | None], Shown]:
    """Returns the values shown by schemas, by the schema's pointer and the job's machine."""
    return {
        (inner.place, machine): inner
        for operation in spec.operations
        for response in operation.responses.values()
        if response.shown
        for inner, machine in places(response.shown, operation.machine)
    }


class Shapes:
    """The shapes of one spec, each created once."""

    def __init__(self, spec: Spec) -> None:
        self.data = spec.document.data
        self.shown = _shown(spec)
        self._made: dict[tuple[tuple[str, ...], Machine | None], Shape] = {}

    def at(self, place: str, machine: Machine | None) -> Shape:
        """Returns the shape of the schema at a JSON pointer, for jobs of a machine."""
        return self.of([place], machine)

    def of(self, pointers: Sequence[str], machine: Machine | None) -> Shape:
        """Returns the common shape of several schemas."""
        key = tuple(pointers), machine
        if key not in self._made:
            found = {p: n for place in pointers for p, n in members(self.data, place)}
            self._made[key] = Shape(self, tuple(found.items()), machine)
        return self._made[key]


@dataclass(frozen=True, eq=False)
class Shape:
    """The documented values at one place; `machine` is that of the job shown there."""

    shapes: Shapes
    members: tuple[Member, ...]
    machine: Machine | None

    @cached_property
    def _named(self) -> Mapping[str, Sequence[str]]:
        """Property → the pointers of its schemas."""
        found: dict[str, list[str]] = {}
        for place, node in self.members:
            for name in node.get("properties", ()):
                found.setdefault(name, []).append(f"{place}/properties{pointer([name])}")
        return found

    @cached_property
    def _others(self) -> Sequence[str]:
        return [
            f"{place}/additionalProperties"
            for place, node in self.members
            if isinstance(node.get("additionalProperties"), dict)
        ]

    @cached_property
    def free(self) -> bool:
        """True if a map here may hold anything: the spec says so, or says nothing."""
        said = [n["additionalProperties"] for _, n in self.members if "additionalProperties" in n]
        return True in said or {} in said or not (self._named or said)

    @cached_property
    def properties(self) -> Mapping[str, Shape]:
        """The known properties of a map."""
        inner = self._inner
        return {name: self.shapes.of(places, inner) for name, places in self._named.items()}

    @cached_property
    def others(self) -> Shape | None:
        """The shape of a map's values whose names are data."""
        return self.shapes.of(self._others, self._inner) if self._others else None

    @cached_property
    def items(self) -> Shape | None:
        """The shape of a list's items."""
        places = [f"{place}/items" for place, node in self.members if "items" in node]
        return self.shapes.of(places, self._inner) if places else None

    @cached_property
    def _value(self) -> Value | None:
        """The value that is shown here."""
        known = (self.shapes.shown.get((place, self.machine)) for place, _ in self.members)
        return next((unconditional(shown.value) for shown in known if shown), None)

    @property
    def _inner(self) -> Machine | None:
        """The machine of the jobs inside: in a list of parts, the machine of the parts."""
        value = self._value
        return listed_machine(value, self.machine) if isinstance(value, Each) else self.machine

    @cached_property
    def states(self) -> frozenset[str] | None:
        """The states that can be shown here; None if it is no state."""
        shown = isinstance(self._value, Path) and self._value.text == "state"
        return frozenset(self.machine.states) if shown and self.machine else None

    @cached_property
    def open(self) -> frozenset[str] | None:
        """The same, but None if an enum lists the values."""
        return None if any("enum" in node for _, node in self.members) else self.states

    def child(self, token: str | int) -> Shape | None:
        """Returns the shape one step further down a JSON pointer; None if it is undocumented."""
        if isinstance(token, int):
            return self.items
        return self.properties.get(token) or self.others

    def walk(self, path: Sequence[str | int]) -> tuple[Shape | None, str]:
        """Returns the shape at a path, and the path with `*` in place of data."""
        shape: Shape | None = self
        tokens: list[str] = []
        for token in path:
            known = shape is not None and token in shape.properties
            tokens.append(str(token) if known or shape is None else "*")
            shape = shape.child(token) if shape else None
        return shape, pointer(tokens)
