"""Finds the fields that tell a job's state if none has its text: flags, numbers, two fields."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jobtwin.lifecycle import Machine
from jobtwin.lifecycle.machine import MachineState
from jobtwin.openapi.values import Const, FirstOf, Path, Shown, Value, When
from jobwait.lifecycle import Path as Keys
from jobwait.lifecycle import Plain, Sign

Values = frozenset[Plain | None]
"""The values that a field may show; None is no value."""


def signs(values: Iterable[tuple[Keys, Shown]], machine: Machine) -> tuple[Sign, ...]:
    """Returns the fields that together show a job's progress and outcome; () if none do."""
    leaves = list(values)
    by_value = [
        _Telling(keys, by_state, is_presence=False)
        for keys, shown in leaves
        if (by_state := _by_state(shown.value, machine))
    ]
    by_presence = [
        _Telling(keys, by_state, is_presence=True)
        for keys, shown in leaves
        if (by_state := _by_presence(shown.value, machine))
    ]
    ways = (by_value, [*by_value, *by_presence]) if by_value else ()
    able = (way for way in ways if _tells(machine, [each.by_state for each in way]))
    return tuple(each.sign for each in next(able, ()))


class _Telling(NamedTuple):
    """A field, with its values in each state, or True in those in which it is present."""

    keys: Keys
    by_state: dict[str, Values]
    is_presence: bool

    @property
    def sign(self) -> Sign:
        return Sign(self.keys, _inverted(self.by_state), self.is_presence)


def _by_state(value: Value | None, machine: Machine) -> dict[str, Values] | None:
    """Returns the values of a field in each state; None if they do not depend on the state alone."""
    shown = {name: _shown(value, state) for name, state in machine.states.items()}
    sure = {name: each for name, each in shown.items() if each is not None}
    return sure if len(sure) == len(shown) and len(set(sure.values())) > 1 else None


def _by_presence(value: Value | None, machine: Machine) -> dict[str, Values] | None:
    """Returns True if the reason of a failure is present, in each state; None for any other field."""
    if not isinstance(value, When) or not _is_reason(value.value, machine):
        return None
    holds = {name: value.condition.holds(state) for name, state in machine.states.items()}
    if None in holds.values() or len(set(holds.values())) == 1:
        return None
    return {name: frozenset([shows or None]) for name, shows in holds.items()}


def _is_reason(value: Value | None, machine: Machine) -> bool:
    return isinstance(value, Path) and bool(machine.reason) and value.fact == machine.reason


def _shown(value: Value | None, state: MachineState) -> Values | None:
    """Returns the values that may be shown in a state; None if the state does not decide them."""
    if isinstance(value, When):
        return _shown_when(value, state)
    if isinstance(value, FirstOf):
        return _first_shown(value.choices, state)
    if isinstance(value, Const):
        plain = value.value is None or isinstance(value.value, str | int | float)
        return frozenset([value.value]) if plain else None
    return _shown_of_state(value.text, state) if isinstance(value, Path) else None


def _shown_of_state(path: str, state: MachineState) -> Values | None:
    outcome = state.outcome.value if state.outcome else None
    shown = {"state": state.name, "kind": state.kind.value, "outcome": outcome}
    return frozenset([shown[path]]) if path in shown else None


def _shown_when(value: When, state: MachineState) -> Values | None:
    holds = value.condition.holds(state)
    if holds is False:
        return frozenset([None])
    inner = _shown(value.value, state)
    return inner if holds or inner is None else inner | {None}


def _first_shown(choices: Iterable[Value], state: MachineState) -> Values | None:
    found: Values = frozenset()
    for choice in choices:
        shown = _shown(choice, state)
        if shown is None:
            return None
        found |= shown - {None}
        if None not in shown:
            return found
    return found | {None}


def _tells(machine: Machine, fields: list[dict[str, Values]]) -> bool:
    """Returns True if states of different kinds or outcomes differ in some field."""
    if not fields:
        return False
    meanings = {name: (s.kind, s.outcome) for name, s in machine.states.items()}
    return all(
        meanings[one] == meanings[other] or any(_differ(f[one], f[other]) for f in fields)
        for one in machine.states
        for other in machine.states
    )


def _differ(one: Values, other: Values) -> bool:
    return not one & other


def _inverted(by_state: dict[str, Values]) -> dict[Plain | None, tuple[str, ...]]:
    values = dict.fromkeys(value for each in by_state.values() for value in _ordered(each))
    return {v: tuple(name for name, each in by_state.items() if v in each) for v in values}


def _ordered(values: Values) -> Iterator[Plain | None]:
    yield from sorted(values, key=str)
