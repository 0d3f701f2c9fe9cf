"""Machines in words: spans, conditions, transitions, rules. Plain text, no markup."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from jobtwin.lifecycle import (
    Above,
    DerivationRule,
    Keep,
    Machine,
    MachineState,
    Polling,
    Span,
    Transition,
)
from jobtwin.lifecycle.limits import Limit
from jobtwin.lifecycle.machine import Condition

Markup = Callable[[str], str]
"""A function that marks a name in a text."""

_UNITS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000))
_SECOND = 1_000_000


def plain(name: str) -> str:
    """Returns the name unmarked."""
    return name


def span(length: Span) -> str:
    """Returns a span as people write it: `2 min 30 s`; `0 s` for none."""
    parts = []
    for unit, size in _UNITS:
        count, length = divmod(length, size)
        parts += [f"{count} {unit}"] if count else []
    if length or not parts:
        parts.append(f"{length / _SECOND:.6f}".rstrip("0").rstrip(".") + " s")
    return " ".join(parts)


def either(things: Iterable[str]) -> str:
    """Joins alternatives: `a, b or c`."""
    *others, last = things
    return f"{', '.join(others)} or {last}" if others else last


def value(given: Any) -> str:
    """Returns a text as it is, any other value as JSON."""
    if isinstance(given, Above):
        return str(given)
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)


def guard(condition: Condition) -> str:
    """Returns a condition in words: `type = batch, sql and paid = true`."""
    return " and ".join(
        f"{name} {'' if isinstance(allowed[0], Above) else '= '}{', '.join(map(value, allowed))}"
        for name, allowed in condition.items()
    )


def cause(transition: Transition, tell: Callable[[Condition], str] = guard) -> str:
    """Returns a transition's cause: `after 5 s [type = batch]`; empty if it follows the parts."""
    by = _trigger(transition)
    guards = [tell(transition.when)] if transition.when else []
    guards += [f"unless {tell(transition.unless)}"] if transition.unless else []
    return f"{by} [{', '.join(guards)}]".strip() if guards else by


def _trigger(transition: Transition) -> str:
    """Returns a transition's event, or the time after which it happens."""
    by = f"at {' or '.join(transition.until)}" if transition.until else transition.event or ""
    if transition.after is None:
        return by
    after = f"after {span(transition.after)}"
    return f"{by}, or else {after}" if by else after


def ending(state: MachineState) -> str:
    """Returns a state's kind and outcome: `final, success`."""
    return f"{state.kind}, {state.outcome}" if state.outcome else str(state.kind)


def rules(machine: Machine, mark: Markup = plain) -> list[str]:
    """Returns the rules of derived states in words."""
    part = machine.parts[machine.part or ""]
    return [_rule(rule, part, mark) for rule in machine.rules]


def _rule(rule: DerivationRule, part: Machine, mark: Markup) -> str:
    said = []
    if rule.all is not None:
        said.append(f"all are {_chosen(rule.all, part, mark)}")
    if rule.any is not None:
        said.append(f"one is {_chosen(rule.any, part, mark)}")
    return f"{mark(rule.then)} if {' and '.join(said)}" if said else f"{mark(rule.then)} otherwise"


def _chosen(states: Iterable[str], machine: Machine, mark: Markup) -> str:
    return either(mark(state) for state in machine.states if state in states)


def polling(advice: Polling) -> str:
    """Returns the advice on polling: `ask again after 10 s, …`; empty if there is none."""
    said = []
    if advice.first is not None:
        said.append(f"ask again after {span(advice.first)}")
    if advice.factor is not None and advice.factor != 1:
        said.append(f"then wait {advice.factor:g} times as long each time")
    if advice.at_most is not None:
        said.append(f"{span(advice.at_most)} at most")
    return ", ".join(said)


_SINCE = {"created_at": "its birth", "updated_at": "its latest change", "ended_at": "its end"}


def keep(kept: Keep) -> str:
    """Returns how long a record is kept: `1 h from its end`."""
    return f"{span(kept.span)} from {_SINCE.get(kept.since, kept.since)}"


def limit(said: Limit, mark: Markup = plain) -> str:
    """Returns a limit in words: `60 requests every 1 min for each credential, of a and b`."""
    each = f" for each {' and '.join(said.per)}" if said.per else ""
    of = f", of {' and '.join(map(mark, said.operations))}" if said.operations else ""
    return f"{said.requests} requests every {span(said.every)}{each}{of}"
