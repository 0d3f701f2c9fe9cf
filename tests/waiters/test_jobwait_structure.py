"""The imports and contents that are allowed in jobwait."""

import ast
import re
import sys
from pathlib import Path

import pytest

import jobwait
from jobwait import errors
from tests.loaded import loaded

FOLDER = Path(jobwait.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_imports(path: Path) -> None:
    """The package imports only the standard library, httpx, jobcall and itself."""
    assert _imports(path) <= {*sys.stdlib_module_names, "httpx", "jobcall", "jobwait"}


@pytest.mark.parametrize("name", ["engine.py", "answers.py", "reading.py", "policy.py"])
def test_sans_io(name: str) -> None:
    """Only sending.py sends, and only driving.py sleeps."""
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert not re.search(r"http\.(request|stream)\(|\bawait\b|\bsleep\(", text)


def test_no_vendor() -> None:
    """No module contains a vendor's name."""
    vendors = "|".join(spec.name for spec in loaded() if spec.jobs)

    for path in MODULES:
        assert not re.search(vendors, path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_table_of_contents() -> None:
    """`__all__` lists every import; ruff keeps it sorted."""
    nodes = ast.walk(ast.parse(Path(jobwait.__file__).read_text(encoding="utf-8")))
    own = [alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(jobwait.__all__) == sorted(own)


def test_tree_of_errors() -> None:
    """The tree at the top of errors.py matches the classes."""
    drawn = re.findall(r"^([│ ├└─]*)(\w+)  +\S|^(JobwaitError)$", str(errors.__doc__), re.MULTILINE)
    depths = {name or root: len(before) // 4 for before, name, root in drawn}

    assert depths.keys() == {
        n
        for n in jobwait.__all__
        if isinstance(getattr(jobwait, n), type) and issubclass(getattr(jobwait, n), Exception)
    }
    for name, depth in depths.items():
        assert len(getattr(jobwait, name).__mro__) - len(Exception.__mro__) - 1 == depth
