"""The allowed imports of jobcall, and its tables of contents."""

import ast
import re
import sys
from pathlib import Path

import pytest

import jobcall
from jobcall import errors

FOLDER = Path(jobcall.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_imports(path: Path) -> None:
    """The package imports only the standard library, attrs, httpx and itself."""
    assert _imports(path) <= {*sys.stdlib_module_names, "attrs", "httpx", "jobcall"}


def test_table_of_contents() -> None:
    """`__all__` lists the imported names; ruff keeps it sorted."""
    nodes = ast.walk(ast.parse(Path(jobcall.__file__).read_text(encoding="utf-8")))
    own = [alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(jobcall.__all__) == sorted(own)


def test_first_use() -> None:
    """Each name in `__all__` is imported on first use, and no other."""
    found = {name: getattr(jobcall, name) for name in jobcall.__all__}

    assert None not in found.values()
    assert {*found} <= {*dir(jobcall)}
    with pytest.raises(AttributeError, match="'jobcall' has no attribute 'missing'"):
        _ = jobcall.missing


def test_tree_of_errors() -> None:
    """The tree at the top of errors.py equals that of the classes."""
    drawn = set(re.findall(r"^[├└─ ]*(\w+)  +\S", str(errors.__doc__), re.MULTILINE))

    assert drawn == {name for name, it in vars(errors).items() if _is_error(it)}


def _is_error(it: object) -> bool:
    return isinstance(it, type) and issubclass(it, Exception)
