"""Who may import whom, and what Python may not know."""

import ast
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import jobtwin
from jobtwin.openapi import load_all

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "mockserver" / "jobtwin").rglob("*.py"))
CONNEXION = {"http/swagger.py"}
SMALL = {"bounds", "errors", "masking", "sandbox_names"}
"""Modules beside the packages that every room may import."""


def _architecture() -> dict[str, set[str]]:
    """The rooms of ARCHITECTURE.md, each with those that it may import."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| .* \| (.*) \|$", text, re.MULTILINE)
    every = {name.removesuffix(".py") for name, _ in rows}
    return {
        name.removesuffix(".py"): every if listed == "all" else {*re.findall(r"\w+", listed)}
        for name, listed in rows
    }


ROOMS = _architecture()
PARTS = {
    "access_log": "server", "bounded_protocol": "server", "connections": "server",
    "reloading": "server", "table": "server", "workers": "server", "__main__": "cli", "fates_plugin": "rehearse", "__init__": "lifecycle",
}  # fmt: skip
"""Modules beside the packages, and the row of the table that they belong to."""


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "mockserver" / "jobtwin").as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_rooms(path: Path) -> None:
    """A room imports what its row in ARCHITECTURE.md lists, and of the clients only `control`."""
    module = _name(path).split("/")[0].removesuffix(".py")
    room = PARTS.get(module, module)
    names = _imports(path)
    imported = {name.split(".")[1] for name in names if name.startswith("jobtwin.")}
    clients = {name for name in names if name.startswith("jobclients")}

    assert not clients or room in ("testing", "cli")
    assert all(name.startswith("jobclients.control") for name in clients)
    assert (
        module in SMALL
        or {PARTS.get(name, name) for name in imported} - SMALL - {room} <= ROOMS[room]
    )


def test_architecture() -> None:
    """The table of ARCHITECTURE.md has a row for each room, and no other."""
    rooms = {_name(path).split("/")[0].removesuffix(".py") for path in MODULES}

    assert set(ROOMS) == rooms - SMALL - set(PARTS)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_connexion(path: Path) -> None:
    """Swagger UI alone is connexion's."""
    knows = any(name.split(".")[0] == "connexion" for name in _imports(path))

    assert knows == (_name(path) in CONNEXION)


def test_lifecycle_is_pure() -> None:
    """The state machines know no I/O, no clock, no HTTP, no YAML."""
    known = {
        name for path in MODULES if _name(path).startswith("lifecycle/") for name in _imports(path)
    }

    assert known <= {
        "__future__", "bisect", "collections", "collections.abc", "copy", "dataclasses", "datetime", "enum",
        "functools", "hashlib", "itertools", "math", "operator", "re", "types", "typing", "uuid",
        *(name for name in known if name.startswith("jobtwin.lifecycle")),
    }  # fmt: skip


def test_judge_is_independent() -> None:
    """The judge knows of jobs what the machine says, and none of the engine that lives by it."""
    known = {
        name for path in MODULES if _name(path).startswith("judge/") for name in _imports(path)
    }

    assert {name for name in known if name.startswith("jobtwin.lifecycle")} == {
        "jobtwin.lifecycle.machine"
    }


@pytest.mark.parametrize("folder", ["mockserver", "jobcall", "jobwait"])
def test_no_vendor(folder: str) -> None:
    """No Python file names a vendor."""
    vendors = [spec.name for spec in load_all() if spec.jobs]

    for path in (ROOT / folder).rglob("*.py"):
        assert not re.search("|".join(vendors), path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_tables_of_contents() -> None:
    """Each package's `__all__` holds what it imports from its own modules; ruff keeps it sorted."""
    for info in pkgutil.walk_packages(jobtwin.__path__, "jobtwin."):
        if info.ispkg and info.name.count(".") == 1:
            package = importlib.import_module(info.name)
            path = Path(str(package.__file__))
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            own = [a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names]

            assert sorted(getattr(package, "__all__", [])) == sorted(own)


def test_versions() -> None:
    """The clients' own distribution has the version of the whole."""
    whole, clients = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for folder in (".", "packaging/clients")
    )

    assert clients["version"] == whole["version"]


GENERATORS_INPUT = {
    "codegen/operations.py",
    "codegen/schemas.py",
    "codegen/secrets.py",
    "codegen/unions.py",
}
"""Modules that hand the document itself to openapi-python-client, or compare it with the result."""

SPELLED = {
    'node.get("x-job")',
    'node["x-jobs"]',
    'document["$ref"]',
    '"$ref" in schema',
    'token.replace("~1", "/")',
}


def _spelled(source: str) -> list[str]:
    """The texts of a module, docstrings aside, that spell what `openapi` alone may read."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, documented) and n.body and isinstance(n.body[0], ast.Expr)}  # fmt: skip
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in docs)
    return [n.value for n in texts if isinstance(n.value, str) and re.search(r"x-job|^\$ref$|~[01]", n.value)]  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_one_reader(path: Path) -> None:
    """No room but `openapi` reads an extension, follows a `$ref` or decodes a JSON pointer."""
    found = _spelled(path.read_text(encoding="utf-8"))

    if _name(path).split("/")[0] != "openapi":
        assert not [text for text in found if text != "$ref" or _name(path) not in GENERATORS_INPUT]


@pytest.mark.parametrize("line", sorted(SPELLED))
def test_one_reader__another(line: str) -> None:
    """A second reader would be seen."""
    assert _spelled(f'def read(node):\n    """Reads x-job."""\n    return {line}\n')


def test_one_reader__docs() -> None:
    """A docstring may name an extension."""
    assert not _spelled('"""Reads x-job."""\n')
