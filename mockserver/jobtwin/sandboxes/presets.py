"""Named groups of faults that occur together, such as a bad morning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.lifecycle.faults import Fault

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Preset:
    """Several faults under one name; `rules` are a `FaultRule`'s fields, without its id."""

    summary: str
    rules: Sequence[Mapping[str, Any]]


PRESETS: Mapping[str, Preset] = {
    "rate_limited": Preset(
        "After the first request, 429 twice with Retry-After: 5",
        ({"after": 1, "times": 2, "fault": Fault(status=429, retry_after=5)},),
    ),
    "flaky_network": Preset(
        "One request in six is cut off before its answer, one in ten within it, one in ten takes 2 s",
        (
            {"chance": 1 / 6, "fault": Fault(drop="before", reset=True)},
            {"chance": 0.1, "fault": Fault(drop="body")},
            {"chance": 0.1, "fault": Fault(delay=2 * SECOND)},
        ),
    ),
    "eventually_consistent": Preset(
        "Jobs are not found for 3 s after they were created, and every other read is 5 s old",
        (
            {"fault": Fault(hide_for=3 * SECOND)},
            {"chance": 0.5, "fault": Fault(stale=5 * SECOND)},
        ),
    ),
    "bad_morning": Preset(
        "503 with Retry-After, a gateway's pages, cut connections, slow and truncated answers, then all is well",
        (
            {"times": 2, "fault": Fault(status=503, retry_after=3)},
            {"after": 2, "times": 2, "fault": Fault(status=502, body="html")},
            {"after": 4, "times": 1, "fault": Fault(drop="before", reset=True)},
            {"after": 5, "times": 1, "fault": Fault(delay=2 * SECOND, delayed="body")},
            {"after": 6, "times": 1, "fault": Fault(body="truncated")},
            {"after": 7, "times": 1, "fault": Fault(status=500)},
        ),
    ),
}
