"""The result of a politeness rule for a client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolitenessRule:
    """The result of one rule of polite polling: kept or broken, the observation, and the source."""

    rule: str
    kept: bool
    says: str
    source: str
