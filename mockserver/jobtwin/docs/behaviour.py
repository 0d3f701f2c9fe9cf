"""A machine's source taken apart: every state, transition, scenario, and whatever else it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from jobtwin.docs import words
from jobtwin.docs.markdown import code, text
from jobtwin.lifecycle import Machine, Transition
from jobtwin.openapi.evidence import Path

_QUIET = frozenset({"id", "parts", "facts", "counters", "fleet"})
"""Keys that say what a job is made of, rather than what it does."""

_HEAD = frozenset({"summary", "description", "initial", "x-evidence"})


class Facet(NamedTuple):
    """One thing that a machine says; `quiet` where it is worth a line only if it stands out."""

    group: str
    what: str
    path: Path
    quiet: bool


_Lines = Iterable[tuple[str, Path]]


def facets(machine: Machine, source: Mapping[str, Any]) -> Iterator[Facet]:
    """Everything in a machine's source that can have evidence of its own."""
    for key, body in source.items():
        if key not in _HEAD:
            lines = _TOLD[key](machine, body) if key in _TOLD else _others(key, body)
            group = "rules" if key == "state_from" else key.replace("_", " ")
            yield from (Facet(group, what, (key, *path), key in _QUIET) for what, path in lines)


def told(what: str, body: Any) -> str:
    """A thing, with the first sentence of what its source says about it."""
    said = body.get("summary", body.get("description", "")) if isinstance(body, Mapping) else ""
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", said.strip(), maxsplit=1)[0].rstrip(".")
    return f"{what}: {text(sentence)}" if sentence else what


def _transitions(machine: Machine, source: list[dict[str, Any]]) -> _Lines:
    compiled = iter(machine.transitions)
    for index, body in enumerate(source):
        to = body.get("to", [])
        targets = to if isinstance(to, list) else [to]
        transition, *_ = [next(compiled) for _ in targets or [None]]
        before = _states(state for state in machine.states if state in transition.sources)
        after = f" → {_states(targets)}" if targets else ""
        yield told(f"{before}{after}{_cause(transition)}", body), (index,)


def _cause(transition: Transition) -> str:
    said = text(words.cause(transition))
    return f", on {said}" if transition.event else f", {said}" if said else ""


def _states(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)


def _rules(machine: Machine, source: dict[str, Any]) -> _Lines:
    for index, rule in enumerate(words.rules(machine, code)):
        yield told(rule, source["rules"][index]), ("rules", index)


def _samples(_machine: Machine, source: list[dict[str, Any]]) -> _Lines:
    return ((told(code(str(body["id"])), body), (n,)) for n, body in enumerate(source))


def _polling(machine: Machine, _source: dict[str, Any]) -> _Lines:
    yield words.polling(machine.polling), ()


def _keep(machine: Machine, _source: dict[str, Any]) -> _Lines:
    if machine.keep:
        yield words.keep(machine.keep), ()


_TOLD: Mapping[str, Callable[[Machine, Any], _Lines]] = {
    "transitions": _transitions,
    "state_from": _rules,
    "samples": _samples,
    "polling": _polling,
    "keep": _keep,
}


def _others(key: str, source: Any) -> _Lines:
    """States, scenarios, facts: maps and lists of things; anything else is one thing."""
    if isinstance(source, list):
        yield from ((told(code(str(n)), body), (n,)) for n, body in enumerate(source))
    elif isinstance(source, Mapping) and all(isinstance(b, Mapping) for b in source.values()):
        yield from ((told(code(name), body), (name,)) for name, body in source.items())
    else:
        yield told(code(key), source), ()
