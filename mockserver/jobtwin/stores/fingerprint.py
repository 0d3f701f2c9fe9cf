"""Fingerprints of machines: equal for specs by which jobs have the same timelines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

from jobtwin.lifecycle import Machine

LENGTH = 16
"""Hexadecimal digits; enough to notice a mistaken file, not to withstand an attack."""

_IDLE = {"polling", "reason", "samples", "schemas", "secret_ids", "summary"}
"""Fields without an effect on existing jobs."""


def fingerprint(machines: Mapping[str, Machine]) -> str:
    """Returns a digest of machines and everything that affects their jobs, except descriptions."""
    shown = {name: _Shown().machine(machine) for name, machine in machines.items()}
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def fingerprints(machines: Mapping[str, Machine]) -> dict[str, str]:
    """Returns the fingerprint of each spec; machines are named `SPEC/MACHINE`."""
    return {name: fingerprint(theirs) for name, theirs in by_spec(machines).items()}


def by_spec(machines: Mapping[str, Machine]) -> dict[str, dict[str, Machine]]:
    """Returns the machines of each spec."""
    found: dict[str, dict[str, Machine]] = {}
    for name, machine in sorted(machines.items()):
        found.setdefault(name.partition("/")[0], {})[name] = machine
    return found


class _Shown:
    """One machine as JSON; machines lead to each other, so that each is shown once."""

    def __init__(self) -> None:
        self._seen: set[Machine] = set()

    def machine(self, machine: Machine) -> Any:
        if machine in self._seen:
            return {"machine": machine.name}
        self._seen.add(machine)
        return self._fields(machine)

    def _value(self, value: Any) -> Any:
        if isinstance(value, Machine):
            return self.machine(value)
        if is_dataclass(value):
            return self._fields(value)
        if isinstance(value, Mapping):
            return {str(name): self._value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return list(map(self._value, value))
        return _scalar(value)

    def _fields(self, value: Any) -> dict[str, Any]:
        """Returns the values that differ from the defaults, so that a new field with a default changes no fingerprint."""
        given = [each for each in fields(value) if each.init and each.name not in _IDLE]
        found = {each.name: (each, getattr(value, each.name)) for each in given}
        return {
            name: self._value(inner)
            for name, (field, inner) in found.items()
            if not _is_default(field, inner)
        }


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a machine holds {type(value).__name__}, which is no data")
