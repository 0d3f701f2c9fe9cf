"""Where the extensions stand in a document: the one module that knows how their roots are spelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi.document import Document
from jobtwin.openapi.evidence import Path
from jobtwin.openapi.pointer import pointer

_MACHINES = "x-job-lifecycle"
_ERRORS = "x-job-errors"
_OPERATION = "x-job-operation"


def has_extensions(tree: Mapping[str, Any]) -> bool:
    """Whether a tree says anything of jobs at its root."""
    return any(str(key).startswith("x-job") for key in tree)


def has_machines(tree: Mapping[str, Any]) -> bool:
    """Whether a tree has job machines."""
    return bool(tree.get(_MACHINES))


def machine_path(name: str) -> Path:
    """Where a machine stands."""
    return _MACHINES, name


def error_path(situation: str) -> Path:
    """Where it stands how a situation is answered in general."""
    return _ERRORS, situation


def operation_path(url: str, method: str) -> Path:
    """Where it stands what an operation does to jobs."""
    return "paths", url, method, _OPERATION


def machine_sources(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """What a document says of each machine, in the order of the file."""
    sources: Mapping[str, Mapping[str, Any]] = document.data.get(_MACHINES, {})
    return sources


def fact_schemas(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of the facts of each machine."""
    return {name: source.get("facts", {}) for name, source in machine_sources(document).items()}


def error_settings(document: Document) -> Mapping[str, Any]:
    """How a document's situations are answered, and in which order a request is looked at."""
    settings: Mapping[str, Any] = document.data.get(_ERRORS, {})
    return settings


def added_state(
    machine: Machine, name: str, summary: str, *, why: str
) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """What to add to a document, and where, so that a machine has one more state.

    Any state may lead to it and on from it by an event of its own; `why` that is assumed.
    """
    root, word = pointer(machine_path(machine.name)), name.lower()
    assumed = {"x-evidence": {"assumed": why}}
    yield f"{root}/states{pointer([name])}", {"kind": "active", "summary": summary, **assumed}
    before = [state.name for state in machine.states.values() if not state.final]
    into = {"from": before, "to": name, "event": f"enter_{word}", **assumed}
    yield f"{root}/transitions/-", into
    for other in machine.states:
        out = {"from": name, "to": other, "event": f"leave_{word}_for_{other.lower()}", **assumed}
        yield f"{root}/transitions/-", out
