"""Files to one document: parsed, put together, extended by overlays. It knows no jobs."""

from jobtwin.openapi.loader.assembly import Assembled, assemble

__all__ = ["Assembled", "assemble"]
