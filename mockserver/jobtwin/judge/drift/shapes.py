"""What a schema knows of a value, place by place: which properties, which items, which states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.pointer import pointer

Member = tuple[str, Mapping[str, Any]]
"""A schema that has its say on a value, and its JSON pointer in the spec."""

_CHOICES = ("allOf", "oneOf", "anyOf")


def node_at(data: Any, where: str) -> Any:
    """What stands at a JSON pointer, lists included; KeyError or IndexError where nothing does."""
    for token in where.split("/")[1:]:
        data = data[int(token) if isinstance(data, list) else plain(token)]
    return data


def plain(token: str) -> str:
    """A token of a JSON pointer as the name that it stands for."""
    return token.replace("~1", "/").replace("~0", "~")


class Shapes:
    """The shapes of one spec, each made once."""

    def __init__(self, spec: Spec) -> None:
        self.document = spec.document
        self._made: dict[tuple[tuple[str, ...], Machine | None], Shape] = {}

    def at(self, place: str, machine: Machine | None) -> Shape:
        """The shape of the schema at a JSON pointer, for jobs of a machine."""
        return self.of([place], machine)

    def of(self, places: Sequence[str], machine: Machine | None) -> Shape:
        """The shape of what several schemas speak of."""
        key = tuple(places), machine
        if key not in self._made:
            members = {p: n for place in places for p, n in self._members(place)}
            self._made[key] = Shape(self, tuple(members.items()), machine)
        return self._made[key]

    def _members(self, place: str) -> Iterator[Member]:
        """The schema at a pointer, and those that it is made of or chooses from."""
        node = node_at(self.document.data, place)
        while "$ref" in node:
            place = node["$ref"][1:]
            node = node_at(self.document.data, place)
        yield place, node
        for key in _CHOICES:
            for index, _ in enumerate(node.get(key, ())):
                yield from self._members(f"{place}/{key}/{index}")


@dataclass(frozen=True, eq=False)
class Shape:
    """All that a spec says of the values at one place; `machine` is that of the job shown there."""

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
        """Whether a map here may hold anything: the spec says so, or says nothing."""
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
    def _value(self) -> Mapping[str, Any]:
        """The `x-job-value` of this place, in its long form."""
        said: Any = next((n["x-job-value"] for _, n in self.members if "x-job-value" in n), {})
        return {"path": said} if isinstance(said, str) else said

    @property
    def _inner(self) -> Machine | None:
        """The machine of what stands inside: where parts are listed, the parts'."""
        each = self._value.get("each")
        if each in (None, "jobs", "self") or self.machine is None:
            return self.machine
        return self.machine.parts.get(each)

    @cached_property
    def states(self) -> frozenset[str] | None:
        """The states that can be shown here; None where no state is shown."""
        if self._value.get("path") != "state" or "of" in self._value or self.machine is None:
            return None
        return frozenset(self.machine.states)

    @cached_property
    def open(self) -> frozenset[str] | None:
        """The same, but None where an enum lists the values, too."""
        return None if any("enum" in node for _, node in self.members) else self.states

    def child(self, token: str | int) -> Shape | None:
        """The shape one step further down a JSON pointer; None where the spec does not say."""
        if isinstance(token, int):
            return self.items
        return self.properties.get(token) or self.others

    def walk(self, path: Sequence[str | int]) -> tuple[Shape | None, str]:
        """The shape at a path of a value, and the path folded: data in it is `*`."""
        shape: Shape | None = self
        tokens: list[str] = []
        for token in path:
            known = shape is not None and token in shape.properties
            tokens.append(str(token) if known or shape is None else "*")
            shape = shape.child(token) if shape else None
        return shape, pointer(tokens)
