"""Makes values that fit a schema: its examples if they fit, otherwise values from a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from importlib import import_module
from itertools import chain
from random import Random
from typing import Any
from uuid import UUID

from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import listed
from jobtwin.openapi.schema import SchemaValidators
from jobtwin.openapi.untyped import as_map

rx: Any = import_module("re._constants")  # typeshed does not know them
patterns: Any = import_module("re._parser")

_DEEPEST = 4
"""The depth to which optional properties and items are made."""

_BOTTOM = 16
"""The depth to which a schema that requires itself is followed."""

_STRUCTURE = ("properties", "required", "additionalProperties")

_FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "duration": "PT1M",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "uri-template": "/example/{id}",
    "json-pointer": "/example",
    "relative-json-pointer": "0/example",
    "regex": "^.*$",
    "byte": "ZXhhbXBsZQ==",
}
_LARGE = {"int32": 2**31, "int64": 2**63}


class NoValue(Exception):
    """No value was found that fits a schema."""


class Maker:
    """Makes values that fit the schemas of one document; the same seed gives the same values."""

    def __init__(self, document: Document, schemas: SchemaValidators, seed: int | str = 0) -> None:
        self._document = document
        self._schemas = schemas
        self._random = Random(seed)  # noqa: S311 - samples, no secrets

    def make(self, schema: Any) -> Any:
        """Returns a value that fits a schema. Raises NoValue if none was found."""
        value = self._value(schema, 0)
        if self._fits(schema, value):
            return value
        value = self._value(schema, _DEEPEST)  # an optional part may be the one that does not fit
        if self._fits(schema, value):
            return value
        raise NoValue

    def least(self, schema: Any) -> Any:
        """Returns a fitting value with required properties only. Raises NoValue if none was found."""
        value = self._by_keywords(self._flat(self._document.resolve(schema)), _DEEPEST)
        if self._fits(schema, value):
            return value
        raise NoValue

    def example(self, schema: Any) -> Any:
        """Returns the first fitting example of a schema. Raises NoValue if it has none."""
        for each in _examples(self._document.resolve(schema)):
            if self._fits(schema, each):
                return deepcopy(each)
        raise NoValue

    def fits(self, schema: Any, value: Any) -> bool:
        """Returns True if a value fits a schema."""
        return self._fits(schema, value)

    def _fits(self, schema: Any, value: Any) -> bool:
        try:
            return bool(self._schemas.validator(schema).is_valid(value))
        except ValueError:  # such as a pattern that no validator understands
            return False

    def _value(self, schema: Any, depth: int) -> Any:
        schema = self._document.resolve(schema)
        for example in _examples(schema):
            if self._fits(schema, example):
                return deepcopy(example)
        return self._by_keywords(self._flat(schema), depth)

    def _by_keywords(self, schema: Mapping[str, Any], depth: int) -> Any:
        """Returns a value by an enum, a choice, or a type."""
        if "enum" in schema:
            return next((each for each in schema["enum"] if each is not None), None)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._chosen(schema, key, depth)
        return self._typed(schema, depth)

    def _flat(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns a schema merged with its `allOf`."""
        made = {key: value for key, value in schema.items() if key != "allOf"}
        for member in schema.get("allOf", ()):
            made = _merged(made, self._flat(self._document.resolve(member)))
        return made

    def _chosen(self, schema: Mapping[str, Any], key: str, depth: int) -> Any:
        """Returns a value for the first branch of a choice that has a fitting one."""
        rest = {name: value for name, value in schema.items() if name in _STRUCTURE}
        branches = sorted(schema[key], key=lambda branch: branch == {"type": "null"})
        made: list[Any] = []
        for branch in branches[:8] if depth < _BOTTOM else branches[-1:]:
            whole = self._whole(schema, rest, branch, depth) if rest else None
            if whole is not None:
                return whole
            made.append(self._branch(branch, rest, depth))
            if self._fits(branch, made[-1]):
                return made[-1]
        return made[0] if made else None

    def _branch(self, branch: Any, rest: Mapping[str, Any], depth: int) -> Any:
        """Returns a value for a branch; an object also has the properties beside the choice."""
        value = self._value(branch, depth + 1)
        if rest and isinstance(value, dict):
            return {**self._object(rest, depth), **value}
        return value

    def _whole(
        self, schema: Mapping[str, Any], rest: Mapping[str, Any], branch: Any, depth: int
    ) -> dict[str, Any] | None:
        """Returns an object of what a schema and its branch declare together, if that is all of it.

        Optional properties are left out if the branches exclude each other. None if nothing fits.
        """
        inner = self._flat(self._document.resolve(branch))
        if inner.keys() - {*_STRUCTURE, "type", "title", "description"}:
            return None
        together = _merged(rest, inner)
        made = (self._object(together, deep) for deep in (depth, max(depth, _DEEPEST)))
        return next((each for each in made if self._fits(schema, each)), None)

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind in ("integer", "number"):
            return self._number(schema, kind)
        if kind == "boolean":
            return True
        return None if kind == "null" else self._text(schema)

    # -- maps and lists --------------------------------------------------------------------------

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        made = {}
        for name, child in properties.items():
            wanted = depth < _DEEPEST and not child.get("writeOnly")
            if (name in required and depth < _BOTTOM) or wanted:
                made[name] = self._value(child, depth + 1)
        self._add_undeclared(made, schema, depth)
        return made

    def _add_undeclared(self, made: dict[str, Any], schema: Mapping[str, Any], depth: int) -> None:
        """Adds the required properties without a schema, and as many others as are needed."""
        other = as_map(schema.get("additionalProperties"))
        least = schema.get("minProperties", 0)
        for name in (*schema.get("required", ()), *map("key{}".format, range(least))):
            enough = name.startswith("key") and len(made) >= least
            if name not in made and not enough:
                made[name] = self._value(other, depth + 1)

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        size = int(min(max(least, 1 if depth < _DEEPEST else 0), most))
        made = [self._value(child, depth + 1) for child in schema.get("prefixItems", ())][:size]
        items = schema.get("items", {})
        options = self._document.resolve(items).get("enum", ()) if schema.get("uniqueItems") else ()
        made += options[: size - len(made)]
        return made + [self._value(items, depth + 1) for _ in range(size - len(made))]

    # -- scalars ---------------------------------------------------------------------------------

    def _number(self, schema: Mapping[str, Any], kind: str) -> int | float:
        step = schema.get("multipleOf", 1)
        low = schema.get("minimum", schema.get("exclusiveMinimum", -math.inf))
        high = schema.get("maximum", schema.get("exclusiveMaximum", math.inf))
        value = max(low, 0) if high >= 0 else high
        value = math.ceil(value / step) * step
        value += step if value == schema.get("exclusiveMinimum") else 0
        if value > high or value == schema.get("exclusiveMaximum"):
            value = (low + high) / 2 if kind == "number" else math.floor(high)
        return _bounded(value, schema, kind)

    def _text(self, schema: Mapping[str, Any]) -> str:
        if "pattern" in schema:
            return self._matching(schema["pattern"], schema.get("minLength", 0))
        form: str = schema.get("format", "")
        if form == "uuid":
            return str(UUID(int=self._random.getrandbits(128), version=4))
        text = _FORMATS.get(form, "text")
        least: int
        most: int
        least, most = schema.get("minLength", 0), schema.get("maxLength", len(text))
        return (text + "x" * max(least - len(text), 0))[: max(most, least)]

    def _matching(self, pattern: str, least: int) -> str:
        try:
            parsed = patterns.parse(pattern)
        except Exception:  # noqa: BLE001 - a foreign pattern may make the parser raise anything
            return "text"
        for more in range(12):
            text = "".join(self._drawn(parsed, more))
            if len(text) >= least:
                break
        return text

    def _drawn(self, parsed: Any, more: int) -> Iterator[str]:
        """Yields the pieces of a text that matches a pattern, with `more` repetitions than necessary."""
        for kind, value in parsed:
            if kind in _CHARACTERS:
                yield _CHARACTERS[kind](value)
            elif kind is rx.BRANCH:
                yield from self._drawn(value[1][0], more)
            elif kind is rx.SUBPATTERN:
                yield from self._drawn(value[-1], more)
            elif kind in (rx.MAX_REPEAT, rx.MIN_REPEAT):
                least, most, inner = value
                for _ in range(min(max(least, more and least + 2**more), most)):
                    yield from self._drawn(inner, 0)


def _bounded(value: float, schema: Mapping[str, Any], kind: str) -> int | float:
    """Returns a number within the bounds of its format, without a needless fraction."""
    bound = _LARGE.get(schema.get("format", ""), 2**63)
    value = min(max(value, -bound), bound - 1)
    return int(value) if kind == "integer" or value == int(value) else value


def _kind(schema: Mapping[str, Any]) -> str:
    by_words = (kind for kind, words in _WORDS_OF.items() if words & schema.keys())
    return str(next(chain(filter(None, listed(schema.get("type"))), by_words), "string"))


_WORDS_OF = {
    "object": {"properties", "additionalProperties", "required"},
    "array": {"items", "prefixItems"},
    "integer": {"minimum", "maximum", "multipleOf"},
}
"""The keywords by which a schema without a type shows it."""


def _examples(schema: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in schema:
        yield schema["example"]
    examples = schema.get("examples")
    yield from examples if isinstance(examples, list) else ()
    if "default" in schema:
        yield schema["default"]


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Merges two schemas as far as a sample needs it."""
    made = {**one, **other}
    if "properties" in one and "properties" in other:
        made["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        made["required"] = list(dict.fromkeys((*one["required"], *other["required"])))
    return made


_CLASSES = {
    rx.CATEGORY_DIGIT: "0",
    rx.CATEGORY_WORD: "a",
    rx.CATEGORY_SPACE: " ",
    rx.CATEGORY_NOT_DIGIT: "a",
    rx.CATEGORY_NOT_WORD: "-",
    rx.CATEGORY_NOT_SPACE: "a",
}


def _one_of(choices: Sequence[Any]) -> str:
    """Returns a character of a class such as `[a-z0-9]`."""
    if choices[0][0] is rx.NEGATE:
        barred = set(_listed_characters(choices))
        return next((each for each in "aA0-_ .z" if each not in barred), "a")
    kind, value = choices[0]
    if kind is rx.LITERAL:
        return chr(value)
    return chr(value[0]) if kind is rx.RANGE else _CLASSES.get(value, "a")


def _listed_characters(choices: Sequence[Any]) -> Iterator[str]:
    for kind, value in choices:
        if kind is rx.LITERAL:
            yield chr(value)
        elif kind is rx.RANGE:
            yield from map(chr, range(value[0], value[1] + 1))


_CHARACTERS: Mapping[Any, Callable[[Any], str]] = {
    rx.LITERAL: chr,
    rx.NOT_LITERAL: lambda code: "a" if code != ord("a") else "b",
    rx.ANY: lambda _: "a",
    rx.IN: _one_of,
}
"""Makes a character for each kind of item of a pattern that matches one."""
