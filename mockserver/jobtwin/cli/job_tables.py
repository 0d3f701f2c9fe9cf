"""Jobs as tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from jobclients.control.models import Job, JobList, Part
from jobtwin.cli.tables import COLOURS, TextTable, listing, pairs, short, within


def job_list(found: JobList, now: datetime, hint: str = "") -> Iterator[RenderableType | TextTable]:
    """A list of jobs, one a line; `now` is the time of the sandbox's clock, `hint` how to see more."""
    if not found.jobs:
        yield "No jobs found."
        return
    heads = ["api", "machine", "id", "state", "next", "then", "progress", "scenario"]
    drop = ["scenario", "progress", "then", "machine", "api", "next"]
    yield listing(heads, (_row(job, now) for job in found.jobs), drop)
    if len(found.jobs) < found.total:
        yield Text(f"{len(found.jobs)} of {found.total}{hint}", style="dim")


def job_details(job: Job, now: datetime) -> Iterator[RenderableType | TextTable]:
    """Everything about one job; `now` is the time of the sandbox's clock."""
    yield Text(f"{job.api} {job.machine} {job.id}", style="bold")
    yield pairs(_about(job, now))
    yield ""
    yield listing(
        ["  since", "state", "event"],
        [("  " + short(c.at), c.state, c.event or "") for c in job.history],
    )
    if job.parts:
        rows = list(_part_rows(job.parts.additional_properties, "  "))
        yield ""
        yield listing(["  part", "id", "scenario", "state"], rows, ["scenario"])
    facts = job.facts.additional_properties.items()
    if rows := [(f"  {name}", _value(value)) for name, value in facts if value is not None]:
        yield ""
        yield listing(["  fact", "value"], rows)


def _row(job: Job, now: datetime) -> list[str | Text]:
    state, due = _state(job, job.state), within(job.next_.at - now) if job.next_ else ""
    then = job.next_.state if job.next_ else ""
    return [job.api, job.machine, job.id, state, due, then, _progress(job), job.scenario]


def _state(job: Job, text: str) -> Text:
    return Text(text, style=COLOURS.get(str(job.outcome or job.kind), ""))


def _progress(job: Job) -> str:
    return f"{job.progress:.0f}%" if job.progress else ""


def _next(job: Job, now: datetime) -> str:
    return f"{job.next_.state} {within(job.next_.at - now)}" if job.next_ else ""


def _part_rows(parts: dict[str, list[Part]], indent: str) -> Iterator[tuple[str, ...]]:
    for name, members in parts.items():
        for part in members:
            yield indent + name, part.id, part.scenario, part.state
            if part.parts:
                yield from _part_rows(part.parts.additional_properties, indent + "  ")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _about(job: Job, now: datetime) -> dict[str, str | Text | None]:
    return {
        "state": _state(job, f"{job.state} ({job.outcome or job.kind})"),
        "scenario": job.scenario,
        "progress": _progress(job) or None,
        "created": short(job.created),
        "next": _next(job, now) or None,
        "events": ", ".join(job.events) or "none now",
        "advances": f"with {job.progression}",
    }
