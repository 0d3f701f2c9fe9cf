"""Compares an overlay with its vendor's next release: additions and changes.

No line of the overlay is changed: additions are a separate action at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobtwin.adopt.draft import Draft, DraftedJob
from jobtwin.adopt.overlay import action_text
from jobtwin.openapi.document import Document
from jobtwin.openapi.extensions import JOBS
from jobtwin.openapi.loader.text import parse
from jobtwin.openapi.spec import with_jobs
from jobtwin.openapi.untyped import as_map, filled


@dataclass(frozen=True)
class Update:
    """The text to add to an overlay, or "", and a line for each change."""

    text: str
    changes: tuple[str, ...]


class NoRoom(Exception):
    """An action cannot be added at the end of the overlay."""


def compare(document: Document, drafted: Draft) -> Update:
    """Compares the jobs of a document with a fresh draft of the vendor's file."""
    said: Mapping[str, Any] = document.data.get(JOBS, {})
    machines: Mapping[str, Any] = said.get("machines", {})
    bound = said.get("operations", {})
    new = [job for job in drafted.jobs if not _is_known(job, machines, bound)]
    known = [job for job in drafted.jobs if _machine_of(job, bound) in machines]
    added: dict[str, Any] = replace(drafted, jobs=tuple(new)).declaration if new else {}
    states = _additional_states(known, machines, bound)
    callbacks = _additional_callbacks(known, bound)
    webhooks = _additional_webhooks(drafted, known, said)
    _add(added, machines=states, operations=callbacks, webhooks=webhooks)
    changes = [f"new job: {job.name} ({job.resource.read.key})" for job in new]
    changes += _differences(known, machines, bound)
    changes += _sent(callbacks, webhooks)
    changes += [f"{where}: {why}" for where, why in with_jobs(document, said)[1]]
    return Update(action_text(added) if added else "", tuple(changes))


def _differences(
    jobs: Sequence[DraftedJob], machines: Mapping[str, Any], bound: Mapping[str, Any]
) -> Iterator[str]:
    """Yields what the declared machines lack, or have in excess."""
    for job in jobs:
        name = _machine_of(job, bound)
        yield from _lacking(name, job, machines[name], bound)


def _additional_states(
    jobs: Sequence[DraftedJob], machines: Mapping[str, Any], bound: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the states that declared machines lack, by machine."""
    named = [(_machine_of(job, bound), job) for job in jobs]
    new = [(name, job, _new_states(job, machines[name])) for name, job in named]
    return {name: _declared(job, states) for name, job, states in new if states}


def _add(added: dict[str, Any], **sections: Mapping[str, Any]) -> None:
    """Adds entries to the sections of a declaration."""
    for section, entries in filled(**sections).items():
        added[section] = {**added.get(section, {}), **entries}


def _additional_callbacks(jobs: Sequence[DraftedJob], bound: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the callbacks that the overlay's creating operations lack, by operation."""
    found: dict[str, Any] = {}
    for key, drafted in (pair for job in jobs for pair in job.operations):
        said = bound.get(key)
        known = as_map(as_map(said).get("callbacks"))
        sent = as_map(as_map(drafted).get("callbacks"))
        new = {name: each for name, each in sent.items() if name not in known}
        if new and said is not None:
            does = {"does": said} if isinstance(said, str) else {}
            found[key] = {**does, "callbacks": new}
    return found


def _additional_webhooks(
    drafted: Draft, jobs: Sequence[DraftedJob], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the webhooks about known jobs that the overlay lacks."""
    found: dict[str, Any] = {}
    for job in jobs:
        sent = replace(drafted, jobs=(job,)).declaration.get("webhooks", {})
        name = _machine_of(job, said.get("operations", {}))
        for hook, each in sent.items():
            if hook not in said.get("webhooks", {}):
                found[hook] = {**each, "machine": name}
    return found


def _sent(callbacks: Mapping[str, Any], webhooks: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line for each new callback and webhook."""
    for key, said in callbacks.items():
        yield from (f"new callback of {key}: {name}" for name in said["callbacks"])
    yield from (f"new webhook: {name}" for name in webhooks)


def _lacking(
    name: str, job: DraftedJob, machine: Mapping[str, Any], bound: Mapping[str, Any]
) -> Iterator[str]:
    """Yields a line for each part of a drafted job that the overlay's job lacks."""
    for state in _new_states(job, machine):
        yield f"new state of {name}: {state}"
    for key, _ in job.operations:
        if key not in bound:
            yield f"not bound: {key} ({name})"


def extend(overlay: str, addition: str) -> str:
    """Returns the overlay's text with one more action. Raises NoRoom if it cannot be appended."""
    text = overlay.rstrip("\n") + "\n" + addition
    try:
        before, after = (len(parse("overlay", each)["actions"]) for each in (overlay, text))
    except Exception as error:
        raise NoRoom from error
    if after != before + 1:
        raise NoRoom
    return text


def _is_known(job: DraftedJob, machines: Mapping[str, Any], bound: Mapping[str, Any]) -> bool:
    return job.name in machines or _machine_of(job, bound) in machines


def _machine_of(job: DraftedJob, bound: Mapping[str, Any]) -> str:
    """Returns the overlay's name for a job: the machine to which one of its operations is bound."""
    said = (as_map(bound.get(key)) for key, _ in job.operations)
    return next((str(each["machine"]) for each in said if "machine" in each), job.name)


def _new_states(job: DraftedJob, machine: Mapping[str, Any]) -> list[str]:
    return [state for state in job.machine.states if state not in machine.get("states", {})]


def _declared(job: DraftedJob, new: list[str]) -> dict[str, Any]:
    """Returns new states, and the events of other states that lead to them."""
    states = {name: dict(job.machine.states[name]) for name in new}
    leading = {name: events for name, events in _leading(job, new) if name not in states}
    return {"states": {**states, **leading}}


def _leading(job: DraftedJob, new: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the states from which an event leads to a new one, with these events.

    Existing transitions stay the same: a new intermediate state is reached by an event.
    """
    for name, state in job.machine.states.items():
        events = as_map(state.get("events"))
        found = {event: to for event, to in events.items() if to in new}
        if state.get("then") in new:
            following = str(state["then"])
            found[f"become_{job.machine.words[following].text}"] = following
        if found:
            yield name, {"events": found}
