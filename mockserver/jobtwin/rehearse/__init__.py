"""Rehearses a command in every fate of a vendor's job, and reports those that it does not survive."""

from jobtwin.rehearse.fates import RehearsalFate, fates_of
from jobtwin.rehearse.rehearsal import Asked, NotRehearsed, Rehearsal, rehearse
from jobtwin.rehearse.report import junit, lines
from jobtwin.rehearse.stage import Bounds, NotPlayed, Stage

__all__ = [
    "Asked",
    "Bounds",
    "NotPlayed",
    "NotRehearsed",
    "Rehearsal",
    "RehearsalFate",
    "Stage",
    "fates_of",
    "junit",
    "lines",
    "rehearse",
]
