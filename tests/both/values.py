"""Random values: those that a schema allows, and those that a generated client's types allow."""

import datetime as dt
import importlib
import inspect
import json
import math
import sys
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from io import BytesIO
from typing import Any
from uuid import UUID

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from jobcall import UNSET, File, OpenStrEnum, Unset
from tests.both.promises import SIXTY_FOUR_BITS, Promises

Values = SearchStrategy[Any]
KNOWN = {
    *("type", "format", "nullable", "enum", "pattern", "default", "example", "description"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "required", "properties"),
    *("items", "additionalProperties", "allOf", "oneOf", "anyOf", "not", "discriminator", "title"),
}
SINCE = dt.datetime(1000, 1, 1)  # noqa: DTZ001 - hypothesis needs a naive bound
ZONES: Values = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
TEXTS = st.text(max_size=12)
JSON: Values = st.recursive(
    st.none() | st.booleans() | st.integers(*SIXTY_FOUR_BITS) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


MOMENTS = st.datetimes(SINCE, timezones=ZONES | st.just(dt.UTC))
FRACTIONS = st.from_regex(r"(\.[0-9]{1,6})?", fullmatch=True)


def _moment(moment: dt.datetime, fraction: str, utc: str) -> str:
    """Returns a moment in RFC 3339, with a four-digit year and an offset in minutes."""
    text = moment.replace(microsecond=0, tzinfo=None).isoformat()
    offset = moment.replace(microsecond=0).isoformat()[len(text) :]
    return text + fraction + (utc if offset == "+00:00" else offset)


TEXT_FORMATS: dict[str, Values] = {
    "uri": st.from_regex(r"https?://[a-z]{1,9}(/[a-z0-9-]{1,5}){0,3}", fullmatch=True),
    "uuid": st.builds(lambda each, big: str(each).upper() if big else str(each), st.uuids(), st.booleans()),
    "date-time": st.builds(_moment, MOMENTS, FRACTIONS, st.sampled_from(["Z", "+00:00"])),
}  # fmt: skip


# -- by a schema -----------------------------------------------------------------------------------


class SchemaValues:
    """Values that the schemas of one document allow, including all that they do not forbid."""

    def __init__(self, promises: Promises) -> None:
        self._promises = promises
        self._made: dict[int, tuple[Any, Values]] = {}

    def values(self, schema: Any) -> Values:
        """Returns values of one schema, without those of a part that only other parts exclude."""
        if id(schema) not in self._made:
            deferred = st.deferred(lambda: self._values(schema))
            self._made[id(schema)] = schema, deferred
        return self._made[id(schema)][1]

    def _values(self, schema: Any) -> Values:
        schema = self._promises.resolved(schema)
        if unknown := {key for key in schema if not key.startswith("x-")} - KNOWN:
            raise NotImplementedError(f"values for {', '.join(sorted(unknown))}")
        made = self._bare(schema)
        if "not" in schema:
            made = made.filter(lambda value: self._promises.fits(schema, value))
        return st.none() | made if schema.get("nullable") else made

    def _bare(self, schema: Mapping[str, Any]) -> Values:
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                several = st.one_of([self.values(each) for each in schema[choice]])
                return several.filter(lambda value: self._promises.fits(schema, value))
        if "allOf" in schema:
            return self._all(schema)
        by_type: dict[str | None, Callable[[Mapping[str, Any]], Values]] = {
            "object": self._objects,
            "array": self._lists,
            "string": _texts,
            "integer": _integers,
            "number": _numbers,
            "boolean": lambda _: st.booleans(),
            None: lambda _: JSON,
        }
        usual = "object" if "properties" in schema else None
        return by_type[schema.get("type", usual)](schema)

    def _all(self, schema: Mapping[str, Any]) -> Values:
        parts = [self._promises.resolved(each) for each in schema["allOf"]]
        if len(parts) == 1 and "properties" not in schema:
            return self.values(schema["allOf"][0])
        whole = self._objects(self._merged([schema, *parts]))
        return whole.filter(lambda value: self._promises.fits(schema, value))

    def _merged(self, parts: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Returns one object with all properties, and all required names."""
        inner = [
            self._promises.resolved(each) for part in parts[1:] for each in part.get("allOf", ())
        ]
        if inner:
            parts = [*parts, self._merged([{}, *inner])]
        return {
            "properties": {n: each for p in parts for n, each in p.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", ())],
        }

    def _objects(self, schema: Mapping[str, Any]) -> Values:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        made = {name: self.values(each) for name, each in properties.items()}
        known = st.fixed_dictionaries(
            {name: each for name, each in made.items() if name in required},
            optional={name: each for name, each in made.items() if name not in required},
        )
        more = schema.get("additionalProperties", True)
        if more is not False:
            names = TEXTS.filter(lambda name: name not in properties)
            rest = st.dictionaries(names, JSON if more is True else self.values(more), max_size=2)
            known = st.builds(lambda own, others: {**others, **own}, known, rest)
        low, high = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)
        return known.filter(lambda value: low <= len(value) <= high)

    def _lists(self, schema: Mapping[str, Any]) -> Values:
        low = schema.get("minItems", 0)
        high = min(schema.get("maxItems", low + 2), low + 2)
        return st.lists(self.values(schema["items"]), min_size=low, max_size=high)


def _texts(schema: Mapping[str, Any]) -> Values:
    if schema.get("format") in TEXT_FORMATS:
        return TEXT_FORMATS[schema["format"]]
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        texts = st.from_regex(schema["pattern"].replace("$", r"\Z"))
        return texts.filter(lambda text: low <= len(text) <= (high or math.inf))
    return st.text(min_size=low, max_size=min(high or low + 12, low + 12))


def _integers(schema: Mapping[str, Any]) -> Values:
    low, high = schema.get("minimum", SIXTY_FOUR_BITS[0]), schema.get("maximum", SIXTY_FOUR_BITS[1])
    low, high = low + schema.get("exclusiveMinimum", 0), high - schema.get("exclusiveMaximum", 0)
    return st.integers(low, high)


def _numbers(schema: Mapping[str, Any]) -> Values:
    return st.floats(
        schema.get("minimum"),
        schema.get("maximum"),
        exclude_min=schema.get("exclusiveMinimum", False),
        exclude_max=schema.get("exclusiveMaximum", False),
        allow_nan=False,
        allow_infinity=False,
    )


# -- by a type -------------------------------------------------------------------------------------

PLAIN: dict[Any, Values] = {
    type(None): st.none(),
    Unset: st.just(UNSET),
    bool: st.booleans(),
    int: st.integers(-2, 3) | st.integers(-(2**70), 2**70),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: TEXTS | st.sampled_from([".", "..", "a/b"]) | st.text(min_size=200, max_size=300),
    UUID: st.uuids(),
    Any: JSON,
    object: JSON,
    dt.datetime: st.datetimes(SINCE, timezones=st.none() | ZONES),
    File: st.builds(
        lambda content, name: File(BytesIO(content), name), st.binary(max_size=20), st.none() | TEXTS
    ),
}  # fmt: skip


class Types:
    """Values that the types of one generated package allow, valid for the API or not."""

    def __init__(self, package: str) -> None:
        self._models = vars(importlib.import_module(f"{package}.models"))
        self._made: dict[Any, Values] = {}

    def values(self, kind: Any) -> Values:
        """Returns values of one annotation."""
        if kind in PLAIN:
            return PLAIN[kind]
        if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
            return st.one_of([self.values(each) for each in typing.get_args(kind)])
        if typing.get_origin(kind) is list:
            return st.lists(self.values(typing.get_args(kind)[0]), max_size=3)
        if typing.get_origin(kind) is dict:
            return st.dictionaries(TEXTS, self.values(typing.get_args(kind)[1]), max_size=3)
        if issubclass(kind, Enum):
            known = st.sampled_from(list(kind))
            return known | TEXTS.map(kind) if issubclass(kind, OpenStrEnum) else known
        if kind not in self._made:
            self._made[kind] = st.deferred(lambda: self._models_of(kind))
        return self._made[kind]

    def _models_of(self, kind: Any) -> Values:
        if not attrs.has(kind):
            raise NotImplementedError(f"values of {kind}")
        hints = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]), self._models)
        given = {n: self.values(hints[n]) for n in inspect.signature(kind).parameters}
        made = st.builds(kind, **given)
        if "additional_properties" not in hints:
            return made
        more = self.values(hints["additional_properties"])
        return st.builds(_with, made, st.just({}) | more)


def _with(model: Any, more: Mapping[str, Any]) -> Any:
    """Returns a model with additional properties, besides its named ones."""
    known = json.dumps(list(model.to_dict())) if not hasattr(model, "to_multipart") else "[]"
    model.additional_properties = {k: v for k, v in more.items() if k not in json.loads(known)}
    return model


# -- from JSON to the arguments of a generated function ---------------------------------------------


def reader(kind: Any) -> Any:
    """Returns a function that converts a schema's value to a parameter."""
    first = (typing.get_args(kind) or (kind,))[0] if typing.get_origin(kind) is not list else kind
    if typing.get_origin(first) is list:
        return lambda values: [typing.get_args(first)[0](value) for value in values]
    return first


def bodies_of(kind: Any, body: Any) -> Any:
    """Converts a body to an argument of a generated function; a form has a file in each field."""
    kinds = [each for each in typing.get_args(kind) or (kind,) if hasattr(each, "from_dict")]
    if hasattr(kinds[0], "to_multipart"):
        names = [
            n for n, p in inspect.signature(kinds[0]).parameters.items() if p.default is p.empty
        ]
        return kinds[0](**{name: File(BytesIO(b"x"), "x.bin") for name in names})
    return first(kinds, body)


def first(kinds: list[Any], body: Any) -> Any:
    """Converts a body, or each item of one, to the first class that accepts it."""
    if isinstance(body, list):
        return [first(kinds, item) for item in body]
    for kind in kinds[:-1]:
        try:
            return kind.from_dict(body)
        except (KeyError, ValueError, TypeError):
            continue
    return kinds[-1].from_dict(body)
