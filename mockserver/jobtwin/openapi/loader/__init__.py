"""Files to one document: parsed, put together, extended by overlays. It knows no jobs."""

from jobtwin.openapi.loader.assembly import Assembled, assemble
from jobtwin.openapi.loader.source import Source, find_source, spec_folder

__all__ = ["Assembled", "Source", "assemble", "find_source", "spec_folder"]
