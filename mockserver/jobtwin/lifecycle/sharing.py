"""Shares equal facts, and values derived from them, between jobs."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from jobtwin.lifecycle.machine import NOTHING, Facts, Machine, Scenario

LARGEST = 2_048
"""Bytes of facts that are shared; larger ones are rarely equal."""

CACHED = 4_096
"""The maximum number of shared facts."""

_FORMAT = 2
"""A format of `marshal` in which equal values are equal bytes."""

_T = TypeVar("_T")


class FactsKey:
    """Facts as a key: equal to others if they have the same JSON, so that 1 is neither 1.0 nor true."""

    __slots__ = ("_written", "facts")

    def __init__(self, facts: Facts, written: bytes) -> None:
        self.facts = facts
        self._written = written

    def __hash__(self) -> int:
        return hash(self._written)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactsKey) and self._written == other._written


def shared(facts: Facts) -> Facts:
    """Returns these facts, or equal ones that are in memory already. Do not change them."""
    return _with(facts, _first, lambda: facts) if facts else NOTHING


def facts_at_birth(machine: Machine, scenario: Scenario, given: Facts) -> Facts:
    """Returns the result of `Machine.at_birth`; equal jobs share one object."""
    if not given:
        return _usual(machine, scenario)
    return _with(
        given,
        lambda key: _at_birth(machine, scenario, key),
        lambda: machine.at_birth(scenario, given),
    )


def scenarios_for(machine: Machine, given: Facts) -> tuple[Scenario, ...]:
    """Returns the result of `Machine.scenarios_for`, cached for equal facts."""
    return _with(
        given, lambda key: _scenarios(machine, key), lambda: tuple(machine.scenarios_for(given))
    )


def _with(facts: Facts, cached: Callable[[FactsKey], _T], otherwise: Callable[[], _T]) -> _T:
    """Returns the cache entry for these facts, unless they are large or not JSON."""
    try:
        written = marshal.dumps(facts if type(facts) is dict else dict(facts), _FORMAT)
    except ValueError:
        return otherwise()
    return otherwise() if len(written) > LARGEST else cached(FactsKey(facts, written))


@lru_cache(CACHED)
def _first(given: FactsKey) -> Facts:
    return given.facts


@lru_cache(CACHED)
def _usual(machine: Machine, scenario: Scenario) -> Facts:
    return machine.at_birth(scenario)


@lru_cache(CACHED)
def _at_birth(machine: Machine, scenario: Scenario, given: FactsKey) -> Facts:
    return machine.at_birth(scenario, given.facts)


@lru_cache(CACHED)
def _scenarios(machine: Machine, given: FactsKey) -> tuple[Scenario, ...]:
    return tuple(machine.scenarios_for(given.facts))
