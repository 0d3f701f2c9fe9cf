"""Checks that the faults of scenarios are possible, and suit their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobtwin.errors import unknown
from jobtwin.openapi.document import Document
from jobtwin.openapi.faults import job_fault, misfit
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.pointer import pointer


def wrong_faults(document: Document, operations: Sequence[Operation]) -> Iterator[tuple[str, str]]:
    """Yields the place and reason of every impossible fault of a scenario."""
    known = {operation.id: operation for operation in operations}
    machines = document.data.get("x-jobs", {}).get("machines", {})
    for machine, source in machines.items():
        for scenario, said in source.get("scenarios", {}).items():
            for name, fault in said.get("faults", {}).items():
                place = pointer([machine, "scenarios", scenario, "faults", name])
                if (why := _wrong(fault, known)) is not None:
                    yield f"/x-jobs/machines{place}", why


def _wrong(said: Mapping[str, Any], known: Mapping[str, Operation]) -> str | None:
    try:
        made = job_fault(said)
    except ValueError as error:
        return str(error)
    if made.operation is None:
        return None
    if made.operation not in known:
        return unknown("operation", made.operation, known)
    return misfit(made.fault, known[made.operation])
