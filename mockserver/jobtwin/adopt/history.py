"""The recorded history of one kind of job, as used for drafting. No traffic, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

RECORDED = {"published": "recorded traffic"}
"""The `x-evidence` of recorded values."""


@dataclass(frozen=True)
class JobHistory:
    """The recorded history of the jobs of one kind.

    `states` are all recorded states, in the order of their first occurrence. `walk` is the longest
    path to a success; `created` is True if its first state was in the response to the creation.
    `changes` has the median duration of a state before a spontaneous change,
    `events` the change of state after each verb, `polls` the first and the last pause between reads.
    `answers` are by operation, in the form of `x-jobs`.
    """

    jobs: int = 0
    states: tuple[str, ...] = ()
    walk: tuple[str, ...] = ()
    created: bool = False
    changes: Mapping[tuple[str, str], timedelta] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    polls: tuple[timedelta, timedelta] | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Addition:
    """An addition to a vendor's file: the JSON pointer of its place, and its value."""

    place: str
    value: Any


@dataclass(frozen=True)
class Recorded:
    """Recorded facts beside a vendor's file: of each kind of job by name, and in general."""

    jobs: Mapping[str, JobHistory] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)
    additions: tuple[Addition, ...] = ()


def span_text(span: timedelta) -> str:
    """Returns a duration in the form of specs, such as 7s, 0.4s or 1m30s."""
    seconds = span.total_seconds()
    if seconds < 10:  # noqa: PLR2004 - an invisible rounding error
        return f"{max(0.1, round(seconds, 1)):g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)
