"""The places of `x-jobs` in a document: the only module that knows its top-level keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi.document import Document
from jobtwin.openapi.evidence import Path
from jobtwin.openapi.pointer import pointer

JOBS = "x-jobs"
"""The key of all extensions about jobs."""


def has_extensions(tree: Mapping[str, Any]) -> bool:
    """Returns True if a tree has extensions about jobs at its root."""
    return any(str(key).startswith("x-job") for key in tree)


def has_machines(tree: Mapping[str, Any]) -> bool:
    """Returns True if a tree has job machines."""
    return bool(tree.get(JOBS, {}).get("machines"))


def machine_path(name: str) -> Path:
    """Returns the path of a machine."""
    return JOBS, "machines", name


def error_path(situation: str) -> Path:
    """Returns the path of the general answer to a situation."""
    return JOBS, "errors", situation


def operation_path(document: Document, url: str, method: str) -> Path | None:
    """Returns the path of what an operation does to jobs; None if only its name says so."""
    node = document.data["paths"][url][method]
    if "x-job" in node:
        return "paths", url, method, "x-job"
    name = node.get("operationId")
    said = document.data.get(JOBS, {}).get("operations", {})
    names = (name, f"{method.upper()} {url}")
    return next(((JOBS, "operations", each) for each in names if each in said), None)


def machine_sources(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """Returns the source of each machine, in the order of the file."""
    sources: Mapping[str, Mapping[str, Any]] = document.data.get(JOBS, {}).get("machines", {})
    return sources


def error_settings(document: Document) -> Mapping[str, Any]:
    """Returns how situations are answered, and in which order requests are checked."""
    settings: Mapping[str, Any] = document.data.get(JOBS, {}).get("errors", {})
    return settings


def webhook_settings(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """Returns the settings of the document's webhooks, by name."""
    settings: Mapping[str, Mapping[str, Any]] = document.data.get(JOBS, {}).get("webhooks", {})
    return settings


def has_limits(document: Document) -> bool:
    """Returns True if a document limits requests."""
    return bool(document.data.get(JOBS, {}).get("limits"))


def credential_settings(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """Returns the accepted credentials by security scheme."""
    said = document.data.get(JOBS, {}).get("credentials", {})
    return {n: {"example": each} if isinstance(each, str) else each for n, each in said.items()}


def environment_settings(document: Document) -> Mapping[str, str]:
    """Returns the environment variables that the vendor's SDK reads, each with its text."""
    settings: Mapping[str, str] = document.data.get(JOBS, {}).get("env", {})
    return settings


def added_state(
    machine: Machine, name: str, summary: str, *, why: str
) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Yields the additions, with their paths, that give a machine one more state.

    It can follow and precede any other state, by an event of its own; `why` says that this is assumed.
    """
    root, word = pointer(machine_path(machine.name)), name.lower()
    assumed = {"x-evidence": {"assumed": why}}
    out = {f"leave_{word}_for_{other.lower()}": other for other in machine.states}
    state = {"kind": "active", "summary": summary, "events": out, **assumed}
    yield f"{root}/states{pointer([name])}", state
    yield f"{root}/events", {f"enter_{word}": {"to": name, **assumed}}
