"""`x-job-value`s compiled to plain functions: from a view of a job, or a page, or a problem, to JSON.

Everything is decided here, once, at start-up; a compiled function only looks up and converts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobtwin.lifecycle import Kind, Machine, Moment, Outcome, Span
from jobtwin.lifecycle.machine import lookup
from jobtwin.openapi.document import Document, pointer

Getter = Callable[[Any, Any], Any]
"""From the thing at hand (a view, an entry, a page, a problem) and the request to a value."""

Report = Callable[[str, str], None]
"""Takes a JSON pointer and what is wrong there."""

_MILLISECOND, _SECOND = 1_000, 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WRITTEN, _LAST_WRITTEN = (
    (end.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    for end in (datetime.min, datetime.max)  # noqa: DTZ901 - the time zone is put in above
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of jobs, and what it is a page of."""

    jobs: Sequence[Any]
    limit: int | None
    offset: int
    total: int
    count: Callable[[], Mapping[str, int]] = dict

    @property
    def more(self) -> bool:
        """Whether jobs follow after this page."""
        return self.offset + len(self.jobs) < self.total


@dataclass(frozen=True, slots=True)
class Problem:
    """An error about to be answered."""

    status: int
    code: str | None
    message: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the paths of a schema are looked up in: a machine's jobs, a page, a log, a problem."""

    what: str
    machine: Machine | None = None
    parent: Scope | None = None
    possible: tuple[str, ...] = ()

    def states(self) -> list[str]:
        """The states that what is at hand can be in."""
        return list(self.possible or (self.machine.states if self.machine else ()))

    def narrowed(self, condition: Mapping[str, Any] | None) -> Scope:
        """The same scope, for those alone that fit a condition on state, kind or outcome."""
        fitting = (
            state.name
            for state in (self.machine.states.values() if self.machine else ())
            for seen in [{"state": state.name, "kind": state.kind, "outcome": state.outcome}]
            if all(
                key not in seen or seen[key] in _many(value)
                for key, value in (condition or {}).items()
            )
        )
        return replace(self, possible=tuple(fitting))


@dataclass(frozen=True, slots=True)
class _Path:
    get: Getter
    type: str
    schema: Mapping[str, Any] = field(default_factory=dict)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class BadValue(Exception):
    """A value that cannot be compiled; the text says why, and what would be right."""


def rfc3339(moment: Moment) -> str:
    """`2026-01-01T00:00:00Z`, with six more digits where it is not a whole second.

    What a job will do after the year 9999 is shown at the last moment of that year.
    """
    written = min(max(moment, _FIRST_WRITTEN), _LAST_WRITTEN)
    text = (_EPOCH + timedelta(microseconds=written)).isoformat()
    return text[:-6] + "Z"


def rfc3339_seconds(moment: Moment) -> str:
    """`2026-01-01T00:00:00Z`, rounded down."""
    return rfc3339(moment - moment % 1_000_000)


def go_duration(span: Span) -> str:
    """A span as Go writes it: `0s`, `350ms`, `1.5s`, `1m30s`, `2h0m0s`."""
    if span < _SECOND:
        unit, size = ("ms", _MILLISECOND) if span >= _MILLISECOND else ("µs", 1)
        return f"{span / size:g}{unit}" if span else "0s"
    minutes, rest = divmod(span, 60_000_000)
    seconds = f"{rest / 1_000_000:.6f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


_CONVERSIONS: Mapping[tuple[str, str], Callable[[Any], Any] | None] = {
    ("moment", "string"): rfc3339,
    ("moment", "integer"): lambda moment: moment // 1000,
    ("moment", "number"): lambda moment: moment / 1000,
    ("moment", "rfc3339-seconds"): rfc3339_seconds,
    ("moment", "epoch-milliseconds"): lambda moment: moment // 1000,
    ("moment", "epoch-seconds"): lambda moment: moment // 1_000_000,
    ("span", "integer"): lambda span: span // 1_000_000,
    ("span", "number"): lambda span: span / 1_000_000,
    ("span", "go-duration"): go_duration,
    ("percent", "integer"): int,
    ("percent", "number"): lambda percent: round(percent, 6),
    ("percent", "fraction"): lambda percent: round(percent / 100, 8),
    ("number", "integer"): int,
    ("number", "number"): None,
    ("integer", "integer"): None,
    ("integer", "number"): None,
    ("text", "string"): None,
    ("boolean", "boolean"): None,
    ("counts", "object"): None,
}

_UNTYPED = ("moment", "span", "percent")
"""What is no JSON until it is converted."""

_MADE: Mapping[str, Sequence[str]] = {
    "rfc3339-seconds": ("string",),
    "epoch-milliseconds": ("integer", "number"),
    "epoch-seconds": ("integer", "number"),
    "fraction": ("number",),
    "go-duration": ("string",),
}
"""The types that the results of `as` fit."""

_PYTHON: Mapping[str, Sequence[type]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}

_JOB_PATHS: Mapping[str, tuple[Getter, str]] = {
    "state": (lambda view, _: view.milestone.state.name, "text"),
    "kind": (lambda view, _: view.milestone.state.kind.value, "text"),
    "outcome": (lambda view, _: (found := view.milestone.state.outcome) and found.value, "text"),
    "scenario": (lambda view, _: view.timeline.record.scenario.name, "text"),
    "number": (lambda view, _: view.timeline.record.number, "integer"),
    "progress": (lambda view, _: view.progress, "percent"),
    "created_at": (lambda view, _: view.timeline.record.at, "moment"),
    "updated_at": (lambda view, _: view.updated_at, "moment"),
    "ended_at": (lambda view, _: view.ended_at, "moment"),
}

_NAMED = {
    "entered_at": "entered_at.STATE",
    "facts": "facts.NAME",
    "counters": "counters.NAME",
}

_FLOWING = ("counters", "progress", "request")
"""The heads of paths whose values may be others though nothing has happened to the job."""

_PAGE_PATHS: Mapping[str, tuple[Getter, str]] = {
    "page.limit": (lambda page, _: page.limit, "integer"),
    "page.offset": (lambda page, _: page.offset, "integer"),
    "page.total": (lambda page, _: page.total, "integer"),
    "page.more": (lambda page, _: page.more, "boolean"),
    "page.counts": (lambda page, _: page.count(), "counts"),
}

_ERROR_PATHS: Mapping[str, tuple[Getter, str]] = {
    "error.message": (lambda problem, _: problem.message, "text"),
    "error.code": (lambda problem, _: problem.code, "text"),
    "error.status": (lambda problem, _: problem.status, "integer"),
    "error.target": (lambda problem, _: problem.target, "text"),
}


def _able(kind: str) -> str:
    """The types that a kind of value fits."""
    return ", ".join(made for known, made in _CONVERSIONS if known == kind and made not in _MADE)


def _known(what: str, name: str, known: Sequence[str]) -> str:
    return f"{name!r} is not one of {what} ({', '.join(known) or 'there are none'})"


class Compiler:
    """Compiles the schemas of one document; mistakes go to `report`."""

    def __init__(self, document: Document, report: Report) -> None:
        self._document = document
        self._report = report
        self._open: list[tuple[str, Scope]] = []
        self.sound = True
        """Whether all values compiled so far are fine, so that trying them tells something new."""
        self._steady = True

    # -- schemas ---------------------------------------------------------------------------------

    def body(self, node: Any, scope: Scope, where: str) -> tuple[Getter | None, bool]:
        """A function that makes a body, and whether that is steady.

        A steady body is made of what has happened to a job, and so stays as it is until more does.
        """
        self._steady = scope.what == "job"
        return self.schema(node, scope, where), self._steady

    def schema(self, node: Any, scope: Scope, where: str) -> Getter | None:
        """A function that makes a value of this schema; None where the schema has no values."""
        while isinstance(node, Mapping) and "$ref" in node:
            where, node = node["$ref"][1:], self._document.at(node["$ref"])
        if (where, scope) in self._open:  # it is inside itself, and so on without end
            return None
        self._open.append((where, scope))
        value, place = self._value_of(node, where)
        try:
            return (
                self._object(node, scope, where)
                if value is None
                else self._value(value, node, scope, where)
            )
        except BadValue as bad:
            self._report(f"{place}/x-job-value", str(bad))
            self.sound = False
            return lambda _it, _request: None
        finally:
            self._open.pop()

    def _value_of(self, node: Mapping[str, Any], where: str) -> tuple[Any, str]:
        """The node's value, or that of the one schema which it wraps in `allOf`; where it stands."""
        if "x-job-value" in node or "properties" in node or len(node.get("allOf", ())) != 1:
            return node.get("x-job-value"), where
        where, inner = f"{where}/allOf/0", node["allOf"][0]
        while "$ref" in inner:
            where, inner = inner["$ref"][1:], self._document.at(inner["$ref"])
        return self._value_of(inner, where)

    def _merged(self, node: Mapping[str, Any], where: str) -> dict[str, tuple[Any, str, bool]]:
        """Every property with where it stands and whether it is required, `allOf` included."""
        found: dict[str, tuple[Any, str, bool]] = {}
        for index, member in enumerate(node.get("allOf", ())):
            place = member["$ref"][1:] if "$ref" in member else f"{where}/allOf/{index}"
            found |= self._merged(self._document.resolve(member), place)
        for name, schema in node.get("properties", {}).items():
            found[name] = schema, f"{where}/properties{pointer([name])}", False
        required = set(node.get("required", ()))
        return {n: (s, w, r or n in required) for n, (s, w, r) in found.items()}

    def _object(self, node: Mapping[str, Any], scope: Scope, where: str) -> Getter | None:
        fields: list[tuple[str, Getter, bool, bool]] = []
        holes: list[str] = []
        for name, (schema, place, required) in self._merged(node, where).items():
            get = self.schema(schema, scope, place)
            nullable = self._nullable(schema)
            if get is None and required and nullable:
                get = _nothing
            if get is None:
                holes += [place] if required else []
            else:
                fields.append((name, get, not nullable, not required and not nullable))
        if not any(get is not _nothing for _, get, _, _ in fields):
            return None
        for place in holes:
            self._report(place, "is required, but no `x-job-value` says where it comes from")
        return _composer(fields)

    def _nullable(self, schema: Any) -> bool:
        resolved = self._document.resolve(schema)
        return bool(resolved.get("nullable"))

    def _type(self, node: Mapping[str, Any]) -> str | None:
        if "type" in node or len(node.get("allOf", ())) != 1:
            return node.get("type")
        return self._type(self._document.resolve(node["allOf"][0]))

    def _enum(self, node: Mapping[str, Any]) -> list[Any] | None:
        if "enum" in node or len(node.get("allOf", ())) != 1:
            return node.get("enum")
        return self._enum(self._document.resolve(node["allOf"][0]))

    # -- values ----------------------------------------------------------------------------------

    def _value(self, value: Any, node: Mapping[str, Any], scope: Scope, where: str) -> Getter:
        form: Mapping[str, Any] = {"path": value} if isinstance(value, str) else value
        if "each" in form:
            return self._each(form, node, scope, where)
        if "const" in form:
            return self._when(form, scope, self._const(form["const"], node))
        if "first_of" in form:
            return self._first_of(form, node, scope, where)
        seen = scope.narrowed(form["when"]) if "when" in form else scope
        return self._when(form, scope, self._converted(self._looked_up(form, seen), form, node))

    def _const(self, const: Any, node: Mapping[str, Any]) -> Getter:
        declared, enum = self._type(node), self._enum(node)
        if declared and const is not None and type(const) not in _PYTHON[declared]:
            raise BadValue(f"the value {const!r} is no {declared}, which the property is")
        if enum is not None and const not in (*enum, None):
            raise BadValue(_known("the values of the enum", const, list(map(str, enum))))
        return lambda _it, _request: const

    def _first_of(self, form: Any, node: Any, scope: Scope, where: str) -> Getter:
        choices = [self._value(choice, node, scope, where) for choice in form["first_of"]]

        def first(it: Any, request: Any) -> Any:
            values = (choice(it, request) for choice in choices)
            return next((value for value in values if value is not None), None)

        return self._when(form, scope, first)

    def _looked_up(self, form: Mapping[str, Any], scope: Scope) -> _Path:
        if "from" in form:
            start, end = self.path(form["from"], scope), self.path(form["until"], scope)
            if (start.type, end.type) != ("moment", "moment"):
                raise BadValue("`from` and `until` take two moments, such as created_at")
            return _Path(_between(start.get, end.get), "span")
        if "of" in form:
            return self._picked(form, scope)
        return self.path(form["path"], scope)

    def _picked(self, form: Mapping[str, Any], scope: Scope) -> _Path:
        inner = self.part_scope(form["of"], scope).narrowed(form.get("where"))
        fits = self.condition(form.get("where"), inner)
        of, pick = form["of"], form["pick"]

        def chosen(view: Any, request: Any) -> list[Any]:
            return [part for part in view.parts(of) if fits(part, request)]

        if pick == "count":
            return _Path(lambda view, request: len(chosen(view, request)), "integer")
        path = self.path(form["path"], inner)
        order = self.path(form["by"], inner) if "by" in form else None
        if order and order.type != "moment":
            raise BadValue("`by` takes a moment, such as ended_at")
        return _Path(
            _picker(pick, chosen, path.get, order.get if order else None), path.type, path.schema
        )

    def _converted(self, path: _Path, form: Mapping[str, Any], node: Mapping[str, Any]) -> Getter:
        declared = self._type(node)
        self._check_fit(path, form, node, declared)
        if path.type == "any" or (declared is None and "as" not in form):
            return path.get
        convert = _CONVERSIONS[path.type, form.get("as") or declared or ""]
        return path.get if convert is None else _convertor(path.get, convert)

    def _check_fit(self, path: _Path, form: Any, node: Any, declared: str | None) -> None:
        if path.type == "any":
            self._check_fact(path, form, node, declared)
        elif "as" in form:
            self._check_as(path.type, form["as"], declared)
        elif declared is None and path.type in _UNTYPED:
            raise BadValue(f"a {path.type} needs a property with a `type`: {_able(path.type)}")
        elif declared is not None and (path.type, declared) not in _CONVERSIONS:
            raise BadValue(
                f"a {path.type} does not fit the type {declared}; it fits {_able(path.type)}"
            )
        known, enum = path.schema.get("states"), self._enum(node)
        if known and enum is not None and (lacking := [s for s in known if s not in enum]):
            raise BadValue(
                f"the enum lacks {', '.join(map(repr, lacking))}, which the job can be in"
            )

    def _check_as(self, kind: str, conversion: str, declared: str | None) -> None:
        if (kind, conversion) not in _CONVERSIONS:
            able = [made for known, made in _CONVERSIONS if known == kind and made in _MADE]
            raise BadValue(
                f"a {kind} cannot be written as {conversion}; it can as {', '.join(able) or 'nothing: leave `as` out'}"
            )
        if declared is not None and declared not in _MADE[conversion]:
            raise BadValue(
                f"{conversion} makes a value of type {_MADE[conversion][0]}, and the property is of type {declared}"
            )

    def _check_fact(self, path: _Path, form: Any, node: Any, declared: str | None) -> None:
        given, able, enum = self._type(path.schema), self._enum(path.schema), self._enum(node)
        if "as" in form:
            raise BadValue("a fact is written as it is; leave `as` out")
        if given and declared and given != declared and (given, declared) != ("integer", "number"):
            raise BadValue(f"the fact is of type {given}, the property of type {declared}")
        if enum is not None and (lacking := [v for v in able or () if v not in (*enum, None)]):
            raise BadValue(f"the enum lacks {', '.join(map(repr, lacking))}, which the fact can be")

    def _when(self, form: Mapping[str, Any], scope: Scope, get: Getter) -> Getter:
        if "when" not in form:
            return get
        fits = self.condition(form["when"], scope)
        return lambda it, request: get(it, request) if fits(it, request) else None

    # -- lists and maps --------------------------------------------------------------------------

    def _each(self, form: Any, node: Mapping[str, Any], scope: Scope, where: str) -> Getter:
        inner, things = self._things(form, scope)
        if node.get("type") == "array":
            item = self.schema(node.get("items", {}), inner, f"{where}/items")
            if item is None:
                raise BadValue("the items' schema holds no `x-job-value`")
            make = item
            return lambda it, request: [make(thing, request) for thing in things(it, request)]
        entry = node.get("additionalProperties")
        if "key" not in form or not isinstance(entry, Mapping):
            raise BadValue("on a map, `each` needs `key`, and a schema in `additionalProperties`")
        value = self.schema(entry, inner, f"{where}/additionalProperties")
        key = self.path(form["key"], inner).get
        if value is None:
            raise BadValue("the schema in `additionalProperties` holds no `x-job-value`")
        return lambda it, request: {
            str(key(thing, request)): value(thing, request) for thing in things(it, request)
        }

    def _things(self, form: Any, scope: Scope) -> tuple[Scope, Callable[[Any, Any], list[Any]]]:
        each = form["each"]
        if scope.what == "page" and each == "jobs":
            return Scope("job", scope.machine), lambda page, _: page.jobs
        if scope.what == "job" and each == "log":
            return Scope("entry", scope.machine, scope), lambda view, _: view.entries()
        if scope.what == "job" and each == "self":
            return scope, lambda view, _: [view]
        inner = self.part_scope(each, scope).narrowed(form.get("where"))
        fits = self.condition(form.get("where"), inner)
        return inner, lambda view, request: [p for p in view.parts(each) if fits(p, request)]

    def part_scope(self, name: str, scope: Scope) -> Scope:
        """The scope of a part's name."""
        parts = scope.machine.parts if scope.what == "job" and scope.machine else {}
        if name not in parts:
            known = ["jobs"] if scope.what == "page" else ["log", "self", *parts]
            raise BadValue(_known("what there can be one item each of", name, known))
        return Scope("job", parts[name], scope)

    # -- paths and conditions --------------------------------------------------------------------

    def path(self, path: str, scope: Scope) -> _Path:
        """A path compiled for a scope; `BadValue` says which paths there are."""
        head, _, rest = path.partition(".")
        self._steady = self._steady and head not in _FLOWING
        if path == "request.id":
            return _Path(lambda _, request: request.id, "text")
        tables = {"page": _PAGE_PATHS, "error": _ERROR_PATHS}
        if scope.what in tables:
            return _tabled(path, tables[scope.what])
        if scope.what == "entry":
            return self._entry_path(head, rest, path, scope)
        return self._job_path(head, rest, path, scope)

    def _entry_path(self, head: str, rest: str, path: str, scope: Scope) -> _Path:
        if path == "entry.at":
            return _Path(lambda entry, _: entry.at, "moment")
        fields = sorted(_line_fields(scope.machine))
        if head != "entry" or rest not in fields:
            raise BadValue(
                _known(
                    "the fields of a log line", path, ["entry.at", *(f"entry.{f}" for f in fields)]
                )
            )
        return _Path(lambda entry, _: entry.field(rest), "any")

    def _job_path(self, head: str, rest: str, path: str, scope: Scope) -> _Path:
        machine = scope.machine
        if machine is None:
            raise BadValue(f"{path!r} needs a job, and there is none here")
        if head == "parent":
            return self._parent_path(rest, scope)
        if head in _NAMED and rest:
            return self._named_path(head, rest, machine)
        if path in ("id", "spawned_by"):
            kind = "integer" if machine.integer_ids else "text"
            return _Path(lambda view, _: getattr(view.timeline.record, path), kind)
        if path == "progress" and machine.rules:
            raise BadValue("a job that takes its state from its parts has no progress of its own")
        if path not in _JOB_PATHS:
            raise BadValue(
                _known("the paths", path, [*_JOB_PATHS, "id", "spawned_by", *_NAMED.values()])
            )
        get, kind = _JOB_PATHS[path]
        return _Path(get, kind, {"states": scope.states()} if path == "state" else {})

    def _parent_path(self, rest: str, scope: Scope) -> _Path:
        if scope.parent is None or scope.parent.what != "job":
            raise BadValue("`parent` is for parts; a job has none (its spawner is `spawned_by`)")
        outer = self.path(rest, scope.parent)

        def get(view: Any, request: Any) -> Any:
            return outer.get(view.parent, request)

        return _Path(get, outer.type, outer.schema)

    def _named_path(self, head: str, rest: str, machine: Machine) -> _Path:
        if head == "facts":
            return self._fact(rest, machine)
        if head == "counters":
            if rest not in machine.counters:
                raise BadValue(
                    _known(f"the counters of {machine.name}", rest, list(machine.counters))
                )
            return _Path(lambda view, _: view.counter(rest), "number")
        if rest not in machine.states:
            raise BadValue(_known(f"the states of {machine.name}", rest, list(machine.states)))
        return _Path(lambda view, _: view.entered_at(rest), "moment")

    def _fact(self, name: str, machine: Machine) -> _Path:
        first, _, deeper = name.partition(".")
        declared = self._document.data["x-job-lifecycle"][machine.name].get("facts", {})
        if first not in declared:
            raise BadValue(_known(f"the facts of {machine.name}", first, list(declared)))
        schema = self._document.resolve(declared[first])
        for key in deeper.split(".") if deeper else ():
            properties = schema.get("properties", {})
            if properties and key not in properties and "additionalProperties" not in schema:
                raise BadValue(_known(f"the properties of the fact {first}", key, list(properties)))
            schema = self._document.resolve(properties.get(key, {}))
        if not deeper:
            return _Path(lambda view, _: view.fact(first), "any", schema)
        return _Path(lambda view, _: lookup({first: view.fact(first)}, name), "any", schema)

    def condition(self, condition: Mapping[str, Any] | None, scope: Scope) -> Getter:
        """A function that tells whether a condition holds."""
        tests = [self._test(path, value, scope) for path, value in (condition or {}).items()]
        if not tests:
            return lambda _it, _request: True
        if len(tests) == 1:
            return tests[0]
        return lambda it, request: all(test(it, request) for test in tests)

    def _test(self, path: str, value: Any, scope: Scope) -> Getter:
        allowed = _many(value)
        compiled = self.path(path, scope)
        lists: Mapping[str, list[str]] = {"kind": list(Kind), "outcome": list(Outcome)}
        states = list(scope.machine.states) if scope.machine else []
        known: Sequence[str] | None = states if path == "state" else lists.get(path)
        if known and (bad := [v for v in allowed if v not in known]):
            raise BadValue(_known(f"the values of {path}", bad[0], known))
        get = compiled.get
        return lambda it, request: get(it, request) in allowed


def _nothing(_it: Any, _request: Any) -> None:
    return None


def _composer(fields: list[tuple[str, Getter, bool, bool]]) -> Getter:
    """Make an object of fields: name, getter, whether None is left out, whether emptiness is."""

    def compose(it: Any, request: Any) -> dict[str, Any]:
        made = {}
        for name, get, skip_none, skip_empty in fields:
            value = get(it, request)
            if value is None and skip_none:
                continue
            if skip_empty and not value and isinstance(value, list | dict):
                continue
            made[name] = value
        return made

    return compose


def _convertor(get: Getter, convert: Callable[[Any], Any]) -> Getter:
    def converted(it: Any, request: Any) -> Any:
        value = get(it, request)
        return None if value is None else convert(value)

    return converted


def _between(start: Getter, end: Getter) -> Getter:
    def span(it: Any, request: Any) -> Span | None:
        first, last = start(it, request), end(it, request)
        return None if first is None or last is None else last - first

    return span


def _picker(
    pick: str, chosen: Callable[[Any, Any], list[Any]], get: Getter, order: Getter | None
) -> Getter:
    def one(view: Any, request: Any) -> Any:
        parts = chosen(view, request)
        if pick == "any":
            return True if any(get(part, request) is True for part in parts) else None
        if not parts or (pick == "only" and len(parts) > 1):
            return None
        if order:
            parts.sort(key=lambda part: order(part, request) or 0)
        return get(parts[-1 if pick == "last" else 0], request)

    return one


def _tabled(path: str, table: Mapping[str, tuple[Getter, str]]) -> _Path:
    if path not in table:
        raise BadValue(_known("the paths here", path, list(table)))
    return _Path(*table[path])


def _line_fields(machine: Machine | None) -> set[str]:
    """Every field that a log line of this machine, or of a part's, can have."""
    if machine is None:
        return set()
    lines = [line for state in machine.states.values() for line in state.log]
    lines += [line for transition in machine.transitions for line in transition.log]
    lines += [line for s in machine.scenarios.values() for step in s.steps for line in step.log]
    return set().union(*lines, *(_line_fields(part) for part in machine.parts.values()))
