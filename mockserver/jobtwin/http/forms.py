"""Bodies that are forms as objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobtwin.errors import Refusal
from jobtwin.openapi.forms import BadField, Field, assembled, pairs

Form = dict[str, Any] | list[Any]
"""The value of a form: an object, or a list if its schema is an array."""

MOST_FIELDS = 1_000
"""Fields that a urlencoded body may have; as many as Starlette allows for a multipart one."""


def urlencoded(raw: bytes, form: Field) -> Form:
    """Returns the value of a urlencoded body. Raises Refusal if it has none."""
    if len([*filter(None, raw.split(b"&"))]) > MOST_FIELDS:
        raise Refusal("malformed_body", reason=f"it has more than {MOST_FIELDS:,} fields")
    try:
        return assembled_form(pairs(raw), form)
    except UnicodeDecodeError as error:
        raise Refusal("malformed_body", reason="it is not UTF-8") from error


def assembled_form(fields: Iterable[tuple[str, Any]], form: Field) -> Form:
    """Returns the value of a form with these fields. Raises Refusal if they do not fit it."""
    try:
        return assembled(fields, form)
    except BadField as bad:
        raise Refusal("invalid_body", pointer=f"/{bad.name}", reason=str(bad)) from bad
