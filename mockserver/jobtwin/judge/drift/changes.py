"""JSON Patch steps that would make the spec allow what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from jobtwin.judge.drift.findings import Change, CountedFinding, PatchStep
from jobtwin.judge.drift.shapes import Member, Shape, state_enums
from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.extensions import added_state
from jobtwin.openapi.pointer import followed, node_at, pointer

SEEN = "Seen in recorded traffic"
_GUESS = f"{SEEN}; what it means, and what leads to it and on from it, is a guess"


def evidence(counted: CountedFinding) -> dict[str, str]:
    """Returns `x-evidence` for an observation: how often, in which operation, and when."""
    days = dict.fromkeys(f"{at:%Y-%m-%d}" for at in (counted.first, counted.last))
    times = "once" if counted.count == 1 else f"{counted.count} times"
    operation = counted.finding.operation
    return {"published": f"recorded traffic, {times} in {operation}, {' to '.join(days)}"}


class Changes:
    """Makes changes for one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._data = spec.document.data

    # -- fields ----------------------------------------------------------------------------------

    def field(self, shape: Shape, name: str | None, value: Any) -> Change:
        """Describes a property of an object in the schema that fits best; None means any name."""
        return partial(self._field, shape, name, value)

    def _field(
        self, shape: Shape, name: str | None, value: Any, counted: CountedFinding
    ) -> Iterator[PatchStep]:
        place, _ = self._home(shape, value)
        schema = {**(counted.schema or {}), "description": SEEN, "x-evidence": evidence(counted)}
        where = "/additionalProperties" if name is None else f"/properties{pointer([name])}"
        yield PatchStep("add", place + where, schema)

    def _home(self, shape: Shape, value: Any) -> Member:
        """Returns the schema of several that a new property belongs to."""
        holding = [m for m in shape.members if "properties" in m[1]] or list(shape.members)
        fitting = (m for m in holding if self._spec.schemas.validator(m[1]).is_valid(value))
        return next(fitting, holding[0])

    def nullable(self, place: str) -> Change:
        """Allows null."""
        return lambda _: [PatchStep("add", f"{place}/nullable", value=True)]

    def fractional(self, place: str) -> Change:
        """Allows a fraction."""
        steps = [PatchStep("replace", f"{place}/type", "number")]
        if "format" in node_at(self._data, place):
            steps.append(PatchStep("remove", f"{place}/format", None))
        return lambda _: steps

    def optional(self, place: str, name: str) -> Change:
        """Makes a property optional."""
        return lambda _: [PatchStep("unrequire", f"{place}/required", name)]

    def value(self, place: str, value: Any) -> Change:
        """Returns a change that adds a value to an enum."""
        return lambda _: [PatchStep("add", f"{place}/enum/-", value)]

    # -- states ----------------------------------------------------------------------------------

    def state(self, machine: Machine, name: str) -> Change | None:
        """Returns a change that adds a state and its transitions; None for derived states."""
        if machine.rules or not isinstance(name, str):
            return None
        return partial(self._state, machine, name)

    def _state(self, machine: Machine, name: str, counted: CountedFinding) -> Iterator[PatchStep]:
        for place in state_enums(self._spec, machine):
            if name not in node_at(self._data, place)["enum"]:
                yield PatchStep("add", f"{place}/enum/-", name)
        summary = evidence(counted)["published"]
        for place, value in added_state(machine, name, summary, why=_GUESS):
            yield PatchStep("add", place, value)

    # -- answers and requests --------------------------------------------------------------------

    def status(self, operation: str, status: int, kind: str | None) -> Change:
        """Returns a change that adds a response to the operation at a pointer."""
        return partial(self._status, operation, status, kind)

    def _status(
        self, place: str, status: int, kind: str | None, counted: CountedFinding
    ) -> Iterator[PatchStep]:
        response: dict[str, Any] = {"description": SEEN, "x-evidence": evidence(counted)}
        if kind is not None:
            response["content"] = {kind: {"schema": counted.schema or {"type": "string"}}}
        yield PatchStep("add", f"{place}/responses/{status}", response)

    def content(self, response: str, kind: str) -> Change:
        """Returns a change that adds a media type to the response at a pointer."""
        return lambda counted: [
            PatchStep(
                "add",
                f"{response}/content{pointer([kind])}",
                {"schema": counted.schema or {"type": "string"}},
            )
        ]

    def header(self, response: str, name: str) -> Change:
        """Returns a change that adds an optional header to the response at a pointer."""
        return lambda counted: [
            PatchStep(
                "add",
                f"{response}/headers{pointer([name])}",
                {
                    "description": SEEN,
                    "required": False,
                    "schema": {"type": "string"},
                    "x-evidence": evidence(counted),
                },
            )
        ]

    def parameter(self, operation: str, name: str) -> Change:
        """Returns a change that adds a query parameter to the operation at a pointer."""
        return lambda counted: [
            PatchStep(
                "add",
                f"{operation}/parameters/-",
                {
                    "name": name,
                    "in": "query",
                    "description": SEEN,
                    "schema": {"type": "string"},
                    "x-evidence": evidence(counted),
                },
            )
        ]


def owner(data: Any, schema: str, path: Sequence[str | int]) -> str | None:
    """Returns the pointer of the schema whose keyword a validator's `path` names, or None.

    Such a path starts at the schema validated, or, below a reference, at the document.
    """
    if not path:
        return None
    below = pointer(path[:-1])
    place = below if path[0] == "components" else schema + below
    try:
        place, node = followed(data, place, node_at(data, place))
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return place if path[-1] in node else None
