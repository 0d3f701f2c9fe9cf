"""Checks JSON bodies against their schemas: undocumented fields, and values that do not fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.judge.drift.changes import Changes, owner
from jobtwin.judge.drift.findings import Change, Finding, Severity
from jobtwin.judge.drift.shapes import Shape, Shapes
from jobtwin.judge.redaction import redacted
from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.law import TYPE_NAMES
from jobtwin.openapi.pointer import node_at, pointer

_LONGEST = 60
_INSIDE = (dict, list)

_DATA = re.compile(r"\d+|[0-9a-fA-F-]{36}|(?=.*\d)[\w.:-]{16,}")
"""A field name that is an id, and so data."""

_NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class BodyPlace:
    """The place of a body: its operation, a label, and the pointer of its schema."""

    operation: str
    label: str
    schema: str
    machine: Machine | None


class BodyChecker:
    """Checks bodies against the schemas of one spec."""

    def __init__(self, spec: Spec, changes: Changes) -> None:
        self._data = spec.document.data
        self._schemas = spec.schemas
        self._shapes = Shapes(spec)
        self._changes = changes

    def check(self, place: BodyPlace, body: Any) -> list[Finding]:
        """Returns the findings on a body."""
        shape = self._shapes.at(place.schema, place.machine)
        found: list[Finding] = []
        self._look(place, shape, body, "", found)
        validator = self._schemas.validator(node_at(self._data, place.schema))
        if not validator.is_valid(body):
            errors = (leaf for e in validator.iter_errors(body) for leaf in _leaves(e))
            found += (f for e in errors for f in self._broken(place, shape, e))
        return found

    # -- what the schema does not name -----------------------------------------------------------

    def _look(
        self, place: BodyPlace, shape: Shape, value: Any, where: str, found: list[Finding]
    ) -> None:
        if isinstance(value, dict):
            self._look_into(place, shape, value, where, found)
        elif isinstance(value, list) and (items := shape.items) is not None:
            for item in value:
                self._look(place, items, item, f"{where}/*", found)
        elif isinstance(value, str) and _is_unknown(value, shape.open):
            found.append(self._stateless(place, shape, value, where))

    def _look_into(
        self,
        place: BodyPlace,
        shape: Shape,
        value: dict[str, Any],
        where: str,
        found: list[Finding],
    ) -> None:
        for name, inner in value.items():
            if (child := shape.properties.get(name)) is not None:
                if child.open or isinstance(inner, _INSIDE):
                    self._look(place, child, inner, where + pointer([name]), found)
            elif shape.others is not None:
                self._look(place, shape.others, inner, f"{where}/*", found)
            elif not shape.free:
                found.append(self._undocumented(place, shape, name, value, where))

    def _undocumented(
        self, place: BodyPlace, shape: Shape, name: str, value: dict[str, Any], where: str
    ) -> Finding:
        inner, data = value[name], _DATA.fullmatch(name) is not None
        return Finding(
            Severity.DRIFT,
            "undocumented-field",
            place.operation,
            f"{place.label} {where}{'/*' if data else pointer([name])}",
            "",
            f"is {TYPE_NAMES[_NAMES[type(inner)]]}; the spec has no such field",
            seen=(inner,),
            change=self._changes.field(shape, None if data else name, value),
        )

    def _stateless(self, place: BodyPlace, shape: Shape, value: Any, where: str) -> Finding:
        known = ", ".join(sorted(shape.states or ()))
        machine = shape.machine
        return Finding(
            Severity.VIOLATION,
            "unknown-state",
            place.operation,
            f"{place.label} {where or '/'}",
            _shown(value),
            f"{_shown(value)} is not one of the states of {machine.name if machine else ''} ({known})",
            change=self._changes.state(machine, value) if machine else None,
        )

    # -- what the schema forbids -----------------------------------------------------------------

    def _broken(self, place: BodyPlace, root: Shape, error: Any) -> Iterator[Finding]:
        if redacted(error.instance) or error.kind.name == "additionalProperties":
            return  # a masked secret, or reported as an undocumented field
        shape, where = root.walk(error.instance_path)
        if error.kind.name == "enum" and shape is not None and shape.states:
            yield self._stateless(place, shape, error.instance, where)
        else:
            yield self._violation(place, error, where)

    def _violation(self, place: BodyPlace, error: Any, where: str) -> Finding:
        at = owner(self._data, place.schema, error.schema_path)
        rule, subject, why, change = self._explained(error, at)
        if rule == "missing-field":
            where += pointer([error.kind.property])
        label = f"{place.label} {where or '/'}"
        return Finding(
            Severity.VIOLATION, rule, place.operation, label, subject, why, change=change
        )

    def _explained(self, error: Any, at: str | None) -> tuple[str, str, str, Change | None]:
        """Returns the broken rule, the subject, an explanation, and a change of the spec."""
        explanations = {"required": self._missing, "type": self._mistyped, "enum": self._unknown}
        return explanations.get(error.kind.name, self._unfit)(error, at)

    def _missing(self, error: Any, at: str | None) -> tuple[str, str, str, Change | None]:
        change = self._changes.optional(at, error.kind.property) if at else None
        return "missing-field", "", "is missing; the spec requires it", change

    def _unknown(self, error: Any, at: str | None) -> tuple[str, str, str, Change | None]:
        shown, known = _shown(error.instance), ", ".join(map(_shown, error.kind.options))
        change = self._changes.value(at, error.instance) if at else None
        return "unknown-value", shown, f"{shown} is not one of {known}", change

    def _unfit(self, error: Any, at: str | None) -> tuple[str, str, str, Change | None]:
        kind = error.kind.name
        node = node_at(self._data, at) if at else {}
        limit = f" {_shown(node[kind])}" if isinstance(node.get(kind), str | int | float) else ""
        return "wrong-value", kind, f"does not fit the spec's `{kind}`{limit}", None

    def _mistyped(self, error: Any, at: str | None) -> tuple[str, str, str, Change | None]:
        seen, wanted = _NAMES[type(error.instance)], list(error.kind.types)
        why = f"is {TYPE_NAMES[seen]}, not {' or '.join(TYPE_NAMES[kind] for kind in wanted)}"
        if at is None:
            return "wrong-type", seen, why, None
        if seen == "null":
            return "wrong-type", seen, why, self._changes.nullable(at)
        if seen == "number" and "integer" in wanted:
            return "wrong-type", seen, why, self._changes.fractional(at)
        return "wrong-type", seen, why, None


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _leaves(error: Any) -> Iterator[Any]:
    """Yields the causes of an error: for a failed `oneOf` or `anyOf`, those of the closest branch."""
    if error.kind.name not in ("anyOf", "oneOf"):
        yield error
        return
    branches: Sequence[Sequence[Any]] = getattr(error.kind, "context", ())
    if branches and all(branches):  # not if several branches match
        depth = len(error.instance_path)
        nearest = min(branches, key=lambda branch: _distance(branch, depth))
        for inner in nearest:
            yield from _leaves(inner)


def _distance(branch: Sequence[Any], depth: int) -> tuple[bool, bool, int]:
    """Returns a value's distance from a branch: a different type is the farthest, then a different constant."""
    return (
        any(e.kind.name == "type" and len(e.instance_path) == depth for e in branch),
        any(e.kind.name == "enum" and len(e.kind.options) == 1 for e in branch),
        len(branch),
    )


def _is_unknown(text: str, states: frozenset[str] | None) -> bool:
    """Returns True if a text is none of the documented states, and no masked secret."""
    return bool(states) and text not in (states or ()) and not redacted(text)
