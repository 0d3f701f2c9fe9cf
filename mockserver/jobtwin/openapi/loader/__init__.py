"""Loads a document from files: parses, bundles and normalises them, and applies overlays. Knows no jobs."""

from jobtwin.openapi.loader.assembly import Assembled, assemble, assemble_what_applies
from jobtwin.openapi.loader.source import SpecSource, find_source, spec_folder

__all__ = [
    "Assembled",
    "SpecSource",
    "assemble",
    "assemble_what_applies",
    "find_source",
    "spec_folder",
]
