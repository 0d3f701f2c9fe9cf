"""Removes modules that are not valid Python from a package, with the modules that import them."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from pathlib import Path

from jobtwin.codegen import edits

_IMPORT = re.compile(
    r"^[ \t]*from (?P<level>\.+)(?P<home>[\w.]*) import (?:\([^)]*\)|.*)", re.MULTILINE
)
"""A relative import, or a line of a docstring that looks like one: it costs less than parsing."""

_WORD = re.compile(r"\w+")


def dangling(package: Path, unsound: Mapping[Path, str]) -> dict[Path, str]:
    """Returns the modules that import a module of the package that was not made, and what each lacks.

    Modules known to be unsound are skipped. openapi-python-client removes a model that it cannot
    make, and forgets the unions with it.
    """
    modules = sorted(package.rglob("*.py"))
    texts = list(map(str, modules))  # comparing paths takes ten times as long
    folders = map(Path, set(map(os.path.dirname, texts)))
    known = {text.removesuffix(".py") for text in texts}
    known |= {str(place) for folder in folders for place in (folder, *folder.parents)}
    found: dict[Path, str] = {}
    for module in _looked_into(modules, unsound):
        if known.issuperset(_mentioned(module)):
            continue
        for home in (home for _, home in _relative(module) if home not in known):
            found[module] = f"imports {Path(home).name}, which could not be generated"
    return found


def _looked_into(modules: Iterable[Path], unsound: Mapping[Path, str]) -> Iterator[Path]:
    """Yields the valid modules; tables of contents aside."""
    for module in modules:
        if module.name != "__init__.py" and module not in unsound:
            yield module


def leave_out(package: Path, unsound: Mapping[Path, str]) -> dict[Path, str]:
    """Removes modules, given why each is unsound, and all that import them.

    Returns the removed modules, with the reason for each. Raises ValueError if the package cannot
    do without one: only operations, models, waiters and readers of callbacks can be missing.
    """
    importers = _importers(package, unsound)
    gone: dict[Path, str] = {}
    pending = dict(unsound)
    while pending:
        module = next(iter(pending))
        gone[module] = why = pending.pop(module)
        if not _is_optional(module.relative_to(package)):
            raise ValueError(f"{module.relative_to(package)}: {why}")
        for other in importers.get(module.stem, ()):
            if other not in gone and module in _imports(other):
                pending.setdefault(other, f"imports {module.name}, which is left out")
    for module in gone:
        module.unlink()
    _forget(package / "models" / "__init__.py", {module.stem for module in gone})
    return gone


def _is_optional(module: Path) -> bool:
    if module.name == "__init__.py":
        return False
    return module.parts[0] in ("api", "models") or module.name in ("waiters.py", "callbacks.py")


def _importers(package: Path, unsound: Mapping[Path, str]) -> dict[str, list[Path]]:
    """Returns the modules, without tables of contents, that seem to import each module, by its stem."""
    found: dict[str, list[Path]] = {}
    for module in _looked_into(sorted(package.rglob("*.py")), unsound):
        lines = _IMPORT.finditer(module.read_text(encoding="utf-8"))
        for word in {word for line in lines for word in _WORD.findall(line[0])}:
            found.setdefault(word, []).append(module)
    return found


def _imports(module: Path) -> Iterator[Path]:
    for node, home in _relative(module):
        yield Path(f"{home}.py")
        yield from (Path(home, f"{alias.name}.py") for alias in node.names)


def _mentioned(module: Path) -> set[str]:
    """Returns the modules or folders that a module seems to import from, even in a docstring."""
    lines = _IMPORT.finditer(module.read_text(encoding="utf-8"))
    named = {(len(line["level"]), line["home"]) for line in lines}
    folder = os.path.dirname(module)  # noqa: PTH120 - as above, for a path of many
    return {_home(folder, level, home) for level, home in named}


def _relative(module: Path) -> Iterator[tuple[ast.ImportFrom, str]]:
    """The relative imports of a module, and from where each imports."""
    for node in edits.parsed(module.read_text(encoding="utf-8")):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node, _home(str(module.parent), node.level, node.module or "")


@lru_cache(2**15)
def _home(folder: str, level: int, name: str) -> str:
    """The module or folder, without suffix, that a relative import names."""
    above = (Path(folder), *Path(folder).parents)
    return str(above[min(level, len(above)) - 1].joinpath(*name.split(".")))


def _forget(contents: Path, stems: set[str]) -> None:
    """Takes the classes of removed modules out of a table of contents."""
    if not contents.exists():
        return
    text = contents.read_text(encoding="utf-8")
    imports = [node for node in edits.statements(text, _is_import) if _stem(node) in stems]
    names = {alias.name for node in imports for alias in getattr(node, "names", ())}
    for table in edits.statements(text, _is_all):
        kept = [name for name in ast.literal_eval(getattr(table, "value")) if name not in names]  # noqa: B009 - mypy knows no value of a statement
        text = edits.replace(text, table, f"__all__ = {tuple(kept)!r}")
    text = edits.remove(text, [*chain.from_iterable(map(_lines, imports))])
    contents.write_text(text, encoding="utf-8")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level == 1


def _stem(node: ast.stmt) -> str:
    return str(getattr(node, "module", ""))


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
