"""Media types by what they hold."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=256)
def is_json(media_type: str) -> bool:
    """Returns True if a body of this type is one JSON value; JSON Lines (`application/jsonl`) are many."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "json" or essence.endswith(("/json", "+json"))
