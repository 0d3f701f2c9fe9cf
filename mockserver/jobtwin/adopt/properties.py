"""Guesses the values of a job's properties from their names, types and siblings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jobtwin.adopt.machines import DraftedMachine
from jobtwin.adopt.operations import Candidate, error_types
from jobtwin.adopt.resources import Resource, id_names
from jobtwin.adopt.shapes import DocumentSchemas
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
_FAULT = re.compile(r"^(last_)?(error|failure|fault)$")
_TEXT = re.compile(r"^(message|detail|description|reason)$")
_REASON_VALUE = {"path": "facts.reason", "when": {"outcome": ["failure", "partial"]}}
_DEEP = 3


@dataclass(frozen=True, slots=True)
class PropertyGuess:
    """The guessed value of a property: a path or a longer form of the grammar.

    `owner` is the named schema of the property, or None for an inline schema; `key` is the
    property's name in `values`.
    """

    owner: str | None
    name: str
    key: str
    value: object


def guess_properties(
    shapes: DocumentSchemas, job: Resource, machine: DraftedMachine
) -> list[PropertyGuess]:
    """Returns guesses for the properties of the job's own object."""
    found: dict[str, PropertyGuess] = {}
    for operation in (*job.reads, *job.creates):
        for guess in _inside(
            _PropertyContext(shapes, job, machine, {}), operation, operation.answer, ()
        ):
            found.setdefault(guess.key, guess)
    guesses = list(found.values())
    return guesses if any(guess.value == "id" for guess in guesses) else [*_named(shapes, job), *guesses]  # fmt: skip


def _named(shapes: DocumentSchemas, job: Resource) -> Iterator[PropertyGuess]:
    """Yields the `name` of a job without an ID, if its creation returns the same type."""
    node = job.read.answer
    for name in job.wrapper:
        node = shapes.properties(node).get(name)
    schema, owner = shapes.properties(node).get("name"), shapes.name(node)
    if owner and schema is not None and shapes.is_a(schema, "string") and job.creates:
        yield PropertyGuess(owner, "name", f"{owner}.name", "id")


def _inside(
    told: _PropertyContext, operation: Candidate, node: Any, path: tuple[str, ...]
) -> Iterator[PropertyGuess]:
    properties, owner = told.shapes.properties(node), told.shapes.name(node)
    beside = replace(told, siblings=properties)
    for name, schema in properties.items():
        here = (*path, name)
        value = _own_value(told, here) or _value(beside, name, schema)
        if value is not None:
            key = f"{owner}.{name}" if owner else ".".join((operation.key, *here))
            yield PropertyGuess(owner, name, key, value)
        elif _leads_on(told.job, here) and len(here) < _DEEP:
            yield from _inside(told, operation, schema, here)
        elif _FAULT.match(snake(name)):
            yield from _reasons(told, operation, schema, here)


def _reasons(
    told: _PropertyContext, operation: Candidate, node: Any, path: tuple[str, ...]
) -> Iterator[PropertyGuess]:
    """Yields the property with the reason of a failure, unless its type is that of the API's errors."""
    owner = told.shapes.name(node)
    if owner in error_types(told.shapes.document):
        return
    for name, schema in told.shapes.properties(node).items():
        if _TEXT.match(snake(name)) and told.shapes.is_a(schema, "string"):
            key = f"{owner}.{name}" if owner else ".".join((operation.key, *path, name))
            yield PropertyGuess(owner, name, key, _REASON_VALUE)
            return


def _leads_on(job: Resource, path: tuple[str, ...]) -> bool:
    """Returns True if an object contains the job's own properties: a wrapper, or the state's object."""
    return path == job.state.path[: len(path)]


@dataclass(frozen=True, slots=True)
class _PropertyContext:
    """The context of a property's name: its job, its machine, its siblings."""

    shapes: DocumentSchemas
    job: Resource
    machine: DraftedMachine
    siblings: Mapping[str, Any]


def _own_value(told: _PropertyContext, path: tuple[str, ...]) -> object:
    """Returns the value of the properties that identify the job: its state and its outcome."""
    job = told.job
    if path == job.state.path and job.state.wire:
        return _wired(job.state.wire, told.machine)
    if path == job.state.path:
        return _state_value(job)
    return {"path": "state", "when": {"kind": "final"}} if path == job.state.outcome else None


def _value(told: _PropertyContext, name: str, schema: Any) -> object:
    word, shapes = snake(name), told.shapes
    if _is_id(told.job, word) and _is_plain(shapes, schema):
        return "id"
    if _is_moment(shapes, schema) and (moment := _moment(told.machine, told.siblings, word)):
        return moment
    return _progress_or_reason(shapes, word, schema)


def _progress_or_reason(shapes: DocumentSchemas, word: str, schema: Any) -> object:
    if _PROGRESS.match(word) and _is_number(shapes, schema):
        return "progress"
    return _REASON_VALUE if _REASON.match(word) and _is_free_text(shapes, schema) else None


def _is_free_text(shapes: DocumentSchemas, schema: Any) -> bool:
    return shapes.is_a(schema, "string") and not shapes.words(schema)


def _wired(wire: Mapping[str, Any], machine: DraftedMachine) -> object:
    """Returns the values sent for the states: numbers or flags."""
    sent: dict[Any, list[str]] = {}
    for state, value in wire.items():
        if state in machine.states:
            sent.setdefault(value, []).append(state)
    return {"first_of": [{"const": v, "when": {"state": s}} for v, s in sent.items()]}


def _state_value(job: Resource) -> object:
    """Returns the state; if another property shows the outcome, one value for all final states."""
    ended = [value for value, word in job.state.meanings.items() if word.ends]
    if not job.state.outcome or not ended:
        return "state"
    over = {"const": ended[0], "when": {"kind": "final"}}
    going = {"path": "state", "when": {"kind": ["waiting", "active", "paused", "transient"]}}
    return {"first_of": [over, going]}


def _is_id(job: Resource, word: str) -> bool:
    return word in ("id", "sid", "uuid", *id_names(job.read), f"{job.name}_id")


def _is_plain(shapes: DocumentSchemas, schema: Any) -> bool:
    return shapes.is_a(schema, "string") or shapes.is_a(schema, "integer")


def _is_number(shapes: DocumentSchemas, schema: Any) -> bool:
    return shapes.is_a(schema, "number") or shapes.is_a(schema, "integer")


def _is_moment(shapes: DocumentSchemas, schema: Any) -> bool:
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
    if entered := _entered_state(machine, siblings, word):
        return f"entered_at.{entered}"
    return "ended_at" if _OVER.match(word) else None


def _entered_state(machine: DraftedMachine, siblings: Mapping[str, Any], word: str) -> str | None:
    """Returns the state in the name of a time, or None if the time is that of any end."""
    match = _MOMENT.match(word)
    entered = machine.by_text(match["word"]) if match else None
    if entered in machine.ends and not _tells_ends_apart(machine, siblings, word):
        return None
    return entered


def _tells_ends_apart(machine: DraftedMachine, siblings: Mapping[str, Any], word: str) -> bool:
    """Returns True if `completed_at` has a sibling `failed_at`, and is thus the time of a success only."""
    others = [match["word"] for name in siblings if name and (match := _MOMENT.match(snake(name)))]
    ends = [other for other in others if machine.by_text(other) in machine.ends]
    return len(ends) > 1 or not _OVER.match(word)
