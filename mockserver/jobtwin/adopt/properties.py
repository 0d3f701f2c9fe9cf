"""Guesses what the properties of a job's answer show, from their names, types and siblings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobtwin.adopt.machines import DraftedMachine
from jobtwin.adopt.resources import Resource, id_names
from jobtwin.adopt.shapes import Shapes
from jobtwin.adopt.words import snake

_BORN = re.compile(r"^(date_)?(created|submitted|queued|creation|create|submission|requested|enqueued)(_?(at|on|time|date|timestamp))?$")  # fmt: skip
_CHANGED = re.compile(r"^(date_)?(updated|modified|changed|last_updated|last_modified|update)(_?(at|on|time|date|timestamp))?$")  # fmt: skip
_BEGUN = re.compile(r"^(date_)?(started|start|begin|began|launched|execution_start)(_?(at|on|time|date|timestamp))?$")  # fmt: skip
_OVER = re.compile(r"^(date_)?(ended|end|finished|finish|completed|completion|complete|close|closed|done)(_?(at|on|time|date|timestamp))?$")  # fmt: skip
_MOMENT = re.compile(r"^(?P<word>[a-z_]+?)_(at|on|time|date|timestamp)$")
_PROGRESS = re.compile(r"^(progress|percent(age)?|percent_?complete[d]?|progress_percent(age)?)$")
_REASON = re.compile(
    r"^(error|failure|state|status)?_?(reason|message|error|error_message|failure_reason|fault)$"
)
_DEEP = 3


@dataclass(frozen=True, slots=True)
class PropertyGuess:
    """What one property shows: `value` is a path or a longer form of the grammar.

    `schema` is the component that the property belongs to, or None for a schema in place; `path`
    leads to it from the answer.
    """

    schema: str | None
    name: str
    path: tuple[str, ...]
    value: object
    because: str


def guess_properties(shapes: Shapes, job: Resource, machine: DraftedMachine) -> list[PropertyGuess]:
    """What the properties of the job's own object show, as far as their names tell."""
    seen: set[tuple[str | None, str]] = set()
    guesses: list[PropertyGuess] = []
    for read in job.reads:
        for guess in _inside(shapes, job, machine, read.answer, ()):
            if (guess.schema, guess.name) not in seen or guess.schema is None:
                seen.add((guess.schema, guess.name))
                guesses.append(guess)
    return guesses


def _inside(
    shapes: Shapes, job: Resource, machine: DraftedMachine, node: Any, path: tuple[str, ...]
) -> Iterator[PropertyGuess]:
    properties = shapes.properties(node)
    for name, schema in properties.items():
        here = (*path, name)
        if (value := _value(shapes, job, machine, properties, here, schema)) is not None:
            yield PropertyGuess(shapes.name(node), name, here, value, "its name")
        elif _leads_on(job, here) and len(here) < _DEEP:
            yield from _inside(shapes, job, machine, schema, here)


def _leads_on(job: Resource, path: tuple[str, ...]) -> bool:
    """Whether an object holds the job's own properties: a wrapper, or what the state is in."""
    return path == job.state.path[: len(path)]


def _value(
    shapes: Shapes,
    job: Resource,
    machine: DraftedMachine,
    siblings: Mapping[str, Any],
    path: tuple[str, ...],
    schema: Any,
) -> object:
    if path == job.state.path:
        return _state_value(job, machine)
    if path == job.state.outcome:
        return {"path": "state", "when": {"kind": "final"}}
    word = snake(path[-1])
    if _is_id(job, word) and _is_plain(shapes, schema):
        return "id"
    if _is_moment(shapes, schema) and (moment := _moment(machine, siblings, word)):
        return moment
    if _PROGRESS.match(word) and _is_number(shapes, schema):
        return "progress"
    if _REASON.match(word) and shapes.is_a(schema, "string") and not shapes.words(schema):
        return {"path": "facts.reason", "when": {"kind": ["failure", "partial"]}}
    return None


def _state_value(job: Resource, machine: DraftedMachine) -> object:
    """The state itself; where another property tells the outcome, one word for every end."""
    if not job.state.outcome:
        return "state"
    ended = [value for value, word in job.state.meanings.items() if word.ends]
    return (
        {"first_of": [{"const": ended[0], "when": {"kind": "final"}}, "state"]}
        if ended
        else "state"
    )


def _is_id(job: Resource, word: str) -> bool:
    return word in ("id", "sid", "uuid", *id_names(job.read), f"{job.name}_id")


def _is_plain(shapes: Shapes, schema: Any) -> bool:
    return shapes.is_a(schema, "string") or shapes.is_a(schema, "integer")


def _is_number(shapes: Shapes, schema: Any) -> bool:
    return shapes.is_a(schema, "number") or shapes.is_a(schema, "integer")


def _is_moment(shapes: Shapes, schema: Any) -> bool:
    formats = {branch.get("format") for branch in shapes.branches(schema)}
    return bool(formats & {"date-time", "unixtime", "int64", "timestamp"}) or (
        _is_plain(shapes, schema) and not shapes.words(schema)
    )


def _moment(machine: DraftedMachine, siblings: Mapping[str, Any], word: str) -> object:
    if _BORN.match(word):
        return "created_at"
    if _CHANGED.match(word):
        return "updated_at"
    if _BEGUN.match(word):
        return f"entered_at.{machine.begun}"
    if match := _MOMENT.match(word):
        entered = machine.by_text(match["word"])
        if entered and (entered not in machine.ends or _tells_ends_apart(machine, siblings, word)):
            return f"entered_at.{entered}"
    return "ended_at" if _OVER.match(word) else None


def _tells_ends_apart(machine: DraftedMachine, siblings: Mapping[str, Any], word: str) -> bool:
    """Whether `completed_at` stands beside `failed_at`: then it is the moment of success alone."""
    others = [match["word"] for name in siblings if name and (match := _MOMENT.match(snake(name)))]
    ends = [other for other in others if machine.by_text(other) in machine.ends]
    return len(ends) > 1 or not _OVER.match(word)
