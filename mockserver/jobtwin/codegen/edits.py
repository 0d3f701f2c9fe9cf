"""Changes to the texts of modules that openapi-python-client wrote.

Statements are found in the syntax tree, so the texts of a spec in docstrings never match.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_INSIDE = ("body", "orelse", "finalbody", "handlers", "cases")
"""The attributes of statements that hold other statements."""


class EditError(ValueError):
    """The statement to change is missing or ambiguous: the generator has changed."""


def statements(text: str, wanted: Callable[[ast.stmt], object]) -> list[ast.stmt]:
    """Returns the statements of a module, nested ones too, that `wanted` accepts."""
    return [node for node in parsed(text) if wanted(node)]


def parsed(text: str) -> Iterator[ast.stmt]:
    """Yields the statements of a module: outer ones before those inside.

    Expressions are not looked into, unlike by `ast.walk`; they are nine tenths of the nodes.
    """
    nodes: list[Any] = [*ast.parse(text).body]
    for node in nodes:  # it grows
        for name in _INSIDE:
            nodes += getattr(node, name, ())
        if isinstance(node, ast.stmt):
            yield node


def only(text: str, code: str) -> ast.stmt:
    """Returns the one statement that is written as `code`, in one line."""
    found = [
        node
        for node in parsed(text)
        if node.lineno == node.end_lineno and ast.unparse(node) == code
    ]
    if len(found) != 1:
        raise EditError(f"has {code!r} {len(found)} times instead of once")
    return found[0]


def insert(text: str, before: int, lines: Iterable[str]) -> str:
    """Inserts lines before the line with this number; lines count from 1."""
    old = _lines(text)
    return "\n".join([*old[: before - 1], *lines, *old[before - 1 :]])


def replace(text: str, node: ast.stmt, line: str) -> str:
    """Replaces all lines of a statement by one line."""
    old = _lines(text)
    return "\n".join([*old[: node.lineno - 1], line, *old[node.end_lineno :]])


def remove(text: str, numbers: Iterable[int]) -> str:
    """Removes the lines with these numbers."""
    gone = set(numbers)
    return "\n".join(line for at, line in enumerate(_lines(text), 1) if at not in gone)


def _lines(text: str) -> list[str]:
    # Not str.splitlines(): it also splits at characters that do not end a line of Python.
    return text.split("\n")
