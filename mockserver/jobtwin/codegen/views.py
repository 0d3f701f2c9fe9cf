"""What the answers of a spec's operations tell of its jobs, and where: its `x-job-value`s, beside
what the generator made of the same schemas. It writes nothing.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties import Class, ModelProperty, Property
from openapi_python_client.strings import ClassName, PythonIdentifier

from jobwait import Parts, State, View
from jobwait.lifecycle import Path

PREFIX = "field_"
"""What the generator puts before a name that Python could not have."""

_NOBODY = Class(name=ClassName("", ""), module_name=PythonIdentifier("", ""))
_BAD = ("failure", "partial")
_PLACES = ("path", "query", "header")
_JOBS_OWN = {"id", "state", "progress", "facts", "counters", "created_at", "updated_at", "ended_at"}


class Spec:
    """An OpenAPI document with its job machines, beside what the generator made of it."""

    def __init__(self, document: dict[str, Any], data: GeneratorData) -> None:
        self.document = document
        self.life: Mapping[str, Any] = document.get("x-job-lifecycle") or {}
        self._models = {model.class_info.name: model for model in data.models}
        self._endpoints = {
            (tag, endpoint.method, endpoint.name): endpoint
            for tag, collection in data.endpoint_collections_by_tag.items()
            for endpoint in collection.endpoints
        }

    @property
    def _only(self) -> str:
        """The machine that an operation means which names none."""
        return self.machines()[0] if len(self.machines()) == 1 else ""

    def machines(self) -> list[str]:
        """The machines of jobs that can be waited for: no parts, and no sessions of the caller."""
        parts = {part for each in self.life.values() for part in each.get("parts", {}).values()}
        schemes = (self.document.get("components") or {}).get("securitySchemes") or {}
        sessions = {
            self.resolved(scheme).get("x-job-credential", {}).get("session")
            for scheme in schemes.values()
        }
        return [
            name
            for name, machine in self.life.items()
            if name not in parts | sessions and "states" in machine
        ]

    def resolved(self, node: Any) -> Any:
        """The node, or what its `$ref`s lead to."""
        while isinstance(node, Mapping) and "$ref" in node:
            found: Any = self.document
            for token in node["$ref"].removeprefix("#/").split("/"):
                found = found[token.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def asked(self, machine: str, does: str) -> Iterator["Read"]:
        """The operations that read jobs of a machine, and tell the state or the progress."""
        for item in self.document.get("paths", {}).values():
            node = item.get("get", {})
            deed = node.get("x-job-operation", {})
            if deed.get("does") == does and deed.get("job", self._only) == machine:
                read = Read(self, node, machine)
                if read.endpoint and read.addressed and (read.view.state or read.view.fraction):
                    yield read

    def endpoint(self, node: Mapping[str, Any]) -> tuple[str, Endpoint] | None:
        """The tag and the endpoint that the generator made of a GET operation."""
        tag = PythonIdentifier((node.get("tags") or ["default"])[0], "tag")
        name = PythonIdentifier(node.get("operationId", ""), PREFIX)
        found = self._endpoints.get((tag, "get", name))
        return (tag, found) if found else None

    def within(self, prop: Any, path: Path) -> Any:
        """The generator's property at a path; None where there is none."""
        for key in path:
            # What another schema refers to may be a copy that knows no properties.
            model = self._models.get(getattr(_solid(prop), "class_info", _NOBODY).name)
            lists = (model.required_properties, model.optional_properties) if model else ()
            known = (each for some in lists for each in some or ())
            prop = next((each for each in known if each.name.get_untrusted_value() == key), None)
        return _solid(prop)

    def values(self, schema: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
        """Every `x-job-value` of a schema: where it stands in the JSON, its schema, itself."""
        node = self.resolved(schema)
        if not isinstance(node, Mapping):
            return
        if "x-job-value" in node:
            value = node["x-job-value"]
            yield path, node, {"path": value} if isinstance(value, str) else value
            return
        for member in node.get("allOf", ()):
            yield from self.values(member, path)
        for name, child in node.get("properties", {}).items():
            yield from self.values(child, (*path, name))

    def answer(self, responses: Mapping[str, Any], *, good: bool) -> Iterator[Any]:
        """The JSON schemas of the responses that go well, or of the others."""
        for status, response in responses.items():
            if status.startswith("2") is good:
                for kind, media in self.resolved(response).get("content", {}).items():
                    if "json" in kind and "schema" in media:
                        yield media["schema"]


class Read:
    """An operation that reads a job, or a list of them, and what its answer tells where."""

    def __init__(self, spec: Spec, node: Mapping[str, Any], machine: str) -> None:
        self._spec = spec
        self.node = node
        self.deed: Mapping[str, Any] = node["x-job-operation"]
        self.machine = machine
        tagged = spec.endpoint(node)
        self.tag = tagged[0] if tagged else ""
        self.endpoint = tagged[1] if tagged else None

    @property
    def addressed(self) -> bool:
        """Whether a request can say which job is meant, if that has to be said."""
        return self.deed["does"] == "list" or self.deed["id"].split(".")[0] in _PLACES

    @cached_property
    def _root(self) -> Any:
        return next(self._spec.answer(self.node.get("responses", {}), good=True), {})

    @cached_property
    def items(self) -> Path | None:
        """Where the list stands, in the answer of an operation that lists."""
        each = (
            path for path, _, value in self._spec.values(self._root) if value.get("each") == "jobs"
        )
        return next(each, None)

    @cached_property
    def _values(self) -> list[tuple[Path, Any, Any]]:
        """The values of one job, by their paths from the answer, or from an item of its list."""
        if self.deed["does"] == "read":
            return list(self._spec.values(self._root))
        for _, node, value in self._spec.values(self._root):
            if value.get("each") == "jobs":
                return list(self._spec.values(node["items"]))
        return []

    @cached_property
    def job(self) -> Path:
        """Where in the answer, or in an item, the job's own object stands: around all its values."""
        around = [path[:-1] for path, _, value in self._values if _is_jobs_own(value) and path]
        shared: list[str] = []
        for keys in zip(*around, strict=False):
            if len(set(keys)) > 1:
                break
            shared.append(keys[0])
        return tuple(shared)

    @cached_property
    def view(self) -> View:
        """Where the job's object says what."""
        depth = len(self.job)
        own = [
            (path[depth:], node, value) for path, node, value in self._values if _is_jobs_own(value)
        ]
        return _view(self._spec, own, self._spec.life[self.machine])

    @property
    def size(self) -> int:
        """How much the answer tells."""
        return len(self._values)

    @cached_property
    def model(self) -> ModelProperty | None:
        """The generated class of the job's own object."""
        assert self.endpoint  # noqa: S101 - `asked` yields no other
        response = next((r for r in self.endpoint.responses if _goes_well(r)), None)
        prop = response.prop if response else None
        if self.items is not None:
            prop = getattr(self._spec.within(prop, self.items), "inner_property", None)
        found = self._spec.within(prop, self.job)
        return found if isinstance(found, ModelProperty) else None

    def required(self) -> Iterator[tuple[str, Property]]:
        """The parameters that must be given, each with where it stands, `path.jobId`."""
        assert self.endpoint  # noqa: S101 - `asked` yields no other
        for location, parameter in self.endpoint.iter_all_parameters():
            if parameter.required and parameter.default is None:
                yield f"{location.value}.{parameter.name.get_untrusted_value()}", parameter

    def told(self, wanted: str) -> Path | None:
        """Where the answer tells something of the page."""
        return first(list(self._spec.values(self._root)), wanted)

    def schema(self, source: str) -> Mapping[str, Any]:
        """The schema of the parameter that stands there."""
        place, _, name = source.partition(".")
        declared = map(self._spec.resolved, self.node.get("parameters", ()))
        found = (p["schema"] for p in declared if (p["in"], p["name"]) == (place, name))
        schema: Mapping[str, Any] = self._spec.resolved(next(found, {}))
        return schema

    def parameter(self, source: str) -> str:
        """The Python name of the parameter that stands there."""
        assert self.endpoint  # noqa: S101 - `asked` yields no other
        named = {
            f"{location.value}.{each.name.get_untrusted_value()}": str(each.python_name)
            for location, each in self.endpoint.iter_all_parameters()
        }
        return named[source]


def _goes_well(response: Any) -> bool:
    return bool(response.status_code.range) and response.status_code.range[0] // 100 == 2  # noqa: PLR2004 - 2xx


def _solid(prop: Any) -> Any:
    """Of what may be null, what else it may be."""
    inner = [
        each for each in getattr(prop, "inner_properties", ()) if isinstance(each, ModelProperty)
    ]
    return inner[0] if len(inner) == 1 else prop


def _is_jobs_own(value: Mapping[str, Any]) -> bool:
    if "each" in value:
        return value["each"] not in ("jobs", "self")
    return any(path.split(".")[0] in _JOBS_OWN for path in _paths(value))


def _paths(value: Any) -> Iterator[str]:
    """The paths that a value may come from."""
    if isinstance(value, str):
        yield value
    elif "path" in value:
        yield value["path"]
    else:
        for choice in value.get("first_of", ()):
            yield from _paths(choice)


# -- where an answer says what ---------------------------------------------------------------------


def _view(spec: Spec, values: list[tuple[Path, Any, Any]], machine: Mapping[str, Any]) -> View:
    parts = machine.get("parts", {}).items()
    telling = {name: _facts_of_failure(spec.life[part]) for name, part in parts}
    own = _facts_of_failure(machine)
    progress = next(
        ((path, value) for path, _, value in values if "progress" in _paths(value)), None
    )
    return View(
        state=first(values, "state"),
        id=first(values, "id"),
        fraction=progress[0] if progress else None,
        all=1.0 if progress is None or _is_fraction(progress[1]) else 100.0,
        reasons=tuple(
            path for path, _, value in values if _tells(value, telling.get(value.get("of"), own))
        ),
        log=next(
            (log for path, node, value in values if (log := _log(spec, path, node, value))), None
        ),
        parts=tuple(_parts(spec, values, machine)),
    )


def first(values: list[tuple[Path, Any, Any]], wanted: str) -> Path | None:
    """Where the first of the values stands that comes from this path."""
    return next((path for path, _, value in values if value.get("path") == wanted), None)


def _is_fraction(value: Mapping[str, Any]) -> bool:
    return any(
        choice.get("as") == "fraction"
        for choice in (value, *value.get("first_of", ()))
        if isinstance(choice, Mapping) and choice.get("path") == "progress"
    )


def _tells(value: Mapping[str, Any], facts: set[str]) -> bool:
    found = [path.split(".") for path in _paths(value)]
    return any(path[0] == "facts" and path[1] in facts for path in found)


def _log(spec: Spec, path: Path, node: Any, value: Mapping[str, Any]) -> tuple[Path, Path] | None:
    if value.get("each") != "log" or "items" not in node:
        return None
    text = first(list(spec.values(node["items"])), "entry.message")
    return (path, text) if text else None


def _facts_of_failure(machine: Mapping[str, Any]) -> set[str]:
    """The facts that are set when a job fails, and so tell why."""
    bad = {name for name, state in machine["states"].items() if state.get("outcome") in _BAD}
    leading = [t for t in machine.get("transitions", ()) if bad & set(_many(t.get("to")))]
    events = {t["event"] for t in leading if "event" in t}
    steps = [s for each in machine["scenarios"].values() for s in each.get("steps", ())]
    sets = [t.get("set", {}) for t in leading]
    sets += [s.get("set", {}) for s in steps if s.get("event") in events]
    return {fact for each in sets for fact, value in each.items() if value is not None}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _parts(
    spec: Spec, values: list[tuple[Path, Any, Any]], machine: Mapping[str, Any]
) -> Iterator[Parts]:
    """For each kind of part the list or map that shows it in the most states."""
    for kind, name in machine.get("parts", {}).items():
        part, best = spec.life[name], 0
        found: Parts | None = None
        for path, node, value in values:
            shown = len(_shown(part["states"], value.get("where", {})))
            made = _part(spec, kind, part, (path, node)) if value.get("each") == kind else None
            if made and shown > best:
                found, best = made, shown
        if found:
            yield found


def _shown(states: Mapping[str, Any], where: Mapping[str, Any]) -> list[str]:
    """The states of a part that fit a condition."""
    return [
        name
        for name, state in states.items()
        for seen in [{"state": name, "kind": state["kind"], "outcome": state.get("outcome")}]
        if all(seen[key] in _many(value) for key, value in where.items() if key in seen)
    ]


def _part(spec: Spec, kind: str, part: Mapping[str, Any], at: tuple[Path, Any]) -> Parts | None:
    path, node = at
    keyed = "items" not in node
    values = list(spec.values(node.get("additionalProperties" if keyed else "items")))
    view = _view(spec, values, part)
    if view.state is None:
        return None
    name = None if keyed else _name(values, view)
    return Parts(kind, path, states_of(part), view, name)


def _name(values: list[tuple[Path, Any, Any]], view: View) -> Path | None:
    """What people call the part: a text that it always has; else its id."""
    texts = (
        path
        for path, node, value in values
        if node.get("type") == "string" and not node.get("nullable") and path not in view.reasons
        if value.get("path", "").startswith("facts.")
    )
    return next(texts, view.id)


def states_of(machine: Mapping[str, Any]) -> dict[str, State]:
    """The states of a machine, as a waiter knows them."""
    return {name: State(s["kind"], s.get("outcome")) for name, s in machine["states"].items()}
