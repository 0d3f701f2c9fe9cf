"""Removes modules that are not valid Python from a package, with the modules that import them."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from jobtwin.codegen import edits


def dangling(package: Path, unsound: Mapping[Path, str]) -> dict[Path, str]:
    """Returns the modules that import a module of the package that was not made, and what each lacks.

    Those that are unsound anyway are not looked into. openapi-python-client removes a model that it cannot make, and forgets the unions with it.
    """
    found = {}
    for module in sorted(package.rglob("*.py")):
        able = module.name != "__init__.py" and module not in unsound
        for home in _homes(module) if able else ():
            if not home.is_dir() and not home.with_suffix(".py").exists():
                found[module] = f"imports {home.name}, which could not be generated"
    return found


def leave_out(package: Path, unsound: Mapping[Path, str]) -> dict[Path, str]:
    """Removes modules, given why each is unsound, and all that import them.

    Returns the removed modules, with the reason for each. Raises ValueError if the package cannot
    do without one: only operations, models and waiters can be missing.
    """
    importers = _importers(package, unsound)
    gone: dict[Path, str] = {}
    pending = dict(unsound)
    while pending:
        module = next(iter(pending))
        gone[module] = why = pending.pop(module)
        if not _is_optional(module.relative_to(package)):
            raise ValueError(f"{module.relative_to(package)}: {why}")
        for other in importers.get(module, ()):
            if other not in gone:
                pending.setdefault(other, f"imports {module.name}, which is left out")
    for module in gone:
        module.unlink()
    _forget(package / "models" / "__init__.py", {module.stem for module in gone})
    return gone


def _is_optional(module: Path) -> bool:
    if module.name == "__init__.py":
        return False
    return module.parts[0] in ("api", "models") or module.name == "waiters.py"


def _importers(package: Path, unsound: Mapping[Path, str]) -> dict[Path, list[Path]]:
    """The modules that import each module; contents tables aside."""
    found: dict[Path, list[Path]] = {}
    for module in sorted(package.rglob("*.py")):
        if module not in unsound and module.name != "__init__.py":
            for target in _imports(module):
                found.setdefault(target, []).append(module)
    return found


def _imports(module: Path) -> Iterator[Path]:
    for node, home in _relative(module):
        yield home.with_suffix(".py")
        yield from (home / f"{alias.name}.py" for alias in node.names)


def _homes(module: Path) -> Iterator[Path]:
    """The modules or folders, without suffix, from which a module imports names."""
    yield from (home for _, home in _relative(module))


def _relative(module: Path) -> Iterator[tuple[ast.ImportFrom, Path]]:
    """The relative imports of a module, and from where each imports."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node, module.parents[node.level - 1].joinpath(*(node.module or "").split("."))


def _forget(contents: Path, stems: set[str]) -> None:
    """Takes the classes of removed modules out of a table of contents."""
    if not contents.exists():
        return
    imports = [node for node in edits.statements(contents, _is_import) if _stem(node) in stems]
    names = {alias.name for node in imports for alias in getattr(node, "names", ())}
    for table in edits.statements(contents, _is_all):
        kept = [name for name in ast.literal_eval(getattr(table, "value")) if name not in names]  # noqa: B009 - mypy knows no value of a statement
        edits.replace(contents, table, f"__all__ = {tuple(kept)!r}")
    edits.remove(contents, [n for node in imports for n in range(node.lineno, _end(node) + 1)])


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level == 1


def _stem(node: ast.stmt) -> str:
    return str(getattr(node, "module", ""))


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
