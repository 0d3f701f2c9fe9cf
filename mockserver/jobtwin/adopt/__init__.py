"""Drafts the job machines of a vendor's own file, as an overlay for a person to correct."""

from __future__ import annotations

from jobtwin.adopt.draft import Draft, draft
from jobtwin.adopt.overlay import MARK, overlay_text

__all__ = ["MARK", "Draft", "draft", "overlay_text"]
