"""Bodies that are forms as objects: a file becomes its name, size in bytes and type."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from jobtwin.errors import Refusal
from jobtwin.openapi.forms import BadField, Field, assembled, pairs

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1")


Form = dict[str, Any] | list[Any]
"""The value of a form: an object, or a list if its schema is an array."""


def urlencoded(raw: bytes, form: Field) -> Form:
    """Returns the value of a urlencoded body. Raises Refusal if it has none."""
    try:
        return _assembled(pairs(raw), form)
    except UnicodeDecodeError as error:
        raise Refusal("malformed_body", reason="it is not UTF-8") from error


async def multipart(
    headers: Mapping[bytes, bytes], raw: bytes, form: Field, files: Collection[str] = ()
) -> tuple[Form, Form]:
    """Returns the value of a multipart body, and the same with each file as a string, as in its schema.

    Raises Refusal for an invalid form, or a text in place of one of the `files`.
    """
    _refuse_charset(headers)
    data = await _parsed(headers, raw)
    fields = data.multi_items()
    await data.close()
    for name, value in fields:
        if name in files and isinstance(value, str):
            raise Refusal("invalid_body", pointer=f"/{name}", reason="is a text, and no file")
    described = _assembled(((name, _described(field)) for name, field in fields), form)
    plain = _assembled(((name, _plain(field)) for name, field in fields), form)
    return described, plain


def _assembled(fields: Iterable[tuple[str, Any]], form: Field) -> Form:
    try:
        return assembled(fields, form)
    except BadField as bad:
        raise Refusal("invalid_body", pointer=f"/{bad.name}", reason=str(bad)) from bad


def _refuse_charset(headers: Mapping[bytes, bytes]) -> None:
    # Starlette decodes by any codec of Python's, punycode and those with lone surrogates included.
    _, options = parse_options_header(headers.get(b"content-type", b""))
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in _CHARSETS:
        raise Refusal("malformed_body", reason=f"its charset is {charset!r}; write it in UTF-8")


async def _once(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw
    yield b""


def _plain(field: UploadFile | str) -> str:
    return "" if isinstance(field, UploadFile) else field


def _described(field: UploadFile | str) -> Any:
    if not isinstance(field, UploadFile):
        return field
    return {"filename": field.filename, "size": field.size, "content_type": field.content_type}


async def _parsed(headers: Mapping[bytes, bytes], raw: bytes) -> FormData:
    try:
        return await MultiPartParser(Headers(raw=list(headers.items())), _once(raw)).parse()
    except MultiPartException as error:
        raise Refusal("malformed_body", reason=error.message) from error
    except KeyError as error:
        raise Refusal("malformed_body", reason="it names no boundary") from error
