"""Lists what a machine's source declares: states, transitions, scenarios and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from jobtwin.docs import words
from jobtwin.docs.markdown import code, text
from jobtwin.lifecycle import Machine, Transition
from jobtwin.openapi.evidence import Path
from jobtwin.openapi.machines import transition_places
from jobtwin.openapi.pointer import tokens
from jobtwin.openapi.untyped import as_map

_QUIET = frozenset({"id", "parts", "facts", "counters", "fleet"})
"""Keys about a job's structure rather than its behaviour."""

_HEAD = frozenset({"summary", "description", "initial", "x-evidence"})


class Facet(NamedTuple):
    """One declaration of a machine; a `quiet` one is listed only if its evidence differs."""

    group: str
    what: str
    path: Path
    quiet: bool


_Lines = Iterable[tuple[str, Path]]


def facets(machine: Machine, source: Mapping[str, Any]) -> Iterator[Facet]:
    """Yields everything in a machine's source that can have its own evidence."""
    for key, body in source.items():
        if key not in (*_HEAD, "events"):
            lines = _TOLD[key](machine, body) if key in _TOLD else _others(key, body)
            group = "rules" if key == "state_from" else key.replace("_", " ")
            yield from (Facet(group, what, (key, *path), key in _QUIET) for what, path in lines)
        if key == "states":
            yield from _transitions(machine, source)


def told(what: str, body: Any) -> str:
    """Returns a name with the first sentence of its summary."""
    said = body.get("summary", body.get("description", "")) if isinstance(body, Mapping) else ""
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", said.strip(), maxsplit=1)[0].rstrip(".")
    return f"{what}: {text(sentence)}" if sentence else what


def _transitions(machine: Machine, source: Mapping[str, Any]) -> Iterator[Facet]:
    places = zip(transition_places(source), machine.transitions, strict=True)
    for place, group in groupby(places, key=itemgetter(0)):
        transitions = list(map(itemgetter(1), group))
        path = tuple(tokens(place))
        what = f"{_move(machine, transitions)}{_cause(transitions[0])}"
        body = _at(source, path)
        if "kind" in as_map(body):  # the evidence of a state is not that of its duration
            path, body = (), {}
        yield Facet("transitions", told(what, body), path, quiet=False)


def _at(source: Any, path: Path) -> Any:
    for token in path:
        source = source[token]
    return source


def _cause(transition: Transition) -> str:
    said = text(words.cause(transition))
    return f", on {said}" if transition.event else f", {said}" if said else ""


def _states(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _rules(machine: Machine, source: dict[str, Any]) -> _Lines:
    rules = words.rules(machine, code)
    for rule, (state, body) in zip(rules, source.get("rules", {}).items(), strict=False):
        yield told(rule, body), ("rules", state)
    yield rules[-1], ("else",)


def _polling(machine: Machine, _source: dict[str, Any]) -> _Lines:
    yield words.polling(machine.polling), ()


def _keep(machine: Machine, _source: dict[str, Any]) -> _Lines:
    if machine.keep:
        yield words.keep(machine.keep), ()


_TOLD: Mapping[str, Callable[[Machine, Any], _Lines]] = {
    "state_from": _rules,
    "polling": _polling,
    "keep": _keep,
}


def _others(key: str, source: Any) -> _Lines:
    """Yields the entries of maps and lists, such as states and facts; anything else is one entry."""
    if isinstance(source, list):
        yield from ((told(code(str(n)), body), (n,)) for n, body in enumerate(source))
    elif isinstance(source, Mapping) and all(isinstance(b, Mapping) for b in source.values()):
        yield from ((told(code(name), body), (name,)) for name, body in source.items())
    else:
        yield told(code(key), source), ()


def _move(machine: Machine, transitions: Sequence[Transition]) -> str:
    """Returns the states before and after transitions from the same states."""
    before = _states(state for state in machine.states if state in transitions[0].sources)
    targets = [transition.to for transition in transitions if transition.to]
    return f"{before} → {_states(targets)}" if targets else before
