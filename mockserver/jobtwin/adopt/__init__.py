"""Drafts the job machines of a vendor's own file, as an overlay for a person to correct."""

from jobtwin.adopt.draft import Draft, summary
from jobtwin.adopt.overlay import MARK, marks_in, overlay_text
from jobtwin.adopt.trial import Trial, shorten, try_draft

__all__ = [
    "MARK",
    "Draft",
    "Trial",
    "marks_in",
    "overlay_text",
    "shorten",
    "summary",
    "try_draft",
]
