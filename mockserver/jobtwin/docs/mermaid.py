"""A machine as a Mermaid state diagram, such as GitHub renders."""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping

from jobtwin.docs import words
from jobtwin.docs.walks import births
from jobtwin.lifecycle import Machine, Transition
from jobtwin.lifecycle.machine import Condition

_COLOURS = {
    "waiting": "fill:#eaeef2,stroke:#57606a,color:#1f2328",
    "active": "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    "paused": "fill:#fbefff,stroke:#8250df,color:#1f2328",
    "transient": "fill:#fff8c5,stroke:#9a6700,color:#1f2328,stroke-dasharray:4 3",
    "success": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "failure": "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    "partial": "fill:#fff1e5,stroke:#bc4c00,color:#1f2328",
    "cancelled": "fill:#f6f8fa,stroke:#afb8c1,color:#57606a",
}
"""Colours by kind or outcome. Fill and text are both set, to be readable on light and dark pages."""

# Words that Mermaid does not accept as names of states.
_RESERVED = {
    "accdescr", "acctitle", "class", "classdef", "click", "constructor", "default", "direction",
    "href", "note", "root", "scale", "state", "statediagram", "style",
}  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z][a-z0-9_]*|[A-Z][A-Z0-9_]*")
_STRANGE = re.compile(r"[^\w .,()\[\]=/]|(?<![^\W_])_|_(?![^\W_])")


_LONG = 20
"""Characters of a condition in an arrow's label; longer conditions go to the note."""


def diagram(machine: Machine) -> str:
    """Returns a machine as a `stateDiagram-v2`; the same machine always gives the same text."""
    return "stateDiagram-v2\n" + "".join(f"    {line}\n" for line in _Drawing(machine).lines())


class _Drawing:
    """One machine's diagram, line by line."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._names = _names(machine)
        self._letters: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        finals = [name for name, state in self._machine.states.items() if state.final]
        yield from self._states()
        yield from (f"[*] --> {self._names[state]}" for state in births(self._machine))
        yield from self._arrows()
        yield from (f"{self._names[state]} --> [*]" for state in finals)
        yield from self._note()
        yield from self._classes()

    def _states(self) -> Iterator[str]:
        """Yields every state, with the events that do not change it."""
        for state, name in self._names.items():
            within = self._causes_within(state)
            # Without a title of its own, a state would get the text inside as its name.
            yield f'state "{_text(state)}" as {name}' if within or name != state else name
            if within:
                yield f"{name} : {_text(', '.join(dict.fromkeys(within)))}, no change"

    def _causes_within(self, state: str) -> list[str]:
        """Returns the causes of transitions that do not leave a state."""
        return [
            self._cause(transition)
            for transition in self._machine.transitions
            if transition.to is None and state in transition.sources
        ]

    def _causes(self) -> dict[tuple[str, str], list[str]]:
        """Returns the causes of each visible change."""
        causes = defaultdict[tuple[str, str], list[str]](list)
        for transition in self._machine.transitions:
            for state in self._machine.states if transition.to else ():
                if state in transition.sources:
                    causes[state, str(transition.to)].append(self._cause(transition))
        return causes

    def _arrows(self) -> Iterator[str]:
        """Yields an arrow for each visible change, with all its causes."""
        for (before, after), said in self._causes().items():
            arrow = f"{self._names[before]} --> {self._names[after]}"
            label = words.either(dict.fromkeys(cause or "parts" for cause in said))
            yield f"{arrow} : {_text(label)}" if any(said) else arrow

    def _cause(self, transition: Transition) -> str:
        return words.cause(transition, self._guard)

    def _guard(self, condition: Condition) -> str:
        said = words.guard(condition)
        if len(said) <= _LONG:
            return said
        letter = string.ascii_lowercase[len(self._letters) % 26]
        return self._letters.setdefault(said, letter)

    def _note(self) -> Iterator[str]:
        """Yields the note: the rules of derived states, and the legend of the labels."""
        told = [f"[{letter}] {condition}" for condition, letter in self._letters.items()]
        if self._machine.rules:
            rules = enumerate(words.rules(self._machine), 1)
            told += [f"By its {self._machine.part}, the first that holds"]
            told += [f"{number}. {rule}" for number, rule in rules]
        if told:
            # A tall note pushes apart all that follows its state, so it is put beside the last one.
            yield f"note right of {[*self._names.values()][-1]}"
            yield from (f"    {_text(line)}" for line in told)
            yield "end note"

    def _classes(self) -> Iterator[str]:
        kinds: dict[str, list[str]] = {}
        for state in self._machine.states.values():
            kinds.setdefault(str(state.outcome or state.kind), []).append(self._names[state.name])
        used = [kind for kind in _COLOURS if kind in kinds]
        yield from (f"classDef {kind} {_COLOURS[kind]}" for kind in used)
        yield from (f"class {','.join(kinds[kind])} {kind}" for kind in used)


def _names(machine: Machine) -> Mapping[str, str]:
    """Returns a name for each state in the diagram: its own, if Mermaid accepts it."""
    names: dict[str, str] = {}
    for state in machine.states:
        name = _plain_name(state)
        while name in names.values() or (name != state and name in machine.states):
            name += "_"
        names[state] = name
    return names


def _plain_name(state: str) -> str:
    """Returns a state's own name if Mermaid accepts it, or else one that it accepts."""
    plain = _PLAIN.fullmatch(state) and state.lower() not in _RESERVED
    return state if plain else re.sub(r"\W", "_", state) + "_"


def _text(text: str) -> str:
    """Escapes the characters that mean something to Mermaid."""
    return _STRANGE.sub(lambda match: f"#{ord(match[0])};", text)
