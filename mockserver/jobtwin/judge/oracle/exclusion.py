"""Checks exclusive creation: claims of new jobs, and the jobs that may have excluded them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import MatchedExchange
from jobtwin.judge.oracle.beliefs import JobBelief, RuleViolation, ordered
from jobtwin.judge.oracle.graph import Known, States, could_fit
from jobtwin.openapi.operations import Exclusive

Key = tuple[str, str]


class _Claim(NamedTuple):
    """A new job that was granted although another job, in states `before`, may have excluded it."""

    exchange: Exchange
    name: str
    holding: States
    before: States


class _Wanted(NamedTuple):
    """The other jobs that a new job excludes: those with these facts, in one of these states."""

    call: MatchedExchange
    name: str
    facts: tuple[Known, Known]
    holding: States

    def concerns(self, rival: JobBelief) -> bool:
        """Returns True if a job that was seen before may have these facts."""
        if rival.seen is None or not ordered(rival.seen.exchange, self.call.exchange):
            return False
        return all(could_fit(condition, rival.facts) for condition in self.facts)


class Exclusion:
    """Checks that a new job was not granted while another job excluded it."""

    def __init__(self) -> None:
        self._claims: dict[Key, list[_Claim]] = {}
        self._rivals: dict[str, dict[Key, JobBelief]] = {}

    def watch(self, key: Key, belief: JobBelief) -> None:
        """Adds a job that may exclude later ones."""
        self._rivals.setdefault(key[0], {})[key] = belief

    def born(
        self, key: Key, gone: Container[Key], call: MatchedExchange, given: Mapping[str, Any]
    ) -> Iterator[RuleViolation]:
        """Notes a new job. Jobs in `gone` do not exclude it."""
        self._claims.pop(key, None)
        wanted = self._wanted(key, call, given)
        if wanted is None:
            self._replaced(key, call)
            return
        for other, rival in list(self._rivals[key[0]].items()):
            if other != key and other not in gone:
                yield from self._claimed(wanted, other, rival)

    def _wanted(self, key: Key, call: MatchedExchange, given: Mapping[str, Any]) -> _Wanted | None:
        exclusive = _exclusive(call)
        if exclusive is None:
            return None
        belief = self._rivals[key[0]][key]
        machine = belief.graph.machine
        same = {fact: (given.get(fact, machine.facts.get(fact)),) for fact in exclusive.same}
        holding = exclusive.where.possible(machine)
        return _Wanted(call, belief.name, (same, exclusive.where.facts), holding)

    def _replaced(self, key: Key, call: MatchedExchange) -> None:
        """Notes the events that a new job may have caused in the jobs that it replaced."""
        exclusive = call.operation.creation and call.operation.creation.exclusive
        if exclusive and exclusive.event:
            for other, rival in self._rivals[key[0]].items():
                if other != key:
                    rival.perhaps(exclusive.event)

    def _claimed(self, wanted: _Wanted, other: Key, rival: JobBelief) -> Iterator[RuleViolation]:
        """Yields a violation if the rival surely excluded the new job; else notes the claim."""
        has_ended = rival.seen and rival.states <= rival.graph.final - wanted.holding
        if has_ended or not wanted.concerns(rival):
            if has_ended:
                del self._rivals[other[0]][other]
            return
        claim = _Claim(wanted.call.exchange, wanted.name, wanted.holding, rival.states)
        if rival.now <= wanted.holding:
            yield _held_twice(rival, claim)
        else:
            self._claims.setdefault(other, []).append(claim)
            # Until the rival is seen again, one claim is enough.
            del self._rivals[other[0]][other]

    def seen(self, key: Key, belief: JobBelief, exchange: Exchange) -> Iterator[RuleViolation]:
        """Notes that a job was seen again: it may have excluded a granted job all the time."""
        if belief.seen is None or belief.seen.exchange is not exchange:
            return  # the response did not show its state
        self.watch(key, belief)
        for claim in self._claims.pop(key, ()):
            between = _states_since(claim, belief)
            if between and between <= claim.holding and ordered(claim.exchange, exchange):
                yield _held_twice(belief, claim)


def _held_twice(belief: JobBelief, claim: _Claim) -> RuleViolation:
    held = " or ".join(sorted(belief.states))
    why = f"{claim.name} was let through while {belief.name} was in the way, being {held}"
    return RuleViolation("held-twice", why, claim.exchange)


def _exclusive(call: MatchedExchange) -> Exclusive | None:
    """Returns the exclusion that a creation is subject to, if one can tell from its request."""
    exclusive = call.operation.creation.exclusive if call.operation.creation else None
    if exclusive is None or not exclusive.where.decidable:
        return None
    return None if exclusive.unless and call.at(exclusive.unless) else exclusive


def _states_since(claim: _Claim, belief: JobBelief) -> States:
    """Returns the states in which a job can have been between a claim and now."""
    graph, facts, scenarios = belief.graph, belief.facts, belief.scenarios
    later = graph.later(claim.before, facts, scenarios)
    return later & graph.earlier(belief.states, facts, scenarios)
