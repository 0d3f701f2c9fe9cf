"""Every word of the grammar is used, and its invalid use is refused; the words are the schema's."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.openapi import spec_folder
from jobtwin.openapi.loader.yamltext import parse_yaml

HERE = Path(__file__).parent
SCHEMA = json.loads((spec_folder() / "x-jobs.schema.json").read_text(encoding="utf-8"))
FIFTH = [HERE / "kilnworks.yaml", *sorted(HERE.glob("*/kilnworks.overlay.yaml"))]
"""The fifth vendor's file, and the overlays that extend it, each with a theme."""
ERRORS = sorted((HERE.parent / "specs" / "mistakes").glob("*.error"))

OVERLAYS = {
    ("", "x-job"),
    ("", "actions"),
    ("", "update"),
    ("", "components"),
    ("", "paths"),
    ("", "schemas"),
}
"""Words of OpenAPI and of overlays, which the schema contains for editors."""

Word = tuple[str, str]
"""A definition of the schema, and one of its properties."""


def _words(node: Any, of: str = "") -> Iterator[Word]:
    """Yields the words below a node of the schema."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    for key, child in node.items() if isinstance(node, dict) else ():
        if key == "$defs":
            for name, each in child.items():
                yield from _words(each, name)
        elif key == "properties" and isinstance(child, dict):
            for word, each in child.items():
                yield of, word
                yield from _words(each, of)
        else:
            yield from _words(child, of)


def _used(node: Any, value: Any, of: str = "") -> Iterator[Word]:
    """Yields the words that a value uses, by a node of the schema."""
    if not isinstance(node, dict):
        return
    if name := node.get("$ref", "").removeprefix("#/$defs/"):
        yield from _used(SCHEMA["$defs"][name], value, name)
    for choice in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _used(choice, value, of)
    yield from _used(node.get("then"), value, of)
    if isinstance(value, list):
        for each in value:
            yield from _used(node.get("items"), each, of)
    for key, each in value.items() if isinstance(value, dict) else ():
        if key in node.get("properties", {}):
            yield of, key
        child = node.get("properties", {}).get(key, node.get("additionalProperties"))
        for below in (child, *node.get("patternProperties", {}).values()):
            yield from _used(below, each, of)


@cache
def _used_in(path: Path) -> frozenset[Word]:
    data = parse_yaml(path.name, path.read_text(encoding="utf-8"))
    trees = [action["update"] for action in data.get("actions", ())] or [data]
    return frozenset(word for tree in trees for word in _used(SCHEMA, tree))


def _named_in(path: Path) -> Iterator[str]:
    """Yields the words in the lines that refuse an invalid spec."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield from re.findall(r"[A-Za-z_-]+", line.partition("#")[2])


WORDS = sorted({word for word in _words(SCHEMA) if word not in OVERLAYS})
NAMED = {word for path in ERRORS for word in _named_in(path)}


@pytest.mark.parametrize("word", sorted({word for _, word in WORDS}))
def test_refused(word: str) -> None:
    """A pair of files contains an invalid use of the word."""
    assert word in NAMED, "add a pair to tests/specs/mistakes"


def test_used() -> None:
    """The fifth vendor uses every word."""
    used = {word for path in FIFTH for word in _used_in(path)}

    # `x-evidence` and `summary` have the same meaning everywhere.
    rest = [each for each in WORDS if each not in used and each[1] not in ("x-evidence", "summary")]
    assert rest == []


@pytest.mark.parametrize("path", FIFTH[1:], ids=lambda path: path.parent.name)
def test_themes(path: Path) -> None:
    """Each overlay is valid, and uses words that the others do not use."""
    result = CliRunner().invoke(jobtwin, ["check", str(path)])
    others = {word for other in FIFTH if other != path for word in _used_in(other)}

    assert result.exit_code == 0, result.output
    assert _used_in(path) - others
