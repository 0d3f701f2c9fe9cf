"""The fate of a test's jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["success", "failure", "partial", "cancelled", "never", "refused"]
"""The outcome of a job for the client. If the creation is `refused`, the client may give up or continue."""


@dataclass(frozen=True, slots=True)
class Fate:
    """The fate of a job."""

    name: str
    summary: str
    outcome: Outcome


USUAL = Fate("usual", "The default scenario", "success")
