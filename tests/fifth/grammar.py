"""The words of the grammar, by its schema, and the places at which a file uses them."""

import copy
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jobtwin.openapi import spec_folder
from jobtwin.openapi.loader.yamltext import parse_yaml

HERE = Path(__file__).parent
SCHEMA = json.loads((spec_folder() / "x-jobs.schema.json").read_text(encoding="utf-8"))
FIFTH = [HERE / "kilnworks.yaml", *sorted(HERE.glob("*/kilnworks.overlay.yaml"))]
"""The fifth vendor's file, and the overlays that extend it, each with a theme."""

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
Place = tuple[str | int, ...]


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


WORDS = sorted({word for word in _words(SCHEMA) if word not in OVERLAYS})


def uses(
    value: Any, node: Any = SCHEMA, of: str = "", at: Place = ()
) -> Iterator[tuple[Word, Place]]:
    """Yields the words that a value uses, with their places, by a node of the schema."""
    if not isinstance(node, dict):
        return
    if name := node.get("$ref", "").removeprefix("#/$defs/"):
        yield from uses(value, SCHEMA["$defs"][name], name, at)
    for choice in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        yield from uses(value, choice, of, at)
    yield from uses(value, node.get("then"), of, at)
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from uses(each, node.get("items"), of, (*at, number))
    for key, each in value.items() if isinstance(value, dict) else ():
        if key in node.get("properties", {}):
            yield (of, key), (*at, key)
        child = node.get("properties", {}).get(key, node.get("additionalProperties"))
        for below in (child, *node.get("patternProperties", {}).values()):
            yield from uses(each, below, of, (*at, key))


@cache
def used_in(path: Path) -> frozenset[Word]:
    """Returns the words that a file uses."""
    data = parse_yaml(path.name, path.read_text(encoding="utf-8"))
    trees = [action["update"] for action in data.get("actions", ())] or [data]
    return frozenset(word for tree in trees for word, _ in uses(tree))


def without(tree: Any, places: Iterable[Place]) -> Any:
    """Returns a copy of a tree without the entries at some places."""
    left = copy.deepcopy(tree)
    for place in sorted(places, key=len, reverse=True):
        node = left
        for key in place[:-1]:
            node = node[key]
        node.pop(place[-1], None)
    return left
