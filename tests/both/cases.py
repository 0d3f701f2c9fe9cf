"""Builds a few values of each schema that use all its keywords, and values that break each."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.both.promises import INTEGERS, Promises

TEXTS = {
    "uuid": "5e37b9c1-a4c2-4b8e-9f3a-72d3f4a5b8e1",
    "date-time": "2026-01-01T00:00:00Z",
    "binary": "",
}
LIMITS = (
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "pattern", "format"),
)
LONGEST = 2000
"""The longest text or list that is built to reach a limit."""


class Cases:
    """The cases of one document's schemas."""

    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    def of(self, schema: Any, depth: int = 0) -> list[Any]:
        """Returns values that a schema allows, the most common one first."""
        node = self._promises.resolved(schema)
        made = self._bare(node, depth)
        made += [None] if node.get("nullable") else []
        return [value for value in made if self._promises.fits(schema, value)]

    def usual(self, schema: Any) -> list[Any]:
        """Returns one case of an object, or of each variant; all cases of any other value."""
        node = self._promises.resolved(schema)
        for choice in ("oneOf", "anyOf"):
            if choice in node:
                return [value for each in node[choice] for value in self.usual(each)]
        cases = self.of(schema)
        return cases[:1] if cases and isinstance(cases[0], dict) else cases

    def _bare(self, node: Mapping[str, Any], depth: int) -> list[Any]:
        for choice in ("oneOf", "anyOf"):
            if choice in node:
                return [value for each in node[choice] for value in self.of(each, depth)]
        if "enum" in node:
            return list(node["enum"])
        whole = self.whole(node) if "allOf" in node else node
        if "allOf" in node and not whole["properties"]:
            return self.of(node["allOf"][0], depth)
        made = {"object": self._objects, "array": self._lists}.get(_type(whole))
        return made(whole, depth) if made else _plain(node)

    def whole(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns one object of all members of `allOf`."""
        parts = [node, *(self.whole(self._promises.resolved(e)) for e in node.get("allOf", ()))]
        return {
            "properties": {n: each for p in parts for n, each in p.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", ())],
            "additionalProperties": node.get("additionalProperties", True),
        }

    def _objects(self, node: Mapping[str, Any], depth: int) -> list[Any]:
        """Returns objects: all properties, other cases of each, the required ones alone, more."""
        properties, required = node.get("properties", {}), node.get("required", ())
        several = {n: self.of(e, depth + 1) for n, e in properties.items()} if depth < 9 else {}
        full = {name: values[0] for name, values in several.items() if values}
        bare = {name: value for name, value in full.items() if name in required}
        made = [full, bare] if properties or not node.get("minProperties") else []
        # One at a time, with all and with the required properties: some keys exclude each other.
        for name, values in several.items():
            made += [{**bare, name: values[0]}] if values else []
            made += [{**base, name: value} for value in values[1:] for base in (full, bare)]
        more = node.get("additionalProperties", True)
        if more is not False:
            extra = {"any": None} if more is True else {}
            if isinstance(more, Mapping) and depth < 9:
                extra = {f"key{n}": value for n, value in enumerate(self.of(more, depth + 1))}
            made = [{**bare, **extra}, *made] if not properties else [*made, {**bare, **extra}]
        return made

    def _lists(self, node: Mapping[str, Any], depth: int) -> list[Any]:
        low, high = node.get("minItems", 0), node.get("maxItems", LONGEST)
        items = self.of(node["items"], depth + 1) if depth < 9 else []
        made = [[each] * max(low, 1) for each in items] or [[]]
        made += [[]] if not low else []
        return [*made, items[:1] * high] if "maxItems" in node else made

    # -- invalid values ----------------------------------------------------------------------------

    def wrong(self, schema: Any, depth: int = 0) -> Iterator[tuple[Any, str, Any]]:
        """Yields values that break a schema: the broken node, its keyword, the value."""
        node = self._promises.resolved(schema)
        for keyword, value in _breaking(node):
            if not self._promises.fits(schema, value):
                yield node, keyword, value
        inner = self.whole(node) if "allOf" in node else node
        whole = next((value for value in self.of(schema) if isinstance(value, dict)), None)
        for name in inner.get("required", ()) if whole else ():
            yield (
                node,
                "required",
                {key: value for key, value in (whole or {}).items() if key != name},
            )
        for name, each in inner.get("properties", {}).items() if depth < 9 else ():
            for at, keyword, value in self.wrong(each, depth + 1):
                yield at, keyword, {**(whole or {}), name: value}
        for choice in ("oneOf", "anyOf"):
            for each in node.get(choice, ()):
                yield from self.wrong(each, depth + 1)
        if "items" in node and depth < 9:
            for at, keyword, value in self.wrong(node["items"], depth + 1):
                yield at, keyword, [value]


def _type(node: Mapping[str, Any]) -> str:
    return str(node.get("type", "object" if "properties" in node else "anything"))


def _plain(node: Mapping[str, Any]) -> list[Any]:
    kind = _type(node)
    if kind == "boolean":
        return [True, False]
    if kind == "null":
        return [None]
    if kind == "anything":
        return [{"any": [1, None]}, "text"]
    return _texts(node) if kind == "string" else _numbers(node)


def _texts(node: Mapping[str, Any]) -> list[Any]:
    low, high = node.get("minLength", 0), node.get("maxLength", LONGEST + 1)
    made = [node["example"]] if "example" in node else []
    made += [TEXTS[node["format"]]] if node.get("format") in TEXTS else []
    made += ["x" * low if low else "text"]
    return [*made, "x" * high] if high <= LONGEST else made


def _numbers(node: Mapping[str, Any]) -> list[Any]:
    low, high = INTEGERS.get(node.get("format", ""), (None, None))
    low, high = node.get("minimum", low), node.get("maximum", high)
    low = low + 1 if node.get("exclusiveMinimum") else low
    made = [node.get("example"), node.get("default"), low, high, 1]
    return [value for value in made if value is not None]


def _breaking(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields values that one keyword forbids and, if possible, no other."""
    over = node.get("maxProperties", 0) + 1
    broken = {
        "minimum": node.get("minimum", 0) - (0 if node.get("exclusiveMinimum") else 1),
        "maximum": node.get("maximum", 0) + 1,
        "minLength": "x" * (node.get("minLength", 0) - 1),
        "maxLength": "x" * (min(node.get("maxLength", 0), LONGEST) + 1),
        "minItems": [],
        "minProperties": {},
        "maxProperties": {str(n): n for n in range(over)},
        "enum": "none of these",
        "pattern": "/ \n",
        "format": 2**64 if node.get("type") == "integer" else "not of this format",
        "type": "text" if node.get("type") == "number" else 1.5,
    }
    yield from ((keyword, value) for keyword, value in broken.items() if keyword in node)
