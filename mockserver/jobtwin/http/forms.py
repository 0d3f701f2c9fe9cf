"""Multipart bodies as objects: a file becomes its name, size in bytes and type."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from jobtwin.errors import Refusal

MULTIPART = "multipart/form-data"


async def form(
    headers: Mapping[bytes, bytes], raw: bytes, files: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of a multipart body, and the same with each file as a text, as its schema has it.

    Raises Refusal where the body is no such form, or a text stands where one of `files` should.
    """
    try:
        fields = await MultiPartParser(Headers(raw=list(headers.items())), _once(raw)).parse()
    except (MultiPartException, KeyError) as error:
        reason = getattr(error, "message", None) or "it names no boundary"
        raise Refusal("malformed_body", reason=reason) from error
    for name in files:
        if isinstance(fields.get(name), str):
            raise Refusal("invalid_body", pointer=f"/{name}", reason="is a text, and no file")
    value = {name: _described(field) for name, field in fields.items()}
    plain = {name: "" if isinstance(field, UploadFile) else field for name, field in fields.items()}
    await fields.close()
    return value, plain


async def _once(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw
    yield b""


def _described(field: UploadFile | str) -> Any:
    if not isinstance(field, UploadFile):
        return field
    return {"filename": field.filename, "size": field.size, "content_type": field.content_type}
