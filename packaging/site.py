"""Gathers the pages of the site from the whole repository, and builds it. Called by `make site`."""

import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

import yaml

from jobtwin import testing

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "pages"
MOVED = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "specs/README.md": "grammar.md",
    "specs/RARE.md": "grammar-rare.md",
    "specs/control.yaml": "control-api.md",
    "bench/RESULTS.md": "benchmark.md",
    "gallery/README.md": "overlays.md",
}
"""Files outside of docs/, and the page of each."""

LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)]*)?\))")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
FIXTURES = """# Fixtures and their classes

`jobtwin` and `jobtwin_local` are each a sandbox, a `Jobtwin`; `jobtwin_time` patches time for a test, and
`jobtwin_server` is the session's server. [With pytest](how-to-pytest.md) shows them at work.
"""
COMMANDS = """# Command line

::: mkdocs-click
    :module: jobtwin.cli
    :command: jobtwin
    :prog_name: jobtwin
    :depth: 1
    :style: table
"""


def main() -> None:
    """Gathers the pages, builds strictly, and exits with mkdocs' exit code."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES)
    for path in sorted((ROOT / "docs").glob("*.md")):
        _write(path.name, page(path.read_text(encoding="utf-8"), f"docs/{path.name}"))
    for source, name in MOVED.items():
        if source.endswith(".md"):
            _write(name, page((ROOT / source).read_text(encoding="utf-8"), source))
    _write("command-line.md", COMMANDS)
    _write("fixtures.md", fixtures_page())
    control = yaml.safe_load((ROOT / "specs" / "control.yaml").read_text(encoding="utf-8"))
    _write("control-api.md", control_page(control))
    config = ROOT / "build" / "mkdocs.yml"
    config.write_text(yaml.safe_dump(configuration()), encoding="utf-8")
    words = ["-m", "mkdocs", "build", "--strict", "--config-file", str(config)]
    sys.exit(subprocess.run([sys.executable, *words], check=False).returncode)  # noqa: S603 - a fixed command


def configuration() -> dict[str, Any]:
    """Returns mkdocs.yml for build/; pages missing in its navigation follow the how-tos."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = yaml.safe_dump(found["nav"])
    how_tos = next(entry["How to"] for entry in found["nav"] if "How to" in entry)
    how_tos += [path.name for path in sorted(PAGES.glob("*.md")) if path.name not in listed]
    return {**found, "docs_dir": str(PAGES), "site_dir": str(ROOT / "build" / "site")}


def page(text: str, source: str) -> str:
    """Returns a file's text with links to the site's pages; other links lead to the start page."""
    parts = FENCE.split(text)
    parts[::2] = [LINK.sub(lambda link: _link(link, source), part) for part in parts[::2]]
    return "".join(parts)


def _link(link: re.Match[str], source: str) -> str:
    target = link[2]
    if "://" in target:
        return link[0]
    path = normpath(f"{source.rpartition('/')[0] or '.'}/{target}")
    if not (ROOT / path).exists():
        return link[0]  # mkdocs reports it as dead
    shown = MOVED.get(path) or (relpath(path, "docs") if path.startswith("docs/") else None)
    return f"{link[1]}{shown}{link[3]}" if shown else f"{link[1]}index.md)"


def fixtures_page() -> str:
    """Returns the page of the classes that tests use, from their docstrings and signatures."""
    lines = [FIXTURES]
    for name in testing.__all__:
        thing = getattr(testing, name)
        lines += [f"## `{name}`", "", _first_sentence(thing), ""]
        if inspect.isclass(thing) and (rows := list(_members(thing))):
            lines += ["| member | |", "|---|---|", *rows, ""]
        elif inspect.isfunction(thing):
            lines += [f"`{name}{_signature(thing)}`", ""]
    return "\n".join(lines)


def _members(thing: type) -> Iterator[str]:
    for name, member in vars(thing).items():
        if name.startswith("_") or not inspect.getdoc(member):
            continue
        if inspect.isfunction(member):
            yield f"| `{name}{_signature(member)}` | {_first_sentence(member)} |"
        elif isinstance(member, (property, cached_property)):
            yield f"| `{name}` | {_first_sentence(member)} |"


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    shown = [each for each in parameters if each.name != "self"]
    return str(signature.replace(parameters=shown, return_annotation=inspect.Signature.empty))


def _first_sentence(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def control_page(document: dict[str, Any]) -> str:
    """Returns the operations of the control API as a table for each path."""
    lines = ["# Control API", "", document["info"].get("description", ""), ""]
    for path, item in document["paths"].items():
        lines += [f"## `{path}`", "", "| method | operation | |", "|---|---|---|"]
        lines += [
            f"| `{method.upper()}` | `{operation['operationId']}` | {_sentence(operation)} |"
            for method, operation in item.items()
            if "operationId" in operation
        ]
        lines.append("")
    return "\n".join(lines)


def _sentence(operation: dict[str, Any]) -> str:
    text = operation.get("summary") or operation.get("description") or ""
    return " ".join(text.split()).replace("|", "\\|")


def _write(name: str, text: str) -> None:
    (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
