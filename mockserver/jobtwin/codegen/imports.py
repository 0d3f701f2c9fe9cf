"""Moves imports between models from functions to the end of the module."""

import ast
import re
from pathlib import Path

from jobtwin.codegen import edits

_MODELS = re.compile(r"^\s+from \.\.models\.", re.MULTILINE)
"""An indented import of a model, perhaps in a docstring; a test that is cheaper than parsing."""


def settle(package: Path) -> None:
    """Moves the imports in the functions of models to the end of their modules.

    By then the module's class is defined, so two models can import each other.
    """
    for module in sorted((package / "models").glob("*.py")):
        if not _MODELS.search(module.read_text(encoding="utf-8")):
            continue
        moved = edits.statements(module, lambda node: _is_lazy(node) or _is_for_types(node))
        imports = [node for node in moved if isinstance(node, ast.ImportFrom)]
        if imports:
            edits.remove(module, [node.lineno for node in moved])
            lines = sorted(set(map(ast.unparse, imports)))
            with module.open("a", encoding="utf-8") as end:
                end.write("\n".join(["", *lines, ""]))


def _is_lazy(node: ast.stmt) -> bool:
    """Returns True if a statement imports a model from within a function or an `if`."""
    if not isinstance(node, ast.ImportFrom) or not node.col_offset:
        return False
    return node.level == len("..") and (node.module or "").startswith("models.")


def _is_for_types(node: ast.stmt) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
