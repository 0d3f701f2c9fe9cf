"""Makes openapi-python-client faster on large files: parts of it are replaced while it works."""

import copy
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache
from openapi_python_client import strings
from openapi_python_client.parser import openapi

_REMEMBERED = 2**17
_RARELY = (20_000, 20, 20)
_sanitize = lru_cache(_REMEMBERED)(strings.sanitize)
_split_words = lru_cache(_REMEMBERED)(strings.split_words)


class CompiledTemplates(BytecodeCache):
    """Compiled templates in memory: to compile them again takes a second for each project."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives a template its code, if it was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code of a template."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = CompiledTemplates()


@contextmanager
def taken() -> Iterator[None]:
    """Uses the shortcuts within the context.

    The generator copies each endpoint three times with the schemas of its bodies, and discards the
    original, which takes two thirds of the time for a large file. It makes the same names of the same
    words again for each property.
    """
    before = openapi.deepcopy, strings.sanitize, strings.split_words  # type: ignore[attr-defined] # imported there
    openapi.deepcopy = copy.copy  # type: ignore[attr-defined,assignment] # the generator passes one argument only
    strings.sanitize, strings.split_words = _sanitize, _split_words
    try:
        yield
    finally:
        openapi.deepcopy, strings.sanitize, strings.split_words = before  # type: ignore[attr-defined] # as above


@contextmanager
def rare_collection() -> Iterator[None]:
    """Collects garbage rarely within the context: the usual search takes a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
