"""The JSON of the control API: jobs, clocks, journal entries and polling reports."""

from __future__ import annotations

from typing import Any

from jobtwin.lifecycle import JobView, Milestone, Moment
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import JournalEntry, Sandbox, StoredJob
from jobtwin.sandboxes.bodies import shown_body
from jobtwin.sandboxes.journal import Skip
from jobtwin.sandboxes.polling import PollingReport

LONGEST_HISTORY = 1000
"""The maximum number of changes shown, the latest; a job that repeats for ever has millions."""


def shown_job(api: str, job: StoredJob, now: Moment, moment: Moment) -> Any:
    """Returns a job at a moment of its own, or its initial view; `now` is that of the clock."""
    view = JobView(job.timeline, max(moment, job.record.at))
    state = view.state
    shown: dict[str, Any] = {
        "api": api,
        "machine": job.record.machine.name,
        "id": job.record.shown_id,
        "scenario": job.record.scenario.name,
        "state": state.name,
        "kind": state.kind.value,
        "created": rfc3339(job.record.at),
        "progression": "time" if job.reached is None else "polls",
        "facts": view.facts(),
        "history": _history(job, view),
        "events": legal_events(view) if job.record.at <= now else [],
    }
    if state.outcome:
        shown["outcome"] = state.outcome.value
    if not job.record.machine.rules:
        shown["progress"] = round(view.progress, 6)
    if (coming := job.timeline.schedule.due(view.index)) is not None:
        following = job.timeline.schedule[view.index + 1].state.name
        shown["next"] = {"at": rfc3339(job.record.at + coming), "state": following}
    if job.record.parts:
        shown["parts"] = _shown_parts(view)
    return shown


def legal_events(view: JobView) -> list[str]:
    """Returns the events that may happen now."""
    able = view.timeline.machine.events(view.state.name, view.facts())
    return [event for event in able if view.allows(event)]


def _history(job: StoredJob, view: JobView) -> list[dict[str, Any]]:
    first = max(0, view.index + 1 - LONGEST_HISTORY)
    return [_change(job, job.timeline.schedule[n]) for n in range(first, view.index + 1)]


def _change(job: StoredJob, milestone: Milestone) -> dict[str, Any]:
    change = {"at": rfc3339(job.record.at + milestone.at), "state": milestone.state.name}
    return {**change, "event": milestone.event.name} if milestone.event else change


def _shown_parts(view: JobView) -> dict[str, Any]:
    return {name: list(map(_shown_part, view.parts(name))) for name in view.timeline.parts}


def _shown_part(view: JobView) -> dict[str, Any]:
    record = view.timeline.record
    shown = {
        "id": record.shown_id,
        "state": view.state.name,
        "scenario": record.scenario.name,
        "facts": view.facts(),
    }
    return {**shown, "parts": _shown_parts(view)} if record.parts else shown


def shown_clock(sandbox: Sandbox) -> dict[str, Any]:
    """Returns the clock of a sandbox."""
    clock = sandbox.clock
    progression = "polls" if sandbox.by_polls else "time"
    return {
        "now": rfc3339(clock.now()),
        "speed": clock.speed,
        "frozen": clock.frozen,
        "skips": sandbox.setup.skips,
        "progression": progression,
    }


def shown_entry(entry: JournalEntry) -> dict[str, Any]:
    """Returns an entry of the journal, without empty fields."""
    shown = {
        "number": entry.number,
        "at": rfc3339(entry.at),
        "api": entry.api,
        "operation": entry.operation,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query or None,
        "status": entry.status,
        "job": entry.job,
        "before": entry.before,
        "after": entry.after,
        "finding": entry.finding,
        "milliseconds": entry.took / 1000,
        "injected": entry.injected or None,
        "delivery": entry.delivery,
        "sampled": entry.sampled or None,
        "request": entry.request and shown_body(entry.request),
        "response": entry.response and shown_body(entry.response),
    }
    return {name: value for name, value in shown.items() if value is not None}


def shown_skip(skip: Skip) -> dict[str, Any]:
    """Returns a skipped span of time, and the number of the request before it."""
    return {"after": skip.after, "from": rfc3339(skip.at), "to": rfc3339(skip.at + skip.by)}


def shown_report(report: PollingReport) -> dict[str, Any]:
    """Returns the polling report on a job."""
    shown = {
        "api": report.api,
        "operation": report.operation,
        "job": report.job,
        "polls": report.polls,
        "intervals": [interval / 1_000_000 for interval in report.intervals],
        "afterFinal": report.after_final,
        "noticed": None if report.noticed is None else report.noticed / 1_000_000,
        "refused": report.refused,
        "polite": report.polite,
        "rules": [
            {"rule": r.rule, "kept": r.kept, "says": r.says, "source": r.source}
            for r in report.rules
        ],
    }
    return {name: value for name, value in shown.items() if value is not None}
