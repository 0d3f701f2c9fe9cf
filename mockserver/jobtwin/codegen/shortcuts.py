"""Makes openapi-python-client faster on large files: parts of it are replaced while it works."""

import copy
import ctypes
import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from attrs import define, field
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from openapi_python_client import strings
from openapi_python_client.parser import openapi
from openapi_python_client.parser.properties import Schemas

_REMEMBERED = 2**17
_RARELY = (20_000, 20, 20)
_BEFORE = object()
_MISSING = object()
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


class Versions:
    """A mapping of which each change makes another version, in time that does not grow with it.

    The generator copies its classes for each class that it adds, and returns to an earlier copy
    after an error. Here all versions share one dict. Reading an earlier version discards the later
    ones, which are then no longer valid.
    """

    __slots__ = ("_at", "_undo", "_values")

    def __init__(
        self, values: dict[Any, Any] | None = None, undo: list[tuple[Any, Any]] | None = None
    ) -> None:
        self._values = {} if values is None else values
        self._undo = [] if undo is None else undo
        self._at = len(self._undo)

    @classmethod
    def of(cls, value: Any) -> Any:
        """Returns the version that a dict display such as `{**versions, name: value}` describes."""
        if not isinstance(value, dict):
            return value
        added = {key: each for key, each in value.items() if key is not _BEFORE}
        before = value.get(_BEFORE, cls())
        came_first = next(iter(value), None) is _BEFORE
        return before.changed(added, keep=not came_first)

    def changed(self, added: dict[Any, Any], *, keep: bool) -> Any:
        """Returns a version with more values; with `keep`, those that exist stay."""
        values = self._current()
        for key, value in added.items():
            if keep and key in values:
                continue
            self._undo.append((key, values.get(key, _MISSING)))
            values[key] = value
        return type(self)(values, self._undo)

    def _current(self) -> dict[Any, Any]:
        """Returns the values of this version, after discarding later ones."""
        if self._at > len(self._undo):
            raise LookupError("a version of the classes that was discarded")
        while self._at < len(self._undo):
            key, value = self._undo.pop()
            if value is _MISSING:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        return self._values

    def keys(self) -> tuple[Any, ...]:
        """Returns the key of this version, for dict displays: it has all values, as one."""
        return (_BEFORE,)

    def __getitem__(self, key: Any) -> Any:
        return self if key is _BEFORE else self._current()[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._current()

    def __delitem__(self, key: Any) -> None:
        del self._current()[key]

    def get(self, key: Any, default: Any = None) -> Any:
        """Returns a value, or the default."""
        return self._current().get(key, default)

    def pop(self, key: Any, *default: Any) -> Any:
        """Removes a value from this version."""
        return self._current().pop(key, *default)

    def values(self) -> Iterable[Any]:
        """Returns all values, in the order of their first addition."""
        return self._current().values()


def _version(value: Any) -> Any:  # mypy takes no method as a converter
    return Versions.of(value)


@define
class SharedSchemas(Schemas):
    """The generator's classes, without a copy of all for each."""

    classes_by_reference: Any = field(factory=Versions, converter=_version)
    classes_by_name: Any = field(factory=Versions, converter=_version)


@contextmanager
def taken() -> Iterator[None]:
    """Uses the shortcuts within the context.

    The generator copies each endpoint three times with the schemas of its bodies, and discards the
    original, which takes two thirds of the time for a large file. It makes the same names of the same
    words again for each property, and copies the table of all classes for each class.
    """
    before = openapi.deepcopy, openapi.Schemas, strings.sanitize, strings.split_words  # type: ignore[attr-defined] # imported there
    openapi.deepcopy = copy.copy  # type: ignore[attr-defined,assignment] # the generator passes one argument only
    openapi.Schemas = SharedSchemas  # type: ignore[attr-defined,assignment] # a class that can do the same, imported there
    strings.sanitize, strings.split_words = _sanitize, _split_words
    try:
        yield
    finally:
        openapi.deepcopy, openapi.Schemas, strings.sanitize, strings.split_words = before  # type: ignore[attr-defined] # as above


def set_up(environment: Environment) -> None:
    """Makes templates keep their globals in one dict, and never look for a change on the disk.

    The globals cannot change once a template is loaded.
    """
    environment.bytecode_cache = TEMPLATES
    environment.auto_reload = False
    setattr(environment, "make_globals", lambda own: {**environment.globals, **(own or {})})  # noqa: B010 - mypy allows no assignment to a method


def clear_memory() -> None:
    """Returns unused memory to the system, where C's library can, and keeps all that is left.

    Garbage is not searched for again among the objects that exist now, until `rare_collection`
    ends.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; it keeps free blocks
    if trim is not None:
        trim(0)
    gc.freeze()


@contextmanager
def rare_collection() -> Iterator[None]:
    """Collects garbage rarely within the context: the usual search takes a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
