"""Drafts the occasions of callbacks and webhooks, from their bodies, names and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.adopt.machines import DraftedMachine
from jobtwin.adopt.properties import PropertyGuess
from jobtwin.adopt.resources import Resource, id_names
from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.words import ENDS, meaning, snake
from jobtwin.openapi.document import METHODS
from jobtwin.openapi.untyped import as_map, filled

_OVER = re.compile(r"(^|_)(ready|done|finish(ed)?|complet(e|ed|ion)|end(ed)?|final|result)(_|$)")
_NOISE = {"webhook", "webhooks", "callback", "callbacks", "event", "notification", "hook", "on"}
_DEEP = 2


@dataclass(frozen=True, slots=True)
class CallbackGuess:
    """The occasions of a callback or a webhook, in the form of the grammar, and the reason of the guess.

    There is no reason if the vendor's file says so.
    """

    name: str
    said: Mapping[str, object]
    reason: str


def guess_callbacks(
    shapes: DocumentSchemas, create: Mapping[str, Any], job: Resource, machine: DraftedMachine
) -> Iterator[CallbackGuess]:
    """Yields the callbacks of an operation that creates jobs: each that has one URL and a body."""
    for name, node in as_map(create.get("callbacks")).items():
        sent = _sent_to_one_url(shapes, node)
        if sent is not None:
            told = _told(shapes, job, machine, name, sent)
            yield CallbackGuess(name, *(told or ({}, "sent in every state")))


def _sent_to_one_url(shapes: DocumentSchemas, node: Any) -> Mapping[str, Any] | None:
    """Returns the request of a callback, or None if it has several URLs."""
    items = [each for key, each in shapes.follow(node).items() if str(key)[:2] != "x-"]
    return _sent(shapes, items[0]) if len(items) == 1 else None


def guess_ids(
    shapes: DocumentSchemas, create: Mapping[str, Any], job: Resource
) -> Iterator[PropertyGuess]:
    """Yields the properties of callbacks with the name of the parameter that reads the job."""
    names = set(map(snake, id_names(job.read)))
    for node in as_map(create.get("callbacks")).values():
        for item in shapes.follow(node).values():
            yield from _ids_in(shapes, _body(shapes, _sent(shapes, item)), names)


def _ids_in(shapes: DocumentSchemas, body: Any, names: set[str]) -> Iterator[PropertyGuess]:
    """Yields the properties of a named body that have the name of an ID."""
    if owner := shapes.name(body):
        own = [name for name in shapes.properties(body) if snake(name) in names]
        yield from (PropertyGuess(owner, name, f"{owner}.{name}", "id") for name in own)


def guess_webhooks(
    shapes: DocumentSchemas, jobs: Sequence[tuple[str, Resource, DraftedMachine]]
) -> Iterator[tuple[str, CallbackGuess]]:
    """Yields the webhooks about a job, with its machine: by the body's type, or by name and state."""
    declared = shapes.document.data.get("webhooks")
    for name, node in declared.items() if isinstance(declared, Mapping) else ():
        sent = _sent(shapes, node)
        if sent is not None:
            yield from _guess_webhook(shapes, jobs, name, sent)


def _guess_webhook(
    shapes: DocumentSchemas,
    jobs: Sequence[tuple[str, Resource, DraftedMachine]],
    name: str,
    sent: Mapping[str, Any],
) -> Iterator[tuple[str, CallbackGuess]]:
    about = [each for each in jobs if _is_about(shapes, sent, each[1])]
    fitting = about or [each for each in jobs if _rest(name, each[0]) is not None]
    if not fitting:
        return
    machine_name, job, machine = max(fitting, key=lambda each: len(each[0]))
    told = _told(shapes, job, machine, _rest(name, machine_name) or name, sent)
    if told or about:
        said, reason = told or ({}, "sent in every state")
        owner = filled(machine=machine_name if len(jobs) > 1 else None)
        why = "" if _is_described(sent, name, said) else reason
        yield machine_name, CallbackGuess(name, {**owner, **said}, why)


def _is_described(sent: Mapping[str, Any], name: str, said: Mapping[str, object]) -> bool:
    """Returns True if a webhook's description names the state, or the end, in which it is sent."""
    word = str(as_map(said.get("when")).get("state", snake(name).rpartition("_")[2]))
    told = re.compile(rf"\bwhen\b.*\b{re.escape(word.replace('_', ' '))}\b", re.IGNORECASE)
    return told.search(" ".join(str(sent.get("description", "")).split())) is not None


def _sent(shapes: DocumentSchemas, item: Any) -> Mapping[str, Any] | None:
    """Returns the operation of a callback or webhook; None if it has no body."""
    methods = shapes.follow(item)
    found = (methods[method] for method in METHODS if isinstance(methods.get(method), Mapping))
    return next((each for each in found if "requestBody" in each), None)


def _told(
    shapes: DocumentSchemas,
    job: Resource,
    machine: DraftedMachine,
    name: str,
    sent: Mapping[str, Any],
) -> tuple[Mapping[str, object], str] | None:
    """Returns the evidence for the states in which something is sent, or None."""
    for words in _words(shapes, _body(shapes, sent), job.state.path[-1]):
        if set(words) < set(machine.states):
            return {"when": {"state": _one_or_all(words)}}, "by the states in its body"
    when = _when_by_name(machine, snake(name), snake(str(sent.get("summary", ""))))
    return ({"when": when}, "by its name") if when else None


def _when_by_name(machine: DraftedMachine, name: str, summary: str) -> dict[str, str]:
    """Returns the condition for sending that a name contains: a state, an outcome, or any end."""
    if state := next((s for s, word in machine.words.items() if _ends_with(name, word.text)), None):
        return {"state": state}
    last = meaning(name.rpartition("_")[2])
    if last.known and not last.ambiguous and last.kind in ENDS:
        return {"outcome": last.kind}
    return {"kind": "final"} if _OVER.search(f"{name}_{summary}") else {}


def _one_or_all(words: Sequence[str]) -> str | list[str]:
    return words[0] if len(words) == 1 else list(words)


def _body(shapes: DocumentSchemas, sent: Mapping[str, Any] | None) -> Any:
    content = as_map(shapes.follow(as_map(sent).get("requestBody")).get("content"))
    return next((shapes.follow(each).get("schema") for each in content.values()), None)


def _words(
    shapes: DocumentSchemas, node: Any, name: str, depth: int = 0
) -> Iterator[tuple[str, ...]]:
    """Yields the words that a body allows for the state."""
    for key, schema in shapes.properties(node).items():
        if key == name and (words := shapes.words(schema)):
            yield words
        elif depth < _DEEP:
            yield from _words(shapes, schema, name, depth + 1)


def _is_about(shapes: DocumentSchemas, sent: Mapping[str, Any], job: Resource) -> bool:
    """Returns True if a body is the job, or contains it."""
    body = _body(shapes, sent)
    nodes = (body, *shapes.properties(body).values())
    return job.type is not None and any(shapes.name(node) == job.type for node in nodes)


def _rest(name: str, job: str) -> str | None:
    """Returns the rest of a webhook's name beside the job's name, or None if it does not contain that."""
    text = "_".join(part for part in snake(name).split("_") if part not in _NOISE)
    found = re.search(rf"(^|_){re.escape(job)}_(?P<rest>.+)$", text)
    return found["rest"] if found else None


def _ends_with(text: str, word: str) -> bool:
    return text == word or text.endswith(f"_{word}")
