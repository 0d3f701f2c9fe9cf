"""Who holds what only one job may hold: claims of new jobs, and the jobs that were there before."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Call
from jobtwin.judge.oracle.beliefs import JobBelief, RuleViolation, ordered
from jobtwin.judge.oracle.graph import States, could_fit

Key = tuple[str, str]


class _Claim(NamedTuple):
    """A new job was granted what another, in one of some states just before, may have held."""

    exchange: Exchange
    name: str
    holding: States
    before: States


class Exclusion:
    """Watches the jobs that stood where a new one was let through."""

    def __init__(self) -> None:
        self._claims: dict[Key, list[_Claim]] = {}
        self._rivals: dict[str, dict[Key, JobBelief]] = {}

    def watch(self, key: Key, belief: JobBelief) -> None:
        """Know of a job, which may stand where another will be let through."""
        self._rivals.setdefault(key[0], {})[key] = belief

    def born(
        self, key: Key, gone: Container[Key], call: Call, given: Mapping[str, Any]
    ) -> Iterator[RuleViolation]:
        """Note a new job that was let through; those that are gone are in nobody's way."""
        self._claims.pop(key, None)
        creation = call.operation.creation
        exclusive = creation.exclusive if creation else None
        if exclusive is None or not exclusive.where.decidable:
            return
        if exclusive.unless and call.at(exclusive.unless):
            return
        rivals = self._rivals[key[0]]
        name, machine = rivals[key].name, rivals[key].graph.machine
        wanted = {fact: (given.get(fact, machine.facts.get(fact)),) for fact in exclusive.same}
        holding = exclusive.where.possible(machine)
        for other, belief in list(rivals.items()):
            if other == key or other in gone or belief.seen is None:
                continue
            if belief.states <= belief.graph.final - holding:
                del rivals[other]  # it has ended: it will never be in the way
                continue
            same = all(could_fit(c, belief.facts) for c in (wanted, exclusive.where.facts))
            if not same or not ordered(belief.seen.exchange, call.exchange):
                continue
            claim = _Claim(call.exchange, name, holding, belief.states)
            if belief.now <= holding:
                yield _held_twice(belief, claim)
            else:
                self._claims.setdefault(other, []).append(claim)
                del rivals[other]  # until it is seen again, one claim says as much as many

    def seen(self, key: Key, belief: JobBelief, exchange: Exchange) -> Iterator[RuleViolation]:
        """Note that a job was seen again: did it hold all the while what was given to another?"""
        if belief.seen is None or belief.seen.exchange is not exchange:
            return  # the answer told nothing of its state
        self.watch(key, belief)
        for claim in self._claims.pop(key, ()):
            graph, facts, scenarios = belief.graph, belief.facts, belief.scenarios
            between = graph.later(claim.before, facts, scenarios)
            between &= graph.earlier(belief.states, facts, scenarios)
            if between and between <= claim.holding and ordered(claim.exchange, exchange):
                yield _held_twice(belief, claim)


def _held_twice(belief: JobBelief, claim: _Claim) -> RuleViolation:
    held = " or ".join(sorted(belief.states))
    why = f"{claim.name} was let through while {belief.name} was in the way, being {held}"
    return RuleViolation("held-twice", why, claim.exchange)
