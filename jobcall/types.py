"""The types that generated functions and models use: absent values, files, responses."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import IO, BinaryIO, Generic, Literal, TypeVar

from attrs import define, field

T = TypeVar("T")


class Unset:
    """The type of `UNSET`, the value of an absent field. A copy is the same object."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"


UNSET = Unset()

FileContent = IO[bytes] | bytes | str
FileTypes = (
    tuple[str | None, FileContent, str | None]
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
"""A file's name, content, media type and optional headers, in httpx's form."""

RequestFiles = list[tuple[str, FileTypes]]
"""The files of a form, each with its field's name."""


@define
class File:
    """A file in a request or response."""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Returns the file in httpx's form."""
        return self.file_name, self.payload, self.mime_type


@define
class Response(Generic[T]):
    """A response as received, and its body as `parsed`."""

    status_code: int
    content: bytes = field(repr=False)
    headers: MutableMapping[str, str] = field(repr=False)
    parsed: T
