"""A rule of politeness, as it was kept by a client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolitenessRule:
    """One rule of polite polling: whether it was kept, what was seen, and who asks for it."""

    rule: str
    kept: bool
    says: str
    source: str
