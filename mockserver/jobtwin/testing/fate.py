"""What becomes of a test's jobs, as the test is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["success", "failure", "partial", "cancelled", "never", "refused"]
"""How a job ends for the client; where it is `refused`, giving up is right, and so is going on."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One thing that can become of a job."""

    name: str
    summary: str
    outcome: Outcome


USUAL = Fate("usual", "What happens unless a test asks for something else", "success")
