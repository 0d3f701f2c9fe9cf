"""Import rules between packages, and limits on what Python files may name."""

import ast
import functools
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest

import jobtwin
from tests.loaded import loaded

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "mockserver" / "jobtwin").rglob("*.py"))
CONNEXION = {"http/swagger.py"}
SMALL = {"bounds", "errors", "masking", "sandbox_names"}
"""Modules outside the packages that every package may import."""


def _architecture() -> dict[str, set[str]]:
    """Returns the rows of ARCHITECTURE.md, each with the names it may import."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| .* \| (.*) \|$", text, re.MULTILINE)
    every = {name.removesuffix(".py") for name, _ in rows}
    return {
        name.removesuffix(".py"): every if listed == "all" else {*re.findall(r"\w+", listed)}
        for name, listed in rows
    }


ROOMS = _architecture()
PARTS = {
    "access_log": "server", "batched_transport": "server", "bounded_protocol": "server", "connections": "server",
    "garbage": "server", "reloading": "server", "table": "server", "workers": "server", "__main__": "cli", "fates_plugin": "rehearse", "__init__": "lifecycle",
}  # fmt: skip
"""Modules outside the packages, and the row of the table to which each belongs."""


@functools.cache
def _imports(path: Path) -> Collection[str]:
    """Returns the modules that a module imports, including each of `from jobtwin import …`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "jobtwin":
            names |= {f"jobtwin.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "mockserver" / "jobtwin").as_posix()


def _forbidden_imports(path: Path) -> Iterator[str]:
    """Yields the imports that a module's row does not allow."""
    module = _name(path).split("/")[0].removesuffix(".py")
    room = PARTS.get(module, module)
    allowed = ROOMS.get(room, set()) | SMALL | {room}
    for name in _imports(path):
        package, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if (
            package == "jobtwin" and module not in SMALL and PARTS.get(other, other) not in allowed
        ) or (package == "jobclients" and (room not in ("testing", "cli") or other != "control")):
            yield name


def test_rooms() -> None:
    """A module imports only what its row in ARCHITECTURE.md lists, and only `control` of the clients."""
    forbidden = {_name(path): list(_forbidden_imports(path)) for path in MODULES}

    assert not {name: imports for name, imports in forbidden.items() if imports}


def test_architecture() -> None:
    """The table of ARCHITECTURE.md has exactly one row for each package or module."""
    rooms = {_name(path).split("/")[0].removesuffix(".py") for path in MODULES}

    assert set(ROOMS) == rooms - SMALL - set(PARTS)


def test_connexion() -> None:
    """Only Swagger UI imports connexion."""
    knowing = {
        _name(path)
        for path in MODULES
        if any(name.split(".")[0] == "connexion" for name in _imports(path))
    }

    assert knowing == CONNEXION


def test_lifecycle_is_pure() -> None:
    """The state machines import no I/O, no clock, no HTTP, no YAML."""
    known = {
        name for path in MODULES if _name(path).startswith("lifecycle/") for name in _imports(path)
    }

    assert known <= {
        "__future__", "bisect", "collections", "collections.abc", "copy", "dataclasses", "datetime", "enum",
        "functools", "hashlib", "itertools", "marshal", "math", "operator", "re", "types", "typing", "uuid",
        *(name for name in known if name.startswith("jobtwin.lifecycle")),
    }  # fmt: skip


def test_judge_is_independent() -> None:
    """The judge imports only the machine from `lifecycle`, and nothing of its engine."""
    known = {
        name for path in MODULES if _name(path).startswith("judge/") for name in _imports(path)
    }

    assert {name for name in known if name.startswith("jobtwin.lifecycle")} == {
        "jobtwin.lifecycle.machine"
    }


@pytest.mark.parametrize("folder", ["mockserver", "jobcall", "jobwait"])
def test_no_vendor(folder: str) -> None:
    """No Python file names a vendor."""
    vendors = [spec.name for spec in loaded() if spec.jobs]

    for path in (ROOT / folder).rglob("*.py"):
        assert not re.search("|".join(vendors), path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_tables_of_contents() -> None:
    """Each package's `__all__` lists its imports from its own modules; ruff keeps it sorted."""
    for info in pkgutil.walk_packages(jobtwin.__path__, "jobtwin."):
        if info.ispkg and info.name.count(".") == 1:
            package = importlib.import_module(info.name)
            path = Path(str(package.__file__))
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            own = [a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names]

            assert sorted(getattr(package, "__all__", [])) == sorted(own)


def test_versions() -> None:
    """The clients' own distribution has the same version as jobtwin."""
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
"""Modules that pass the document itself to openapi-python-client, or compare it with the result."""

SPELLED = {
    'node.get("x-job")',
    'node["x-jobs"]',
    'document["$ref"]',
    '"$ref" in schema',
    'token.replace("~1", "/")',
}


def _spelled(source: str) -> list[str]:
    """Returns a module's texts, except docstrings, that only `openapi` may use."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, documented) and n.body and isinstance(n.body[0], ast.Expr)}  # fmt: skip
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in docs)
    return [n.value for n in texts if isinstance(n.value, str) and re.search(r"x-job|^\$ref$|~[01]", n.value)]  # fmt: skip


def test_one_reader() -> None:
    """Only `openapi` reads an extension, follows a `$ref` or decodes a JSON pointer."""
    found = {
        name: [text for text in texts if text != "$ref" or name not in GENERATORS_INPUT]
        for path in MODULES
        if not (name := _name(path)).startswith("openapi/")
        and (texts := _spelled(path.read_text(encoding="utf-8")))
    }

    assert not {name: texts for name, texts in found.items() if texts}


@pytest.mark.parametrize("line", sorted(SPELLED))
def test_one_reader__another(line: str) -> None:
    """A second reader is detected."""
    assert _spelled(f'def read(node):\n    """Reads x-job."""\n    return {line}\n')


def test_one_reader__docs() -> None:
    """A docstring may name an extension."""
    assert not _spelled('"""Reads x-job."""\n')


FOLDERS = ("mockserver", "jobcall", "jobwait", "bench", "packaging", "tests")


def _classes(body: Iterable[ast.AST]) -> Iterator[ast.ClassDef]:
    """Yields the classes among statements, including nested ones."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node
        if isinstance(node, ast.stmt):
            yield from _classes(ast.iter_child_nodes(node))


def test_one_name_one_class() -> None:
    """No two classes of the product, the benchmark or the tests share a name."""
    places = defaultdict(list)
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    for path in (each for each in files if ".peers" not in each.parts):
        for node in _classes(ast.parse(path.read_text(encoding="utf-8")).body):
            places[node.name].append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")

    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_start() -> None:
    """A server starts without modules that are slow to import, and that few servers need."""
    slow = "{'connexion', 'h11', 'httpx', 'importlib.metadata', 'jobclients', 'starlette.requests'}"
    code = (
        f"import sys, jobtwin.cli.service, jobtwin.server; print(sorted({slow} & {{*sys.modules}}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n"
