"""Bodies of the journal as people and tests read them: without secrets."""

from __future__ import annotations

from typing import Any

import orjson

from jobcall.secrets import MASK, is_secret, is_secret_name, mask_text
from jobtwin.bounds import excesses_of_json
from jobtwin.sandboxes.journal import RecordedBody


def shown_body(body: RecordedBody) -> dict[str, Any]:
    """Returns a body with its value if it is JSON, otherwise with its text; files are not shown."""
    shown: dict[str, Any] = {"size": body.size}
    if body.media_type:
        shown["mediaType"] = body.media_type
    if body.truncated:
        shown["truncated"] = True
    elif "json" in body.media_type or not body.media_type:
        value = _json(body.raw)
        if value is not None:
            return {**shown, "json": masked(value)}
    if not body.media_type.startswith("multipart/"):
        shown["text"] = mask_text(body.raw.decode(errors="replace"))
    return shown


def _json(raw: bytes) -> Any:
    """Returns the value of a JSON body; None if it is not JSON, or cannot be shown as JSON."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if next(excesses_of_json(raw, value), None) is None else None


def masked(value: Any, name: str = "") -> Any:
    """Returns a value of JSON with its secrets masked: by their names, or by their form."""
    if isinstance(value, dict):
        return {key: masked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, name) for inner in value]
    if name and is_secret_name(name) and is_secret(name, value):
        return MASK
    return mask_text(value) if isinstance(value, str) else value
