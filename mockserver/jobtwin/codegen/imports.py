"""Moves imports between models from functions to the end of the module."""

import ast
import re

from jobtwin.codegen import edits

_MODELS = re.compile(r"^\s+from \.\.models\.", re.MULTILINE)
"""An indented import of a model, perhaps in a docstring; a test that is cheaper than parsing."""


def settled(text: str) -> str:
    """Returns a model's module with the imports in its functions moved to its end.

    By then the module's class is defined, so two models can import each other.
    """
    if not _MODELS.search(text):
        return text
    moved = edits.statements(text, lambda node: _is_lazy(node) or _is_for_types(node))
    imports = [node for node in moved if isinstance(node, ast.ImportFrom)]
    if not imports:
        return text
    kept = edits.remove(text, [node.lineno for node in moved])
    return "\n".join([kept, *sorted(set(map(ast.unparse, imports))), ""])


def _is_lazy(node: ast.stmt) -> bool:
    """Returns True if a statement imports a model from within a function or an `if`."""
    if not isinstance(node, ast.ImportFrom) or not node.col_offset:
        return False
    return node.level == len("..") and (node.module or "").startswith("models.")


def _is_for_types(node: ast.stmt) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
