"""Multipart bodies as objects: a file becomes its name, size in bytes and type."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from jobtwin.errors import Refusal
from jobtwin.http.forms import Form, assembled_form
from jobtwin.openapi.forms import Field

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1")


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
    described = assembled_form(((name, _described(field)) for name, field in fields), form)
    plain = assembled_form(((name, _plain(field)) for name, field in fields), form)
    return described, plain


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
