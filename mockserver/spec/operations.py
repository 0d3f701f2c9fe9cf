"""The operations of a spec, compiled: parameters, what a request does to jobs, every answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mockserver.lifecycle import Machine
from mockserver.spec.document import METHODS, Document, pointer
from mockserver.spec.values import BadValue, Compiler, Getter, Problem, Report, Scope

if TYPE_CHECKING:
    import jsonschema_rs

    from mockserver.spec.schema import Schemas

SITUATIONS: Mapping[str, tuple[int, str]] = {
    "missing_credential": (401, "No credential was sent"),
    "wrong_credential": (401, "The credential is not valid"),
    "forbidden": (403, "The credential does not allow this"),
    "missing_parameter": (400, "The {in} parameter {parameter} is required"),
    "malformed_parameter": (400, "The {in} parameter {parameter} cannot be read: {reason}"),
    "invalid_parameter": (400, "The {in} parameter {parameter} is not allowed: {reason}"),
    "unknown_parameter": (400, "There is no query parameter {parameter}; there are: {names}"),
    "repeated_parameter": (400, "The query parameter {parameter} may be given once only"),
    "missing_body": (400, "The request needs a body"),
    "malformed_body": (400, "The body cannot be read: {reason}"),
    "invalid_body": (400, "The body is not allowed at {pointer}: {reason}"),
    "body_too_large": (413, "The body is larger than {limit} bytes"),
    "unsupported_media_type": (415, "The body cannot be of type {type}; it can be: {names}"),
    "unknown_job": (404, "There is no job {id}"),
    "illegal_event": (409, "The job {id} is {state}, which does not allow {event}"),
    "unknown_path": (404, "There is nothing at {path}"),
    "wrong_method": (405, "{method} is not allowed here; allowed are: {names}"),
    "internal": (500, "The twin failed; its log says why"),
}
"""Each situation's status and message, unless the spec says otherwise."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: how its text is read, and what is allowed."""

    name: str
    place: str
    required: bool
    read: Callable[[str], Any]
    many: bool
    exploded: bool
    default: Any
    example: Any
    validator: jsonschema_rs.Draft202012Validator


@dataclass(frozen=True, slots=True)
class Body:
    """A declared request body: its media types, each with its validator."""

    required: bool
    types: Mapping[str, jsonschema_rs.Draft202012Validator]


@dataclass(frozen=True, slots=True)
class Answer:
    """How one status is answered: the body's maker, and the judge of what it made."""

    status: int
    make: Getter | None
    validator: jsonschema_rs.Draft202012Validator | None
    media_type: str = JSON


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """How one situation is answered."""

    answer: Answer
    message: str
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Where in a request something stands."""

    place: str
    name: str

    @classmethod
    def of(cls, text: str) -> Source:
        """The source that a text such as `path.jobId` names."""
        place, _, name = text.partition(".")
        return cls(place, name)


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a list's limit and offset stand, and the limit that is never passed."""

    limit: Source
    offset: Source
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that chooses jobs: by a value of theirs, or by a condition when set."""

    parameter: str
    get: Getter
    when: Any = None


@dataclass(frozen=True, slots=True)
class Command:
    """Which event a request asks for: always the same one, or by a value that it sends."""

    source: Source | None
    events: Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a spec, ready to be served."""

    id: str
    method: str
    path: str
    does: str
    machine: Machine | None
    declared: frozenset[int]
    parameters: Sequence[Parameter]
    body: Body | None
    security: Sequence[Mapping[str, Any]]
    answer: Answer
    errors: Mapping[str, ErrorAnswer]
    job_id: Source | None = None
    within: Mapping[str, Source] = field(default_factory=dict)
    command: Command | None = None
    filters: Sequence[Filter] = ()
    order: Sequence[tuple[Getter, bool]] = ()
    paging: Paging | None = None


class Operations:
    """Compiles the operations of one document; mistakes go to `report`."""

    def __init__(
        self,
        document: Document,
        schemas: Schemas,
        machines: Mapping[str, Machine],
        report: Report,
    ) -> None:
        self._document = document
        self._schemas = schemas
        self._machines = machines
        self._report = report
        self._compiler = Compiler(document, report)
        self._settings: Mapping[str, Any] = document.data.get("x-job-errors", {})

    def compiled(self) -> list[Operation]:
        """Every operation; those with mistakes are reported and left out."""
        made, seen = [], set[str]()
        for path, item in self._document.data["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                where, node = pointer(["paths", path, method]), item[method]
                name = node.get("operationId")
                if not name or name in seen:
                    self._report(where, f"the operationId {name!r} stands twice" if name else "needs an operationId")  # fmt: skip
                seen.add(name)
                if operation := self._operation(path, method, {**node}, item, where):
                    made.append(operation)
        return made

    def general_errors(self) -> Mapping[str, ErrorAnswer]:
        """How situations are answered where no operation was found."""
        return self._errors({}, {}, "")

    # -- one operation ---------------------------------------------------------------------------

    def _operation(
        self, path: str, method: str, node: Mapping[str, Any], item: Mapping[str, Any], where: str
    ) -> Operation | None:
        if "x-job-operation" not in node:
            self._report(where, "needs `x-job-operation`: what does it do to jobs?")
            return None
        does = node["x-job-operation"]
        place = f"{where}/x-job-operation"
        machine = None if does["does"] == "control" else self._machine(does, place)
        if machine is None and does["does"] != "control":
            return None
        declared = [self._document.resolve(p) for p in (*item.get("parameters", ()), *node.get("parameters", ()))]  # fmt: skip
        scope = Scope("page" if does["does"] == "list" else "job", machine)
        security = node.get("security", self._document.data.get("security", ()))
        answer = self._success(node, scope, where, made=machine is not None)
        errors = self._errors(node.get("responses", {}), does.get("errors", {}), where)
        operation = Operation(
            id=node.get("operationId", ""),
            method=method.upper(),
            path=path,
            does=does["does"],
            machine=machine,
            declared=frozenset(int(s) for s in node.get("responses", {}) if s.isdigit()),
            parameters=[self._parameter(p) for p in declared],
            body=self._body(node),
            security=security,
            answer=answer,
            errors=errors,
            job_id=self._source(does.get("id"), declared, node, f"{place}/id"),
            within={
                fact: source
                for fact, text in does.get("within", {}).items()
                if (source := self._source(text, declared, node, f"{place}/within/{fact}"))
                and self._get(f"facts.{fact}", Scope("job", machine), f"{place}/within/{fact}")
            },
            command=self._command(does, machine, declared, node, place) if machine else None,
            filters=self._filters(does, machine, declared, place) if machine else (),
            order=self._order(does, machine, place) if machine else (),
            paging=self._paging(does, declared, node, place),
        )
        self._check_errors(operation, node, where)
        return operation

    def _machine(self, does: Mapping[str, Any], place: str) -> Machine | None:
        jobs = self.jobs()
        if "job" in does:
            if does["job"] in self._machines:
                return self._machines[does["job"]]
            self._report(f"{place}/job", f"{does['job']!r} is not one of the machines ({', '.join(jobs)})")  # fmt: skip
        elif len(jobs) == 1:
            return next(iter(jobs.values()))
        else:
            self._report(place, f"needs `job`, one of the machines ({', '.join(jobs) or 'there are none'})")  # fmt: skip
        return None

    def jobs(self) -> Mapping[str, Machine]:
        """The machines that are not another's part."""
        parts = {part for machine in self._machines.values() for part in machine.parts.values()}
        return {name: m for name, m in self._machines.items() if m not in parts}

    # -- requests --------------------------------------------------------------------------------

    def _parameter(self, node: Mapping[str, Any]) -> Parameter:
        schema = self._document.resolve(node.get("schema", {}))
        many = schema.get("type") == "array"
        item = self._document.resolve(schema.get("items", {})) if many else schema
        return Parameter(
            name=node["name"],
            place=node["in"],
            required=node.get("required", False),
            read=_READERS.get(item.get("format")) or _READERS.get(item.get("type"), str),
            many=many,
            exploded=node.get("explode", True),
            default=schema.get("default"),
            example=node.get("example", schema.get("example")),
            validator=self._schemas.validator(schema),
        )

    def _body(self, node: Mapping[str, Any]) -> Body | None:
        body = self._document.resolve(node.get("requestBody"))
        if body is None:
            return None
        types = {
            kind: self._schemas.validator(media.get("schema", {}))
            for kind, media in body["content"].items()
        }
        return Body(body.get("required", False), types)

    def _source(
        self, text: str | None, declared: Sequence[Any], node: Mapping[str, Any], where: str
    ) -> Source | None:
        if text is None:
            return None
        source = Source.of(text)
        if source.place == "body":
            properties = self._body_properties(node)
            if source.name.split(".")[0] not in properties:
                self._report(where, f"{text!r} is not one of the body's properties ({', '.join(properties)})")  # fmt: skip
        elif not any((p["in"], p["name"]) == (source.place, source.name) for p in declared):
            known = ", ".join(f"{p['in']}.{p['name']}" for p in declared)
            self._report(where, f"{text!r} is not one of the parameters ({known})")
        return source

    def _body_properties(self, node: Mapping[str, Any]) -> list[str]:
        body = self._document.resolve(node.get("requestBody")) or {"content": {}}
        schemas = [self._document.resolve(m.get("schema", {})) for m in body["content"].values()]
        return [name for schema in schemas for name in schema.get("properties", {})]

    def _command(
        self,
        does: Mapping[str, Any],
        machine: Machine,
        declared: Sequence[Any],
        node: Mapping[str, Any],
        place: str,
    ) -> Command | None:
        asked = does.get("event")
        if asked is None:
            return None
        source = None
        if isinstance(asked, str):
            events, where = {None: asked}, f"{place}/event"
        else:
            events, where = asked["is"], f"{place}/event/is"
            source = self._source(asked["from"], declared, node, f"{place}/event/from")
        known = list(dict.fromkeys(t.event for t in machine.transitions if t.event))
        for event in events.values():
            if event not in known:
                self._report(where, f"{event!r} is not one of the events of {machine.name} ({', '.join(known)})")  # fmt: skip
        return Command(source, events)

    def _get(self, path: str, scope: Scope, where: str) -> Getter | None:
        try:
            return self._compiler.path(path, scope).get
        except BadValue as bad:
            self._report(where, str(bad))
            return None

    def _filters(
        self, does: Mapping[str, Any], machine: Machine, declared: Sequence[Any], place: str
    ) -> list[Filter]:
        made, scope = [], Scope("job", machine)
        queries = [p["name"] for p in declared if p["in"] == "query"]
        for name, chosen in does.get("filters", {}).items():
            where = f"{place}/filters/{name}"
            if name not in queries:
                self._report(where, f"{name!r} is not one of the query parameters ({', '.join(queries)})")  # fmt: skip
            try:
                if isinstance(chosen, str):
                    made.append(Filter(name, self._compiler.path(chosen, scope).get))
                else:
                    condition = self._compiler.condition(chosen["where"], scope)
                    made.append(Filter(name, condition, chosen["when"]))
            except BadValue as bad:
                self._report(where, str(bad))
        return made

    def _order(
        self, does: Mapping[str, Any], machine: Machine, place: str
    ) -> list[tuple[Getter, bool]]:
        made = []
        for index, text in enumerate(does.get("order", ())):
            get = self._get(text.lstrip("-"), Scope("job", machine), f"{place}/order/{index}")
            if get:
                made.append((get, text.startswith("-")))
        return made

    def _paging(
        self, does: Mapping[str, Any], declared: Sequence[Any], node: Mapping[str, Any], place: str
    ) -> Paging | None:
        if "page" not in does:
            return None
        limit, offset = (
            self._source(does["page"][key], declared, node, f"{place}/page/{key}")
            for key in ("limit", "offset")
        )
        if limit is None or offset is None:
            return None
        return Paging(limit, offset, does["page"].get("at_most"))

    # -- answers ---------------------------------------------------------------------------------

    def _success(self, node: Mapping[str, Any], scope: Scope, where: str, *, made: bool) -> Answer:
        status = next((s for s in node.get("responses", {}) if s.startswith("2")), None)
        if status is None:
            self._report(f"{where}/responses", "needs a 2xx response")
            return Answer(200, None, None)
        answer = self._answer(int(status), node["responses"][status], scope, f"{where}/responses/{status}")  # fmt: skip
        if made and answer.make is None and answer.validator is not None:
            self._report(f"{where}/responses/{status}", "no `x-job-value` in its schema says where the body comes from")  # fmt: skip
        return answer

    def _answer(self, status: int, response: Any, scope: Scope, where: str) -> Answer:
        response = self._document.resolve(response)
        for kind, media in response.get("content", {}).items():
            if "json" in kind and "schema" in media:
                place = f"{where}/content/{pointer([kind])[1:]}/schema"
                make = self._compiler.schema(media["schema"], scope, place)
                return Answer(status, make, self._schemas.validator(media["schema"]), kind)
        return Answer(status, None, None)

    def _errors(
        self, responses: Mapping[str, Any], own: Mapping[str, Any], where: str
    ) -> Mapping[str, ErrorAnswer]:
        return {
            situation: self._error(situation, responses, own.get(situation, {}), where)
            for situation in SITUATIONS
        }

    def _error(
        self, situation: str, responses: Mapping[str, Any], own: Mapping[str, Any], where: str
    ) -> ErrorAnswer:
        usual_status, usual_message = SITUATIONS[situation]
        general = self._settings.get(situation, {})
        said = {"status": usual_status, "message": usual_message, **general, **own}
        status, scope = said["status"], Scope("error")
        response = responses.get(str(status), responses.get("default"))
        answer = Answer(status, None, None)
        if response is not None:
            answer = self._answer(status, response, scope, f"{where}/responses/{status}")
        target = said.get("schema") or (self._settings.get("schema") if answer.make is None else None)  # fmt: skip
        if target:
            answer = self._error_of_schema(status, target, answer)
        elif answer.make is None:
            answer = Answer(status, _rfc9457, None, "application/problem+json")
        if own or not where:
            self._try(situation, answer, said.get("code"), where)
        return ErrorAnswer(answer, said["message"], said.get("code"), said.get("headers", {}))

    def _try(self, situation: str, answer: Answer, code: str | None, where: str) -> None:
        """Make an error once, now, so that it cannot fail later."""
        if answer.make is None or answer.validator is None:
            return
        body = answer.make(Problem(answer.status, code, "message", "target"), _Unasked)
        for error in answer.validator.iter_errors(body):
            place = f"{where}/x-job-operation/errors" if where else "/x-job-errors"
            self._report(f"{place}/{situation}", f"its body does not fit its schema: {error.message}")  # fmt: skip

    def _error_of_schema(self, status: int, target: str, declared: Answer) -> Answer:
        try:
            node = self._document.at(target)
        except KeyError:
            self._report("/x-job-errors", f"{target!r} leads nowhere in this file")
            return declared
        make = self._compiler.schema(node, Scope("error"), target[1:])
        if make is None:
            self._report(target[1:], "no `x-job-value` in this error's schema says where it comes from")  # fmt: skip
        return Answer(status, make, declared.validator or self._schemas.validator(node), declared.media_type)  # fmt: skip

    def _check_errors(self, operation: Operation, node: Mapping[str, Any], where: str) -> None:
        responses = node.get("responses", {})
        possible = ["unknown_job"] if operation.job_id else []
        possible += ["illegal_event"] if operation.command else []
        possible += ["missing_credential", "wrong_credential"] if operation.security else []
        possible += ["missing_body", "malformed_body", "invalid_body"] if operation.body else []
        possible += ["invalid_parameter"] if any(p.read is not str for p in operation.parameters) else []  # fmt: skip
        for situation in possible:
            status = operation.errors[situation].answer.status
            if str(status) not in responses and "default" not in responses:
                self._report(f"{where}/responses", f"lacks {status}, which answers `{situation}`")


class _Unasked:
    """Stands for the request where there is none."""

    id = "00000000-0000-4000-8000-000000000000"


def _rfc9457(problem: Any, _request: Any) -> dict[str, Any]:
    """Make a body for specs that do not say what their errors look like."""
    title = HTTPStatus(problem.status).phrase
    return {"title": title, "status": problem.status, "detail": problem.message}


_INTEGER = re.compile(r"-?\d{1,40}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d{1,3})?")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is no integer")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError(f"{text!r} is no UUID")
    return text.lower()


_READERS: Mapping[Any, Callable[[str], Any]] = {
    "uuid": _uuid,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def examples(document: Document) -> Iterator[tuple[str, Any, Any]]:
    """Every example and default in a document: its pointer, its schema and its value."""
    yield from _examples(document, document.data, "", schema=False)


def _examples(
    document: Document, node: Any, where: str, *, schema: bool
) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _examples(document, child, f"{where}/{index}", schema=schema)
    if not isinstance(node, dict):
        return
    judge = node if schema else node.get("schema")
    if judge is not None:
        yield from ((f"{where}/{key}", judge, node[key]) for key in ("example", "default") if key in node)  # fmt: skip
        for name, example in (node.get("examples") or {}).items() if not schema else ():
            value = document.resolve(example).get("value")
            yield f"{where}/examples/{name}/value", judge, value
    for key, child in node.items():
        if key in ("example", "examples", "default", "enum") or key.startswith("x-"):
            continue
        inner = key in _SCHEMA_KEYS or (schema and key in ("properties",)) or where == "/components/schemas"  # fmt: skip
        yield from _examples(document, child, where + pointer([key]), schema=inner or (schema and where.endswith("/properties")))  # fmt: skip


_SCHEMA_KEYS = ("schema", "items", "additionalProperties", "not", "allOf", "anyOf", "oneOf")
