"""The transition graph of a machine: the states that a job can reach, or come from.

Durations are not checked, since those in a spec are often assumptions. Order is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from itertools import chain, combinations
from typing import Any

from jobtwin.lifecycle.machine import Above, Condition, Kind, Machine, Transition, lookup

Known = Mapping[str, Any]
"""Values of constant facts that have been seen, by dotted name."""

States = frozenset[str]

_KEPT = 1024
"""Cached results; each keeps its machine alive."""


class TransitionGraph:
    """One machine as a graph; `by_itself` are the events that happen without an observed command."""

    def __init__(self, machine: Machine, by_itself: AbstractSet[str]) -> None:
        self.machine = machine
        self.by_itself = by_itself
        self.all: States = frozenset(machine.states)
        ends = [state for state in machine.states.values() if state.final]
        self.final: States = frozenset(state.name for state in ends if not state.reopens)
        self.reopening: States = frozenset(state.name for state in ends if state.reopens)
        self.transient: States = frozenset(
            state.name for state in machine.states.values() if state.kind is Kind.TRANSIENT
        )

    @cached_property
    def changing(self) -> frozenset[str]:
        """The facts that a transition or a scenario step sets."""
        set_ = [t.set for t in self.machine.transitions]
        set_ += [step.set for step in self.machine.steps]
        return frozenset(chain.from_iterable(set_))

    @cached_property
    def born(self) -> States:
        """The possible states of a new job."""
        if self.machine.initial is not None:
            return frozenset((self.machine.initial,))
        inner = TransitionGraph(self.machine.parts[self.machine.part or ""], frozenset())
        return self.derived([inner.born]) | self.derived([])

    def derived(self, parts: Iterable[States], hidden: States = frozenset()) -> States:
        """Returns the states derived from parts, each in one of several states, and from hidden parts.

        Rules only depend on which states occur among the parts, so sets of states are enough.
        """
        shown = {frozenset[str]()}
        for states in parts:
            shown = {have | {state} for have in shown for state in states}
        more = _subsets(hidden)
        return frozenset(self.machine.derived(list(have | some)) for have in shown for some in more)

    def later(self, states: States, facts: Known, scenarios: Iterable[str] | None = None) -> States:
        """Returns the states that a job can be in later, including the given ones."""
        events = self.by_itself | self._steps(scenarios)
        return self._reached(states, lambda s: self._next(s, facts, events))

    def earlier(
        self, states: States, facts: Known, scenarios: Iterable[str] | None = None
    ) -> States:
        """Returns the states that a job can have come from, including the given ones."""
        return frozenset(
            state
            for state in self.all
            if self.later(frozenset((state,)), facts, scenarios) & states
        )

    def _steps(self, scenarios: Iterable[str] | None) -> frozenset[str]:
        """Returns the events in the steps of these scenarios."""
        names = self.machine.scenarios if scenarios is None else scenarios
        steps = chain.from_iterable(self.machine.scenarios[name].steps for name in names)
        return frozenset(step.event for step in steps if step.event)

    def after(self, states: States, event: str, facts: Known) -> States:
        """Returns the states right after an event; none if it is illegal."""
        return frozenset(chain.from_iterable(self._after(s, event, facts) for s in states))

    def refuses(self, states: States, event: str, facts: Known) -> States:
        """Returns the states in which an event can be illegal."""
        listed = self.machine.transitions_of(event)
        if self.machine.rules:  # a transition to another state is legal only if a part accepts it
            listed = [each for each in listed if each.to is None]
        return states - {s for s in states if any(_surely(each, s, facts) for each in listed)}

    def next(self, state: str) -> set[str]:
        """Returns the states that can follow a state, whatever the job's facts."""
        return self._next(state, {}, self.by_itself)

    def _after(self, state: str, event: str, facts: Known) -> set[str]:
        found = set()
        for transition in self.machine.transitions_of(event):
            if not _perhaps(transition, state, facts):
                continue
            found.add(transition.to or state)
            if self.machine.rules:
                found.add(state)  # other parts may determine the derived state
            elif _surely(transition, state, facts):
                break
        return found

    def _next(self, state: str, facts: Known, events: AbstractSet[str]) -> set[str]:
        """Returns the next states; of transitions with one trigger, the first that fits counts."""
        found, decided = set(), set[str | None]()
        triggers = {None, *events}
        for transition in self.machine.transitions:
            able = transition.to is not None and transition.event in triggers
            if able and _perhaps(transition, state, facts):
                if self.machine.rules or transition.event not in decided:
                    found.add(str(transition.to))
                if _surely(transition, state, facts):
                    decided.add(transition.event)
        return found

    def _reached(self, states: States, step: Callable[[str], set[str]]) -> States:
        found, todo = set(states), list(states)
        while todo:
            new = step(todo.pop()) - found
            found |= new
            todo += new
        return frozenset(found)


@lru_cache(_KEPT)
def reachable_from(machine: Machine, state: str) -> States:
    """Returns the states reachable from a state, including it."""
    graph = TransitionGraph(machine, _events(machine))
    return graph.later(frozenset((state,)), {})


@lru_cache(_KEPT)
def reachable_without(machine: Machine, state: str) -> States:
    """Returns the states reachable from a new job without entering a state."""
    graph = TransitionGraph(machine, _events(machine))
    found, todo = set(graph.born - {state}), list(graph.born - {state})
    while todo:
        new = graph.next(todo.pop()) - found - {state}
        found |= new
        todo += new
    return frozenset(found)


def _events(machine: Machine) -> frozenset[str]:
    return frozenset(machine.event_names)


def could_fit(condition: Condition, facts: Known) -> bool | None:
    """Returns True if a condition on facts is true; None if too little is known."""
    answers = [_could_be(name, allowed, facts) for name, allowed in condition.items()]
    if False in answers:
        return False
    return None if None in answers else True


def _subsets(states: States) -> list[States]:
    sizes = range(len(states) + 1)
    return [frozenset(some) for size in sizes for some in combinations(states, size)]


def _could_be(name: str, allowed: Sequence[Any], facts: Known) -> bool | None:
    seen, value = known_value(name, facts)
    known = value if seen else None
    answers = [_is_above(known, each, facts) for each in allowed if isinstance(each, Above)]
    return _any_of([*answers, value in allowed] if seen else answers)


def _any_of(answers: Sequence[bool | None]) -> bool | None:
    """Returns True if one of the answers is True, and False only if all are."""
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _is_above(value: Any, above: Above, facts: Known) -> bool | None:
    """Returns True if a value, None if it is unknown, is above a limit; None if too little is known."""
    seen, limit = (
        known_value(above.limit, facts) if isinstance(above.limit, str) else (True, above.limit)
    )
    if seen and limit is None:
        return False
    return above.holds(value, limit) if seen and value is not None else None


def known_value(name: str, facts: Known) -> tuple[bool, Any]:
    """Returns True and a value if it is known, by its name or inside another value."""
    keys = name.split(".")
    for end in range(len(keys), 0, -1):
        if (head := ".".join(keys[:end])) in facts:
            rest = ".".join(keys[end:])
            return True, lookup({"it": facts[head]}, f"it.{rest}" if rest else "it")
    return False, None


def _perhaps(transition: Transition, state: str, facts: Known) -> bool:
    if state not in transition.sources or could_fit(transition.when, facts) is False:
        return False
    return not transition.unless or could_fit(transition.unless, facts) is not True


def _surely(transition: Transition, state: str, facts: Known) -> bool:
    if state not in transition.sources or could_fit(transition.when, facts) is not True:
        return False
    return not transition.unless or could_fit(transition.unless, facts) is False
