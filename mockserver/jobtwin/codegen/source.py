"""Makes Python source from a spec's texts. Nothing else puts them into a generated module.

A text becomes a literal or a line of words. Neither can end the surrounding docstring, comment
or string.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any


class Code(str):
    """A Python expression or statement, made by the generator or by `literal`."""

    __slots__ = ()


class Words(str):
    """A line of text that is safe in a docstring or a comment."""

    __slots__ = ()


def words(text: object) -> Words:
    """Returns a text as one line without double quotes, backslashes or unprintable characters.

    Backslashes become slashes, and double quotes become single ones.
    """
    line = " ".join(str(text).split()).replace("\\", "/").replace('"', "'")
    return Words("".join(each for each in line if each.isprintable()))


def literal(value: Any, always: frozenset[str] = frozenset()) -> Code:
    """Returns a value of jobwait, or plain data, as an expression.

    Fields with their default are left out, except those in `always`.
    """
    if is_dataclass(value):
        said = ", ".join(f"{name}={literal(each, always)}" for name, each in _said(value, always))
        return Code(f"jobwait.{type(value).__name__}({said})")
    if isinstance(value, dict):
        pairs = (f"{key!r}: {literal(found, always)}" for key, found in value.items())
        return Code("{" + ", ".join(pairs) + "}")
    if isinstance(value, tuple):
        inner = ", ".join(literal(each, always) for each in value)
        return Code(f"({inner},)" if len(value) == 1 else f"({inner})")
    return Code(f"frozenset({sorted(value)!r})" if isinstance(value, frozenset) else repr(value))


def _said(value: Any, always: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yields the fields of a value that differ from their defaults, and those in `always`."""
    for each in fields(value):
        found = getattr(value, each.name)
        if found != each.default or each.name in always:
            yield each.name, found
