"""Forms as objects: a file becomes its name, size in bytes and type, a field what its schema says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from jobtwin.errors import Refusal
from jobtwin.openapi.nodes import listed
from jobtwin.openapi.operations import Body

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1")


async def form(
    headers: Mapping[bytes, bytes], raw: bytes, files: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of a multipart body, and the same with each file as a text, as its schema has it.

    Raises Refusal where the body is no such form, or a text stands where one of `files` should.
    """
    _refuse_charset(headers)
    try:
        fields = await MultiPartParser(Headers(raw=list(headers.items())), _once(raw)).parse()
    except MultiPartException as error:
        raise Refusal("malformed_body", reason=error.message) from error
    except KeyError as error:
        raise Refusal("malformed_body", reason="it names no boundary") from error
    for name in files:
        if isinstance(fields.get(name), str):
            raise Refusal("invalid_body", pointer=f"/{name}", reason="is a text, and no file")
    value = {name: _described(field) for name, field in fields.items()}
    plain = {name: "" if isinstance(field, UploadFile) else field for name, field in fields.items()}
    await fields.close()
    return value, plain


def urlencoded(raw: bytes) -> dict[str, Any]:
    """The fields of an urlencoded body; one that comes several times is a list."""
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Refusal("malformed_body", reason="it is not UTF-8") from error
    found: dict[str, Any] = {}
    for name, text in pairs:
        several = found.get(name)
        found[name] = text if several is None else [*listed(several), text]
    return found


def typed(fields: Mapping[str, Any], body: Body) -> dict[str, Any]:
    """The fields of a form with the types that their schemas have; what cannot be read stays text."""
    return {
        name: _read(value, *body.fields[name]) if name in body.fields else value
        for name, value in fields.items()
    }


def _read(value: Any, read: Callable[[str], Any], many: bool) -> Any:  # noqa: FBT001 - a pair's half
    try:
        return [read(each) for each in listed(value)] if many else read(value)
    except (TypeError, ValueError):
        return value


def _refuse_charset(headers: Mapping[bytes, bytes]) -> None:
    # Starlette decodes by any codec of Python's, punycode and those with lone surrogates included.
    _, options = parse_options_header(headers.get(b"content-type", b""))
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in _CHARSETS:
        raise Refusal("malformed_body", reason=f"its charset is {charset!r}; write it in UTF-8")


async def _once(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw
    yield b""


def _described(field: UploadFile | str) -> Any:
    if not isinstance(field, UploadFile):
        return field
    return {"filename": field.filename, "size": field.size, "content_type": field.content_type}
