"""Finds the property of a response that shows a job's state. No paths, no operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.words import RANKS, Word, known_share, meanings, snake

WRAPPERS = ("data", "result", "job", "run", "item", "response", "task")
_NAMES = re.compile(r"(^|_)(status|state|phase)$")
_OUTCOMES = re.compile(r"(^|_)(result_state|conclusion|outcome|result|termination_code)$")
_FLAGS = re.compile(r"^(is_)?(done|finished|complete|completed)$")
_ERRORS = {"error", "errors", "failure", "exception"}
_RESULTS = {*_ERRORS, "response", "result", "output"}
_DEEP = 2
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class StateField:
    """A property with the state: its place in the response, and its values.

    `outcome` is a sibling with the outcome, if the state does not show it. `prose` is True if
    the values come from descriptions or examples, not from an enum. `wire` has the number or flag
    sent for each state; `kinds` are those declared in the file. `statuses` has the status of the
    response for each state, if there is no property and `path` is empty.
    """

    path: tuple[str, ...]
    values: tuple[str, ...]
    schema: str | None
    outcome: tuple[str, ...] | None = None
    outcome_values: tuple[str, ...] = ()
    prose: bool = False
    wire: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)

    @property
    def meanings(self) -> dict[str, Word]:
        """The meaning of each value."""
        found = meanings(self.values)
        return {value: _said(word, self.kinds.get(value)) for value, word in found.items()}

    @property
    def depth(self) -> float:
        """The penalty for a nested state: none at the top level, little in a usual wrapper."""
        above = self.path[:-1]
        own = [name for name in above if not _NAMES.search(snake(name))]
        return sum(0.3 if snake(name) in WRAPPERS else 1.2 for name in own)


def _said(word: Word, kind: str | None) -> Word:
    """Returns a word with the kind declared in the file, if any."""
    if kind is None:
        return word
    return replace(word, kind=kind, rank=RANKS[kind], known=True, ambiguous=False, detour=False)


def find_state(
    shapes: DocumentSchemas,
    answer: Any,
    hints: Sequence[str] = (),
    told: str = "",
    shown: Sequence[Any] = (),
) -> StateField | None:
    """Returns the property that shows a job's state best, or None.

    `hints` are known states, such as the values of a list's filter. `told` are the descriptions of
    the operations; they are searched last, with examples of the property in the response
    and in `shown`, other schemas of the job.
    """
    found = list(_fields(shapes, answer, (), hints))
    if not found and told:
        found = [
            replace(each, prose=True, values=_begun(tuple(dict.fromkeys(each.values))))
            for name in dict.fromkeys(_named(shapes, answer))
            for each in _fields(shapes, answer, (), (*_shown(shapes, name, shown), *_quoted(told)))
            if each.path[-1] == name
        ]
    return max(found, key=_plainness, default=None)


def _begun(values: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the states found in prose, plus an active one if all are final."""
    kinds = {word.kind for word in meanings(values).values()}
    if kinds & {"waiting", "active"} or not values:
        return values
    return ("RUNNING" if values[0].isupper() else "running", *values)


def _named(shapes: DocumentSchemas, node: Any, depth: int = 0) -> Iterator[str]:
    """Yields the names of properties that may be a state."""
    for name, schema in shapes.properties(node).items():
        if _NAMES.search(snake(name)):
            yield name
        if depth < _DEEP and not shapes.is_a(schema, "array"):
            yield from _named(shapes, schema, depth + 1)


def _shown(shapes: DocumentSchemas, name: str, nodes: Sequence[Any]) -> list[str]:
    """Returns the states among the examples of a property in some schemas."""
    schemas = (shapes.properties(node).get(name) for node in nodes)
    words = chain.from_iterable(map(shapes.examples, filter(None, schemas)))
    return [word for word in words if isinstance(word, str) and meanings([word])[word].known]


def _plainness(field: StateField) -> float:
    words = field.meanings
    kinds = {word.kind for word in words.values() if word.known}
    ended = any(word.ends for word in words.values())
    both = ended and bool(kinds & {"waiting", "active", "leaving"})
    return 2 * known_share(words) + 2 * both - field.depth - 0.5 * field.prose


def _fields(
    shapes: DocumentSchemas, node: Any, path: tuple[str, ...], hints: Sequence[str]
) -> Iterator[StateField]:
    properties = shapes.properties(node)
    for name, schema in properties.items():
        if _NAMES.search(snake(name)):
            yield from _told_by(shapes, properties, (*path, name), schema, hints)
        if _FLAGS.match(snake(name)) and shapes.is_a(schema, "boolean"):
            yield from _flagged(properties, (*path, name))
        if len(path) < _DEEP and shapes.properties(schema) and not shapes.is_a(schema, "array"):
            yield from _fields(shapes, schema, (*path, name), hints)


def _told_by(
    shapes: DocumentSchemas,
    siblings: Mapping[str, Any],
    path: tuple[str, ...],
    schema: Any,
    hints: Sequence[str],
) -> Iterator[StateField]:
    numbers = shapes.numbers(schema)
    if len(numbers) > 1:
        yield StateField(path, tuple(numbers), shapes.name(schema), wire=numbers)
    words = shapes.words(schema)
    prose = False
    if not words and shapes.is_a(schema, "string"):
        words, prose = _in_prose(shapes, schema, hints), not hints
    if len(words) > 1:
        outcome, values = _outcome(shapes, siblings, path)
        yield StateField(path, words, shapes.name(schema), outcome, values, prose)
    yield from _told_inside(shapes, path, schema)


def _told_inside(
    shapes: DocumentSchemas, path: tuple[str, ...], schema: Any
) -> Iterator[StateField]:
    """Yields the properties of a state's object that show it, whatever their names."""
    for inner, value in shapes.properties(schema).items():
        words = shapes.words(value)
        known = len(words) > 1 and known_share(meanings(words)) > _MOST
        if known and not _NAMES.search(snake(inner)):
            yield StateField((*path, inner), words, shapes.name(value))


def _flagged(properties: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[StateField]:
    """Yields a flag for the end of a job, with its sibling for the outcome."""
    beside = set(map(snake, properties))
    if beside & _RESULTS:
        failed = {"failed": True} if beside & _ERRORS else {}
        wire = {"running": False, "done": True, **failed}
        yield StateField(path, tuple(wire), None, wire=wire)


def _outcome(
    shapes: DocumentSchemas, siblings: Mapping[str, Any], path: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    for name, schema in siblings.items():
        words = shapes.words(schema)
        ends = [word for word in meanings(words).values() if word.ends]
        if name != path[-1] and _OUTCOMES.search(snake(name)) and ends:
            return (*path[:-1], name), words
    return None, ()


def _in_prose(shapes: DocumentSchemas, schema: Any, hints: Sequence[str]) -> tuple[str, ...]:
    """Returns the states of a plain string: from a list's filter, or its examples and description."""
    if hints:
        return tuple(hints)
    shown = [each for each in shapes.examples(schema) if isinstance(each, str)]
    known = (word for word in shown if meanings([word])[word].known)
    return tuple(dict.fromkeys([*known, *_quoted(shapes.text(schema))]))


def _quoted(text: str) -> tuple[str, ...]:
    """Returns the states quoted in a text, without names of properties such as `startedAt`."""
    words = re.findall(r"[`\"']([A-Z][A-Z_-]{2,30}|[A-Z]?[a-z][a-z_-]{2,30})[`\"']", text)
    return tuple(word for word in dict.fromkeys(words) if meanings([word])[word].known)
