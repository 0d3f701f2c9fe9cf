"""Checks that every state can be reached and left, and that transitions do not compete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from jobtwin.lifecycle import Transition
from jobtwin.lifecycle.machine import Condition
from jobtwin.openapi.checks.subject import Subject
from jobtwin.openapi.pointer import pointer

_Moves = Mapping[str, set[str]]


class ShapeChecks:
    """The shape of one machine."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        """Reports mistakes in the shape."""
        defaults = [name for name, scenario in self.machine.scenarios.items() if scenario.default]
        if len(defaults) != 1:
            found = f"{' and '.join(defaults)} do" if defaults else "none does"
            self.report("/scenarios", f"exactly one must say `default: true`; {found}")
        self._exits()
        self._reach()
        self._ends()
        self._hurry()
        self._competition()

    def _moves(self, transitions: Iterable[Transition]) -> dict[str, set[str]]:
        moves: dict[str, set[str]] = {state: set() for state in self.machine.states}
        for transition in transitions:
            for state in transition.sources if transition.to else ():
                moves[state].add(transition.to or "")
        return moves

    @staticmethod
    def _closure(start: set[str], moves: _Moves) -> set[str]:
        found, todo = set(start), list(start)
        while todo:
            fresh = moves[todo.pop()] - found
            found |= fresh
            todo += fresh
        return found

    def _exits(self) -> None:
        for place, transition in self.subject.transitions():
            for state in sorted(transition.sources):
                at = self.machine.states[state]
                if at.final and not at.reopens and transition.to is not None:
                    self.report(
                        self.subject.below(place, "from", "then"),
                        f"{state} is an end and cannot be left; take it out, give it another kind, or say `reopens: true`",
                    )

    def _reach(self) -> None:
        if self.machine.rules:
            reached, by = {rule.then for rule in self.machine.rules}, "a rule"
        else:
            moves = self._moves(self.machine.transitions)
            reached, by = self._closure({self.machine.initial or ""}, moves), "another state"
        for state in self.machine.states:
            if state not in reached:
                self.report(
                    f"/states{pointer([state])}",
                    f"cannot be reached; let {by} lead there, or take it out",
                )

    def _ends(self) -> None:
        finals = {name for name, state in self.machine.states.items() if state.final}
        if not finals:
            self.report(
                "/states",
                "none is an end, but a job must be able to end; give one `kind: success`, or another",
            )
        elif not self.machine.rules:
            self._dead_ends(finals)

    def _dead_ends(self, finals: set[str]) -> None:
        ending = self._closure(finals, _reversed(self._moves(self.machine.transitions)))
        for state in [each for each in self.machine.states if each not in ending]:
            self.report(
                f"/states{pointer([state])}",
                "no way leads from here to an end; add `lasts` and `then`, or an event",
            )

    def _hurry(self) -> None:
        """Reports a loop of timed transitions that takes no time: a job would never get out."""
        at_once = self._moves(t for t in self.machine.transitions if t.after == 0 or t.until)
        for state, targets in at_once.items():
            if state in self._closure(targets, at_once):
                self.report(
                    f"/states{pointer([state])}",
                    "is on a loop that takes no time; let one of its states last longer than 0s",
                )

    def _competition(self) -> None:
        """Reports two timed transitions out of a state that can both fit a job."""
        timed = [(p, t) for p, t in self.subject.transitions() if t.timed]
        for (first, one), (second, other) in combinations(timed, 2):
            if one.sources & other.sources and not _exclude(one, other):
                name = first.rpartition("/")[2]
                self.report(
                    second,
                    f"fits some jobs that {name} fits, too; tell them apart by `when` or `unless`",
                )


def _reversed(moves: _Moves) -> dict[str, set[str]]:
    back: dict[str, set[str]] = {state: set() for state in moves}
    for state, targets in moves.items():
        for target in targets:
            back[target].add(state)
    return back


def _exclude(one: Transition, other: Transition) -> bool:
    """Returns True if no job can take both transitions."""
    apart = any(
        not any(value in other.when[name] for value in allowed)
        for name, allowed in one.when.items()
        if name in other.when
    )
    both = (one.when, other.when)
    return apart or _follows(one.unless, *both) or _follows(other.unless, *both)


def _follows(unless: Condition, *known: Condition) -> bool:
    """Returns True if a condition holds whenever the known ones do."""
    return bool(unless) and all(
        any(
            name in condition and all(value in allowed for value in condition[name])
            for condition in known
        )
        for name, allowed in unless.items()
    )
