"""The course of a job: all that decides how it looks, except its ID, its number and its creation time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobtwin.lifecycle.machine import Line
from jobtwin.lifecycle.record import QUOTE
from jobtwin.lifecycle.timeline import Timeline
from jobtwin.lifecycle.view import JobView, LogEntry

Course = tuple[Any, ...]
"""A key: equal for jobs that were created alike and have come equally far.

Facts and scenarios are compared by identity, so keep one of the timelines with the key.
"""


def course(view: JobView) -> Course:
    """Returns the course of a job at the view's moment."""
    timeline = view.timeline
    record = timeline.record
    own = (timeline.schedule, view.index, id(record.facts), id(record.scenario))
    return (*own, *_of_parts(timeline, view.now)) if timeline.parts else own


def _of_parts(timeline: Timeline, now: int) -> Course:
    found: list[Any] = []
    for name, parts in timeline.parts.items():
        found.append(name)
        for part in parts:
            record, schedule = part.record, part.schedule
            born = record.at
            found += (schedule, schedule.index(now - born), id(record.facts), id(record.scenario))
            found.append(born - timeline.record.at)
            if part.parts:
                found.append(_of_parts(part, now))
    return tuple(found)


def course_entries(view: JobView) -> Sequence[LogEntry] | None:
    """Returns the log if jobs of the same course have the same one, apart from its times; otherwise None."""
    if view.timeline.machine.logs_counts:
        return None
    entries = view.entries()
    return None if any(_quotes_id(entry.line) for entry in entries) else entries


def _quotes_id(line: Line) -> bool:
    texts = (text for text in line.values() if isinstance(text, str))
    return any(path.partition(".")[0] == "id" for text in texts for path in QUOTE.findall(text))
