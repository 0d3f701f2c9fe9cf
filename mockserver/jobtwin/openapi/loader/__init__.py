"""Files to one document: parsed, put together, extended by overlays. It knows no jobs."""

from jobtwin.openapi.loader.assembly import Assembled, assemble
from jobtwin.openapi.loader.lines import as_pointer, tokens

__all__ = ["Assembled", "as_pointer", "assemble", "tokens"]
