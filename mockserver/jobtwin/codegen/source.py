"""Python source made of a spec's texts: the only way from a spec into a generated module.

A text becomes a literal or a line of words. Neither can end the docstring, comment or string
that it is put in.
"""

from dataclasses import fields, is_dataclass
from typing import Any


class Code(str):
    """A Python expression or statement, made by the generator or by `literal`."""

    __slots__ = ()


class Words(str):
    """A line of text that is safe in a docstring or a comment."""

    __slots__ = ()


def words(text: object) -> Words:
    """Return a text as one line that has no quote, no backslash and no unprintable character.

    Backslashes become slashes, and double quotes become single ones.
    """
    line = " ".join(str(text).split()).replace("\\", "/").replace('"', "'")
    return Words("".join(each for each in line if each.isprintable()))


def literal(value: Any, always: frozenset[str] = frozenset()) -> Code:
    """Return a value of jobwait's, or plain data, as an expression.

    Fields that have their default are left out, except those whose names are in `always`.
    """
    if is_dataclass(value):
        given = [
            f"{each.name}={literal(found, always)}"
            for each in fields(value)
            if (found := getattr(value, each.name)) != each.default or each.name in always
        ]
        return Code(f"jobwait.{type(value).__name__}({', '.join(given)})")
    if isinstance(value, dict):
        pairs = (f"{key!r}: {literal(found, always)}" for key, found in value.items())
        return Code("{" + ", ".join(pairs) + "}")
    if isinstance(value, tuple):
        inner = ", ".join(literal(each, always) for each in value)
        return Code(f"({inner},)" if len(value) == 1 else f"({inner})")
    if isinstance(value, frozenset):
        return Code(f"frozenset({sorted(value)!r})")
    return Code(repr(value))
