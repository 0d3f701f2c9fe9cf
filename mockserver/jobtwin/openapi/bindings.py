"""Binds the entries of `x-jobs` to operations, properties and errors by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from jobtwin.errors import among
from jobtwin.openapi.document import METHODS, Document
from jobtwin.openapi.forms import FORMS
from jobtwin.openapi.media_types import is_json
from jobtwin.openapi.nodes import Property, Report, enum_of, properties, type_of, wrapped
from jobtwin.openapi.operations import GROUPS
from jobtwin.openapi.pointer import entries, followed, pointer, tokens
from jobtwin.openapi.untyped import as_map

_WITHIN = r"(?:/items|/additionalProperties)?/properties/([^/]+)"
"""A step from a schema to a property, or to one of its items."""

Places = dict[str, str]
"""The places of schemas, by name."""


class Bound(NamedTuple):
    """An entry of `x-jobs`, and its place."""

    said: Any
    place: str


@dataclass(slots=True)
class Bindings:
    """The bindings of one document: each `x-job`, and the entries of `x-jobs` by name."""

    document: Document
    operations: Mapping[str, Bound] = field(default_factory=dict)
    values: Mapping[str, Bound] = field(default_factory=dict)

    def operation(self, node: Mapping[str, Any], place: str) -> Bound | None:
        """Returns what an operation does to jobs, in the long form; None if it is not bound."""
        bound = self.operations.get(node.get("operationId", ""))
        if "x-job" in node:
            bound = Bound(node["x-job"], f"{place}/x-job")
        if bound is None and self.document.name == "control":
            bound = Bound("control", place)
        return bound and Bound(_operation(bound.said), bound.place)

    def has_key(self, key: str) -> bool:
        """Returns True if some operation says something under a key."""
        beside = (node["x-job"] for node in _operations(self.document) if "x-job" in node)
        said = [*(bound.said for bound in self.operations.values()), *beside]
        return any(isinstance(each, Mapping) and key in each for each in said)

    def value(self, node: Any, place: str) -> Bound | None:
        """Returns the value of a property or schema; None if it is not bound."""
        if isinstance(node, Mapping) and "x-job" in node:
            return Bound(node["x-job"], f"{place}/x-job")
        return self.values.get(place)

    def name_of(self, place: str) -> str | None:
        """Returns the name in `values` of a property of a named schema."""
        found = re.fullmatch(rf"/components/schemas/([^/]+)((?:{_WITHIN})+)", place)
        return ".".join((found[1], *re.findall(_WITHIN, found[2]))) if found else None

    def has_value_below(self, place: str) -> bool:
        """Returns True if something inside a schema is bound."""
        return any(each.startswith(f"{place}/") for each in self.values)


def _ignore(_place: str, _why: str) -> None:
    """Ignores a note."""


def bind(document: Document, report: Report, note: Report = _ignore) -> Bindings:
    """Resolves each name of `x-jobs`; unknown names are reported.

    A value that would also hold elsewhere is a mistake; in a vendor's own file, a note.
    """
    jobs = document.data.get("x-jobs", {})
    operations = _bound_operations(document, jobs.get("operations", {}), report)
    values = _bound_values(document, jobs.get("values", {}), operations, report, note)
    return Bindings(document, operations, values)


def _bound_operations(
    document: Document, named: Mapping[str, Any], report: Report
) -> dict[str, Bound]:
    known = {node["operationId"]: node for node in _operations(document) if "operationId" in node}
    by_path = _by_path(document)
    operations: dict[str, Bound] = {}
    for name, said in named.items():
        place = f"/x-jobs/operations{pointer([name])}"
        node = known.get(name) or by_path.get(name)
        if node is None:
            report(place, among(name, "the operations", by_path if " " in name else known))
        elif why := _said_twice(node, operations):
            report(place, f"{why}; write one of the two")
        else:
            operations[node["operationId"]] = Bound(said, place)
    return operations


def _said_twice(node: Mapping[str, Any], operations: Mapping[str, Bound]) -> str | None:
    """Returns an error if an operation is bound twice, or None."""
    if "x-job" in node:
        return "has an `x-job` of its own, too"
    is_known = node["operationId"] in operations
    return "is said twice, by operationId and by path" if is_known else None


def _bound_values(
    document: Document,
    named: Mapping[str, Any],
    operations: Mapping[str, Bound],
    report: Report,
    note: Report,
) -> dict[str, Bound]:
    values, names = dict[str, Bound](), dict[str, str]()
    answers, uses = cache(lambda: _answers(document)), cache(lambda: _uses(document, operations))
    for name, said in named.items():
        place = f"/x-jobs/values{pointer([name])}"
        found = _schema(document, name, place, report, note, answers, uses)
        if found is not None and "x-job" in document.at(f"#{found}"):
            report(place, "has an `x-job` of its own, too; write one of the two")
        elif found in names and values[found].said != said:
            report(
                place,
                f"is the same property as {names[found]}, with another value; write one of the two",
            )
        elif found is not None:
            values[found], names[found] = Bound(said, place), name
    return values


def _operations(document: Document) -> Iterator[Mapping[str, Any]]:
    for item in document.data["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def _by_path(document: Document) -> dict[str, Mapping[str, Any]]:
    """Returns operations by method and path, the names of those without an operationId."""
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document.data["paths"].items()
        for method in METHODS
        if method in item and "operationId" in item[method]
    }


def _operation(said: Any) -> Mapping[str, Any]:
    if isinstance(said, str):
        return {"does": said}
    return {"does": "event", **said} if "event" in said else said


# -- schemas by name -------------------------------------------------------------------------------


def _schema(  # noqa: PLR0913, PLR0917 - a name is looked up in that many places
    document: Document,
    name: str,
    place: str,
    report: Report,
    note: Report,
    answers: Callable[[], Places],
    uses: Callable[[], Uses],
) -> str | None:
    """Returns the place of a schema or property by a name such as `Print.state`.

    `answers` returns the schemas of responses, and `uses` the references to components; few names
    need them.
    """
    head, where = _schema_head(document, name, answers)
    if head is None:
        schemas = document.data.get("components", {}).get("schemas", {})
        report(place, among(name.partition(".")[0], "the schemas and operations", schemas))
        return None
    rest, is_property = name[len(head) + 1 :], False
    while rest:
        found = _properties(document, where)
        key = _longest(rest, found)
        if key is None:
            report(place, among(rest.partition(".")[0], f"the properties of {head}", found))
            return None
        if is_property and (why := _shared(where, found[key].place, head, rest, uses)):
            if not document.is_vendors:
                report(place, why)
                return None
            note(place, why)
        where, rest, head = found[key].place, rest[len(key) + 1 :], f"{head}.{key}"
        is_property = True
    return where


def _shared(where: str, target: str, head: str, rest: str, uses: Callable[[], Uses]) -> str | None:
    """Returns a mistake if a name leads through a reference to a component with other users, or None."""
    found = _COMPONENT.match(target)
    if found is None or target.startswith(f"{where}/"):
        return None
    component = tokens(found[0])[-1]
    others = [
        use.name for use in uses().get(component, ()) if not f"{use.place}/".startswith(f"{where}/")
    ]
    if not others:
        return None
    also = ", ".join([*dict.fromkeys(others)][:3])
    return (
        f"{component} is one schema: this value also holds in {also}; "
        f"give {head} a schema of its own, or write {component}.{rest}"
    )


_COMPONENT = re.compile("/components/schemas/[^/]+")


class Use(NamedTuple):
    """A reference to a component: its place, and the name of the property or operation."""

    place: str
    name: str


Uses = Mapping[str, Sequence[Use]]
"""The references to each component, by its name."""


def _uses(document: Document, operations: Mapping[str, Bound]) -> Uses:
    """Returns the references to components in the responses and callbacks of bound operations."""
    found: dict[str, list[Use]] = {}
    seen = set[str]()
    for path, item in document.data["paths"].items():
        for method in METHODS:
            node = item.get(method, {})
            if "x-job" in node or node.get("operationId") in operations:
                name = node.get("operationId", f"{method.upper()} {path}")
                todo = _sent_by(node, pointer(["paths", path, method]), name)
                _add_uses(document, todo, found, seen)
    return found


def _sent_by(node: Mapping[str, Any], at: str, name: str) -> list[tuple[str, Any, str]]:
    """Returns what an operation sends: its responses and callbacks, each with its place."""
    sent = (key for key in ("responses", "callbacks") if key in node)
    return [(f"{at}/{key}", node[key], name) for key in sent]


def _component(target: str) -> str | None:
    """Returns the name of the component to which a reference leads, or None."""
    return tokens(target)[-1] if _COMPONENT.fullmatch(target) else None


def _add_uses(
    document: Document,
    todo: list[tuple[str, Any, str]],
    found: dict[str, list[Use]],
    seen: set[str],
) -> None:
    """Adds the references below some nodes, and below the nodes to which they lead."""
    while todo:
        place, node, name = todo.pop()
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(reference, str):
            todo += _below(place, node, name)
            continue
        target = reference.removeprefix("#")
        component = _component(target)
        if component is not None:
            found.setdefault(component, []).append(Use(place, name))
        if target not in seen:
            seen.add(target)
            todo.append((target, document.at(reference), component or name))


def _below(place: str, node: Any, name: str) -> Iterator[tuple[str, Any, str]]:
    """Yields the nodes directly below a node, without examples."""
    are_names = place.endswith("/properties")
    for key, each in entries(node):
        if are_names or key not in ("example", "examples"):
            yield place + pointer([key]), each, f"{name}.{key}" if are_names else name


def _longest(name: str, known: Container[str]) -> str | None:
    """Returns the longest of the known names with which a dotted name begins."""
    ends = [at for at, letter in enumerate(name) if letter == "."]
    heads = (name, *(name[:end] for end in reversed(ends)))
    return next((head for head in heads if head in known), None)


def _answers(document: Document) -> Places:
    """Returns the places of the JSON response schemas, by operationId and by method and path."""
    found = {}
    for path, item in document.data["paths"].items():
        for method in METHODS:
            where = _answer(document, item.get(method), pointer(["paths", path, method]))
            if where is not None:
                found[f"{method.upper()} {path}"] = where
                found[item[method].get("operationId", "")] = where
    return found


def _schema_head(
    document: Document, name: str, answers: Callable[[], Places]
) -> tuple[str | None, str]:
    """Returns the component or operation that a name begins with, and the place of its schema."""
    head = _longest(name, document.data.get("components", {}).get("schemas", {}))
    if head is not None:
        return head, f"/components/schemas{pointer([head])}"
    head = _longest(name, answers())
    return head, answers()[head] if head else ""


def _answer(document: Document, node: Any, place: str) -> str | None:
    """Returns the place of the schema of an operation's first JSON success."""
    responses = as_map(as_map(node).get("responses"))
    good = [each for each in responses if str(each).startswith("2")]
    for status in good or _only_default(responses):
        where, response = followed(document.data, f"{place}/responses/{status}", responses[status])
        if kind := _json_kind(as_map(response.get("content"))):
            return f"{where}/content{pointer([kind])}/schema"
    return None


def _json_kind(content: Mapping[str, Any]) -> str | None:
    """Returns the first JSON media type with a schema."""
    return next((kind for kind, media in content.items() if is_json(kind) and "schema" in media), None)  # fmt: skip


def _only_default(responses: Mapping[str, Any]) -> list[str]:
    return ["default"] if [*responses] == ["default"] else []


def _properties(document: Document, where: str) -> Mapping[str, Property]:
    """Returns the properties of a schema, or of the items of a list or map."""
    where, node = followed(document.data, where, document.at(f"#{where}"))
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), Mapping):
            where, node = followed(document.data, f"{where}/{key}", node[key])
    return properties(document, node, where)


# -- errors ----------------------------------------------------------------------------------------


def situation_settings(said: Mapping[str, Any], situation: str) -> dict[str, Any]:
    """Merges the settings in `errors` for a situation: for all, for its group, and its own."""
    made: dict[str, Any] = {}
    for name in keys_of(situation):
        answer = said.get(name, {})
        made |= {"message": answer} if isinstance(answer, str) else answer
    return made


@cache
def keys_of(situation: str) -> tuple[str, ...]:
    """Returns the keys of `errors` about a situation, the most general first."""
    groups = (group for group, members in GROUPS.items() if situation in members)
    return ("all", *groups, situation)


# -- what follows from names -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MachineUse:
    """How operations use a machine.

    `echoed` are undeclared facts that create requests and responses share by name and type;
    `asked` are the events that operations can trigger; a new job is compared with others by the
    `excluding` facts.
    """

    echoed: Mapping[str, Any]
    asked: frozenset[str]
    excluding: tuple[str, ...]


def machine_uses(bindings: Bindings, machines: Mapping[str, Any]) -> dict[str, MachineUse]:
    """Returns by machine how operations use it."""
    return {
        name: MachineUse(
            _echoed(bindings, several, machines.get(name, {}).get("facts", {})),
            frozenset(event for _, said in several for event in _asked(said.get("event"))),
            _excluding(said for _, said in several),
        )
        for name, several in _by_machine(bindings, machines).items()
    }


def _excluding(operations: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Returns the facts that every `exclusive` compares."""
    compared = [said["exclusive"].get("same", ()) for said in operations if "exclusive" in said]
    first = compared[0] if compared else ()
    return tuple(fact for fact in first if all(fact in same for same in compared))


def _echoed(
    bindings: Bindings,
    operations: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    declared: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns the facts, none of them declared, that one machine's operations take and show."""
    document = bindings.document
    creating = [node for node, said in operations if said["does"] == "create"]
    sent = chain.from_iterable(_sent(document, node) for node in creating)
    shown = set(chain.from_iterable(_shown(bindings, node) for node, _ in operations))
    return {
        fact: schema
        for fact, schema in sent
        if fact not in declared and (fact, _kind(document, schema)) in shown
    }


def _asked(event: Any) -> Sequence[str]:
    if isinstance(event, Mapping):
        return [*event.get("is", {}).values()]
    return [event] if event else []


def _by_machine(
    bindings: Bindings, machines: Mapping[str, Any]
) -> Mapping[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]:
    """Returns by machine the operations, each with its binding."""
    usual = _only_job(machines)
    found: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for node in _operations(bindings.document):
        if each := bindings.operation(node, ""):
            found.setdefault(each.said.get("machine", usual), []).append((node, each.said))
    return found


def _only_job(machines: Mapping[str, Any]) -> str:
    """Returns the name of the only machine that is not a part; an empty one if there are several."""
    parts = {kind for machine in machines.values() for kind in machine.get("parts", {}).values()}
    jobs = [name for name in machines if name not in parts]
    return jobs[0] if len(jobs) == 1 else ""


def _sent(document: Document, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields the properties of a request's body, JSON or a form, with their schemas."""
    body = document.resolve(node.get("requestBody")) or {}
    for kind, media in body.get("content", {}).items():
        if (is_json(kind) or kind in FORMS) and "schema" in media:
            place, schema = followed(document.data, "", media["schema"])
            for name, each in properties(document, schema, place).items():
                if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
                    yield name, _with_default(document, each)


def _with_default(document: Document, each: Property) -> Any:
    """Returns the schema of a request's property; a required one gets a default.

    Jobs that are not created by a vendor's request, such as those of the control API, use the
    default. Responses of a vendor's own file have samples instead.
    """
    schema: Mapping[str, Any] = document.resolve(each.schema)
    if not each.required or "default" in schema or document.is_vendors:
        return each.schema
    usual = _PLAIN.get(type_of(document, schema) or "")
    shown = [schema["example"]] if "example" in schema else schema.get("enum", ())
    return {**each.schema, "default": next(iter(shown), usual)}


_PLAIN: Mapping[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "array": [],
    "object": {},
}


def _shown(bindings: Bindings, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields the names and kinds of a response's unbound properties."""
    document = bindings.document
    todo = [("", schema) for schema in _success_schemas(document, node)]
    seen = set[int]()
    while todo:
        place, schema = followed(document.data, *todo.pop())
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        inner = schema.get("items")
        todo += [(f"{place}/items", inner)] if isinstance(inner, Mapping) else []
        declared = properties(document, schema, place)
        todo += [(each.place, each.schema) for each in declared.values()]
        yield from (
            (name, _kind(document, each.schema))
            for name, each in declared.items()
            if _is_unbound(bindings, each)
        )


def _is_unbound(bindings: Bindings, each: Property) -> bool:
    target, _ = followed(bindings.document.data, each.place, each.schema)
    return bindings.value(each.schema, each.place) is None and target not in bindings.values


def _success_schemas(document: Document, node: Mapping[str, Any]) -> Iterator[Any]:
    for status, response in node.get("responses", {}).items():
        for media in document.resolve(response).get("content", {}).values():
            if status.startswith("2") and "schema" in media:
                yield media["schema"]


def _kind(document: Document, schema: Any) -> Any:
    """Returns what the properties of a request and a response must share: their type.

    In a vendor's own file, where names were not chosen for this, the whole schema must be the same.
    """
    kind = type_of(document, schema)
    if not document.is_vendors:
        return kind
    node = document.resolve(schema)
    if kind in (None, "object", "array"):
        inside = wrapped(node)
        return kind, id(document.resolve(inside[1]) if inside else node)
    return kind, node.get("format"), str(enum_of(document, node))


def last_parameter(path: str) -> str | None:
    """Returns the source of the last parameter in a path."""
    names: Sequence[str] = re.findall(r"\{([^{}]*)\}", path)
    return f"path.{names[-1]}" if names else None
