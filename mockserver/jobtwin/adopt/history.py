"""What recordings say of one kind of job, as drafting uses it. No traffic, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

RECORDED = {"published": "recorded traffic"}
"""The `x-evidence` of what a recording says."""


@dataclass(frozen=True)
class JobHistory:
    """What was recorded of the jobs of one kind.

    `states` are all that were seen, in the order of their first sight. `walk` has the states of the
    job that went through most of them to a success; `created` says that its first one was answered
    on creation. `changes` has the median duration of a state before another that came by itself,
    `events` the change of state after each verb, `polls` the first and the last pause between reads.
    `answers` are by operation, as `x-jobs` says them.
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
    """Something that a vendor's file lacks: the JSON pointer of its place, and what to put there."""

    place: str
    value: Any


@dataclass(frozen=True)
class Recorded:
    """What recordings say beside a vendor's file: of each kind of job by name, and in general."""

    jobs: Mapping[str, JobHistory] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)
    additions: tuple[Addition, ...] = ()


def span_text(span: timedelta) -> str:
    """A duration as a spec has it, such as 7s, 0.4s or 1m30s."""
    seconds = span.total_seconds()
    if seconds < 10:  # noqa: PLR2004 - a rounding that nobody notices
        return f"{max(0.1, round(seconds, 1)):g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)
