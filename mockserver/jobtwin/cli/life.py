"""Jobs as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobclients.control.models import Job, JobList, Part
from jobtwin.cli.tables import COLOURS, pairs, table, when


def lives(it: JobList) -> Iterator[RenderableType]:
    """A list of jobs, one a line."""
    if not it.jobs:
        yield "There are no such jobs."
        return
    yield table(
        ["api", "machine", "id", "scenario", "state", "progress", "next"], map(_row, it.jobs)
    )
    if len(it.jobs) < it.total:
        yield Text(f"{len(it.jobs)} of {it.total}; more with --limit", style="dim")


def life(job: Job) -> Iterator[RenderableType]:
    """All about one job."""
    about: dict[str, str | Text | None] = {
        "state": _state(job, f"{job.state} ({job.outcome or job.kind})"),
        "scenario": job.scenario,
        "progress": _progress(job) or None,
        "created": when(job.created),
        "next": _next(job) or None,
        "events": ", ".join(job.events) or "none is legal now",
        "gets on": f"by {job.progression}",
    }
    yield Text(f"{job.api} {job.machine} {job.id}", style="bold")
    yield pairs(about)
    yield ""
    changes = [("  " + when(c.at), c.state, c.event or "") for c in job.history]
    yield table(["  since", "state", "event"], changes)
    if job.parts:
        yield ""
        yield _parts(job.parts.additional_properties)
    facts = job.facts.additional_properties.items()
    if rows := [(f"  {name}", _value(value)) for name, value in facts if value is not None]:
        yield ""
        yield table(["  fact", "value"], rows)


def _row(job: Job) -> list[str | Text]:
    progress, following = _progress(job), _next(job)
    return [job.api, job.machine, job.id, job.scenario, _state(job, job.state), progress, following]


def _state(job: Job, text: str) -> Text:
    return Text(text, style=COLOURS.get(str(job.outcome or job.kind), ""))


def _progress(job: Job) -> str:
    return f"{job.progress:.0f}%" if job.progress else ""


def _next(job: Job) -> str:
    return f"{job.next_.state} at {when(job.next_.at)}" if job.next_ else ""


def _parts(parts: dict[str, list[Part]]) -> Table:
    return table(["  part", "id", "scenario", "state"], _part_rows(parts, "  "))


def _part_rows(parts: dict[str, list[Part]], indent: str) -> Iterator[tuple[str, ...]]:
    for name, members in parts.items():
        for part in members:
            yield indent + name, part.id, part.scenario, part.state
            if part.parts:
                yield from _part_rows(part.parts.additional_properties, indent + "  ")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
