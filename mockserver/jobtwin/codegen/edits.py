"""Changes to the modules that openapi-python-client wrote.

Statements are found in the syntax tree, so the texts of a spec in docstrings never match.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

_INSIDE = ("body", "orelse", "finalbody", "handlers", "cases")
"""The attributes of statements that hold other statements."""


class EditError(ValueError):
    """The statement to change is missing or ambiguous: the generator has changed."""


def statements(module: Path, wanted: Callable[[ast.stmt], object]) -> list[ast.stmt]:
    """Returns the statements of a module, nested ones too, that `wanted` accepts."""
    return [node for node in parsed(module) if wanted(node)]


def parsed(module: Path) -> Iterator[ast.stmt]:
    """Yields the statements of a module: outer ones before those inside.

    Expressions are not looked into, unlike by `ast.walk`; they are nine tenths of the nodes.
    """
    nodes: list[Any] = [*ast.parse(module.read_text(encoding="utf-8")).body]
    for node in nodes:  # it grows
        for name in _INSIDE:
            nodes += getattr(node, name, ())
        if isinstance(node, ast.stmt):
            yield node


def only(module: Path, code: str) -> ast.stmt:
    """Returns the one statement that is written as `code`, in one line."""
    found = [
        node
        for node in parsed(module)
        if node.lineno == node.end_lineno and ast.unparse(node) == code
    ]
    if len(found) != 1:
        raise EditError(f"{module.name}: has {code!r} {len(found)} times instead of once")
    return found[0]


def insert(module: Path, before: int, lines: Iterable[str]) -> None:
    """Inserts lines before the line with this number; lines count from 1."""
    text = _lines(module)
    text[before - 1 : before - 1] = lines
    _write(module, text)


def replace(module: Path, node: ast.stmt, line: str) -> None:
    """Replaces all lines of a statement by one line."""
    text = _lines(module)
    text[node.lineno - 1 : node.end_lineno] = [line]
    _write(module, text)


def remove(module: Path, numbers: Iterable[int]) -> None:
    """Removes the lines with these numbers."""
    gone = set(numbers)
    _write(module, [line for at, line in enumerate(_lines(module), 1) if at not in gone])


def _lines(module: Path) -> list[str]:
    # Not str.splitlines(): it also splits at characters that do not end a line of Python.
    return module.read_text(encoding="utf-8").split("\n")


def _write(module: Path, lines: list[str]) -> None:
    module.write_text("\n".join(lines), encoding="utf-8")
