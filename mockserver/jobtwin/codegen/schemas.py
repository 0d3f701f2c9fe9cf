"""Converts schemas for openapi-python-client: widens those that it cannot read.

A widened schema accepts more values than the author's. None is narrowed.
"""

import keyword
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case

from jobtwin.openapi.pointer import node_at
from jobtwin.openapi.untyped import as_list, as_map, filled

PREFIX = "field_"
"""The generator's prefix for a name that is not a Python identifier."""

REFERENCE = "#/components/schemas/"
TYPES = {"string", "number", "integer", "boolean", "array", "object", "null"}
BINARY = {"type": "string", "format": "binary"}
_STAND_IN = "\0"
"""Marks a stand-in for another name; no identifier contains it."""
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SAYING_NOTHING = {"description", "example", "title", "default", "nullable", "deprecated"}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass
class SchemaReader:
    """Reads the schemas of a document, and records the components that they refer to."""

    document: dict[str, Any]
    dropped: dict[str, str] = field(default_factory=dict)
    """Components that the generator cannot read, with the reason; they accept any value."""
    titles: dict[str, str] = field(default_factory=dict)
    """Titles for components whose class name another class has."""
    wire_names: dict[str, str] = field(default_factory=dict)
    """Stand-ins for names of properties and parameters that are equal in Python."""
    lost: dict[str, None] = field(default_factory=dict)
    """Broken and circular references, which accept any value."""
    wanted: dict[str, None] = field(default_factory=dict)
    """Names of the referenced components, in order."""

    def components(self, names: list[str]) -> dict[str, Any]:
        """Returns the named components, and all that they refer to."""
        self.wanted.update(dict.fromkeys(names))
        made: dict[str, Any] = {}
        while missing := [name for name in self.wanted if name not in made]:
            made |= {name: self._component(name) for name in missing}
        order = [*self._own, *made]
        made = {name: made[name] for name in dict.fromkeys(order) if name in made}
        self._retitle(made)
        return made

    def _retitle(self, made: dict[str, Any]) -> None:
        """Gives components the titles chosen for them; removes those that several share."""
        titles = Counter(str(ClassName(made[n].get("title", n), PREFIX)) for n in made)
        for name, schema in made.items():
            title = schema.get("title")
            if name in self.titles and "$ref" not in schema:
                schema["title"] = self.titles[name]
            elif title and titles[str(ClassName(title, PREFIX))] > 1:
                del schema["title"]

    @property
    def names(self) -> list[str]:
        """The names of all schema components."""
        return list(self._own)

    @property
    def _own(self) -> dict[str, Any]:
        components = self.document.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        return schemas if isinstance(schemas, dict) else {}

    def _component(self, name: str) -> dict[str, Any]:
        if name in self.dropped:
            return {}
        made = self.read(self._own.get(name), component=True)
        # A component that is only a reference has no class; the generator resolves it itself.
        if self._loops(name):
            self.lost.setdefault(REFERENCE + name)
            return {}
        return made

    def _loops(self, name: str) -> bool:
        """Returns True if a component refers to itself, directly or through others."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            node = self._own.get(name)
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return False
            name = reference.removeprefix(REFERENCE)
        return True

    def resolve(self, node: Any) -> Any:
        """Returns a node with its references resolved; None if they are broken."""
        seen: set[str] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            node = None if reference in seen else self._at(reference)
            if node is None:
                self.lost.setdefault(reference)
            seen.add(reference)
        return node

    def _at(self, reference: str) -> Any:
        try:
            return node_at(self.document, reference)
        except (LookupError, TypeError, ValueError):
            return None

    def read(
        self, node: Any, *, component: bool = False, within: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Returns a schema in the generator's form."""
        if not isinstance(node, dict):
            return {}
        if isinstance(node.get("$ref"), str):
            return self._reference(node, within)
        made: dict[str, Any] = dict(self._plain(node, component=component))
        made |= self._inner(node, within)
        return _settled(made | self._object(node, within))

    def _inner(self, node: dict[str, Any], within: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Yields the keywords of a schema that hold other schemas, but for its properties."""
        if isinstance(node.get("additionalProperties"), bool):
            yield "additionalProperties", node["additionalProperties"]
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), dict):
                yield key, self.read(node[key], within=within)
        for key in _LISTS:
            if parts := as_list(node.get(key)):
                yield key, [self.read(each, within=within) for each in parts]

    def _object(self, node: dict[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        """Returns the properties of an object, and the names of the required ones."""
        required = node.get("required")
        if isinstance(node.get("properties"), dict):
            made = self._properties(node["properties"], within)
            return {"properties": made, "required": self._required(required, made)}
        if isinstance(required, list):
            return {"required": [name for name in required if isinstance(name, str)]}
        return {}

    def _reference(self, node: dict[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        reference = node["$ref"]
        name = reference.removeprefix(REFERENCE)
        if reference.startswith(REFERENCE) and name in self._own:
            self.wanted.setdefault(name)
            made = {"$ref": reference}
        elif reference in within:
            return {}
        else:
            made = self.read(self.resolve(node), within=(*within, reference))
        beside = {key: node[key] for key in ("properties", "required") if key in node}
        return (
            {"allOf": [made, self.read(beside, within=within)]} if "properties" in beside else made
        )

    def _plain(self, node: dict[str, Any], *, component: bool) -> Iterator[tuple[str, Any]]:
        """Yields the keywords of a schema that hold no other schema."""
        kinds = _kinds(node)
        values = _enum(node, kinds)
        yield from _told(node, component=component)
        if kinds:
            yield "type", kinds[0] if len(kinds) == 1 else kinds
        if values:
            yield "enum", values
        if enum_names := _enum_names(node.get("x-enum-varnames"), values):
            yield "x-enum-varnames", enum_names
        if isinstance(node.get("const"), str | int | float):
            yield "const", node["const"]
        if _is_default(node, kinds, values):
            yield "default", node["default"]
        tag = as_map(node.get("discriminator")).get("propertyName")
        if isinstance(tag, str):
            yield "discriminator", {"propertyName": tag}

    def _properties(self, node: dict[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        named = self.told_apart(list(map(str, node)))
        return {named[str(name)]: self.read(child, within=within) for name, child in node.items()}

    def _required(self, names: Any, properties: dict[str, Any]) -> list[str]:
        own = {self.wire_names.get(name, name): name for name in properties}
        given = names if isinstance(names, list) else []
        return [own.get(name, name) for name in given if isinstance(name, str)]

    def told_apart(self, names: list[str]) -> dict[str, str]:
        """Returns for each name the one to generate: a stand-in if Python names would be equal."""
        made: dict[str, str] = {}
        used: set[str] = set()
        for name in names:
            # The generator itself separates names that differ in more than case and underscores.
            exact = str(PythonIdentifier(name, PREFIX, skip_snake_case=True))
            if exact in used:
                key = str(PythonIdentifier(name, PREFIX))
                made[name] = self._stand_in(key, {*names, *made.values()})
                self.wire_names[made[name]] = name
            used.add(exact)
        return {name: made.get(name, name) for name in names}

    def _stand_in(self, name: str, taken: set[str]) -> str:
        """Returns a stand-in for a vendor's name that no property of the document has."""
        number = 2
        while f"{name}_{number}{_STAND_IN}" in taken or f"{name}_{number}" in taken:
            number += 1
        return f"{name}_{number}{_STAND_IN}"


def _told(node: dict[str, Any], *, component: bool) -> Iterator[tuple[str, Any]]:
    """Yields the texts of a schema for readers."""
    # The title of a nested schema would name its class, and is rarely unique.
    texts = ("description", "format", "title") if component else ("description", "format")
    yield from ((key, node[key]) for key in texts if node.get(key) and isinstance(node[key], str))
    for key in ("nullable", "deprecated"):
        if isinstance(node.get(key), bool):
            yield key, node[key]
    if "example" in node:
        yield "example", node["example"]


def _kinds(node: dict[str, Any]) -> list[str]:
    kind = node.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [each for each in dict.fromkeys(k for k in kinds if isinstance(k, str)) if each in TYPES]


def _enum(node: dict[str, Any], kinds: list[str]) -> list[Any]:
    """Returns the values of an enumeration of texts or integers, null allowed; else nothing."""
    values = as_list(node.get("enum"))
    if values == [None]:
        return values
    known = {type(value) for value in values if value is not None}
    if known not in ({str}, {int}) or {"array", "object"} & set(kinds):
        return []
    return list(dict.fromkeys(values))


def _enum_names(given: Any, values: list[Any]) -> list[str]:
    """Returns names for the members of an enumeration, if the generator's own would not do."""
    texts = [value for value in values if value is not None]
    if not texts:
        return []
    names = list(map(str, as_list(given)))
    if _are_members(names, len(texts)):
        return names
    are_numbers = isinstance(texts[0], int)
    return [] if are_numbers or _are_members(_usual_names(texts), len(texts)) else _made_up_names(texts)  # fmt: skip


def _usual_names(texts: list[str]) -> list[str]:
    """Returns the names that the generator gives to the members of an enumeration."""
    return [t.upper() if t[:1].isalpha() else f"VALUE_{i}" for i, t in enumerate(texts)]


def _made_up_names(texts: list[str]) -> list[str]:
    """Returns a different name for each value of an enumeration."""
    made: list[str] = []
    for index, text in enumerate(texts):
        name = snake_case(text).upper()
        name = name if name.isidentifier() and name[0].isalpha() else f"VALUE_{index}"
        made.append(name if name not in made else f"{name}_VALUE_{index}")
    return made


def _are_members(names: list[str], number: int) -> bool:
    keys = {snake_case(name).upper() for name in names}
    return len(names) == len(keys) == number and all(
        key.isidentifier() and not keyword.iskeyword(key) for key in keys
    )


def _is_default(node: dict[str, Any], kinds: list[str], values: list[Any]) -> bool:
    """Returns True if the generator can write the default."""
    default = node.get("default")
    if default is None or node.get("format") in ("date", "date-time", "uuid", "binary"):
        return False
    if values:
        return default in values
    is_plain = not any(map(node.get, ("anyOf", "oneOf", "allOf", "const")))
    return is_plain and len(kinds) == 1 and _is_of_kind(default, kinds[0])


def _is_of_kind(value: Any, kind: str) -> bool:
    """Returns True if a value is of a type of JSON; unlike in Python, a bool is not an integer."""
    expected = _PYTHON.get(kind, ())
    return isinstance(value, expected) and (isinstance(value, bool) == (bool in expected))


def _settled(made: dict[str, Any]) -> dict[str, Any]:
    """Repairs combinations that the generator refuses or drops without a warning."""
    kind = made.get("type", ())
    if (kind == "array" or "array" in kind) and "prefixItems" not in made:
        made.setdefault("items", {})
    for word in ("anyOf", "oneOf"):
        # Beside a union, the generator ignores all other keywords.
        if "properties" in made and all(map(_only_requires, made.get(word, ()))):
            made.pop(word, None)
    if "allOf" in made:
        _settle_parts(made)
    return made


def _settle_parts(made: dict[str, Any]) -> None:
    """Keeps the parts of an `allOf` that say something; own properties beside one become a part."""
    parts = [part for part in made.pop("allOf") if set(part) - _SAYING_NOTHING]
    if "properties" in made and len(parts) == 1 and "$ref" in parts[0]:
        own = {key: made.pop(key) for key in ("properties", "required") if key in made}
        parts.append({"type": "object", **own})
    made |= filled(allOf=parts)


def _only_requires(part: dict[str, Any]) -> bool:
    """Returns True if a part of a union only lists required properties."""
    return set(part) <= _SAYING_NOTHING | {"required"}
