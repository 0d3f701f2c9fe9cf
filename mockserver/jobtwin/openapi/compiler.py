"""`x-job-operation` compiled: what each operation does to jobs, with its requests and answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsonschema_rs

from jobtwin.lifecycle import Machine
from jobtwin.openapi.answers import Answers
from jobtwin.openapi.document import METHODS, Document, pointer
from jobtwin.openapi.operations import (
    Command,
    Creation,
    ErrorAnswer,
    Filter,
    Operation,
    Order,
    Paging,
)
from jobtwin.openapi.requests import Requests
from jobtwin.openapi.schema import Schemas
from jobtwin.openapi.sense import among
from jobtwin.openapi.values import BadValue, Compiler, Getter, Scope

Report = Callable[[str, str], None]


_NONE: frozenset[str] = frozenset()
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


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
        self._machines = machines
        self._report = report
        self._values = Compiler(document, report)
        self._schemas = schemas
        self._requests = Requests(document, schemas, report)
        self._answers = Answers(document, schemas, report)

    def compiled(self) -> list[Operation]:
        """Every operation; those with mistakes are reported and left out."""
        made, seen = [], set[str]()
        for path, item in self._document.data["paths"].items():
            for method in METHODS:
                if method in item:
                    where = pointer(["paths", path, method])
                    self._check_id(item[method].get("operationId"), seen, where)
                    if operation := self._operation(path, method, item, where):
                        made.append(operation)
        return made

    def _check_id(self, name: str | None, seen: set[str], where: str) -> None:
        if name is None:
            self._report(where, "needs an `operationId`")
        elif not _NAME.fullmatch(name):
            self._report(
                f"{where}/operationId",
                f"{name!r} cannot name an operation; start with a letter, go on with letters, "
                "digits and _ . - /",
            )
        elif name in seen:
            self._report(
                f"{where}/operationId", f"{name!r} stands twice; give each operation its own"
            )
        seen.add(name or "")

    def general_errors(self) -> Mapping[str, ErrorAnswer]:
        """How situations are answered where no operation was found."""
        return self._answers.errors({}, {}, "")

    def jobs(self) -> Mapping[str, Machine]:
        """The machines that are not another's part."""
        parts = {part for machine in self._machines.values() for part in machine.parts.values()}
        return {name: m for name, m in self._machines.items() if m not in parts}

    # -- one operation ---------------------------------------------------------------------------

    def _operation(
        self, path: str, method: str, item: Mapping[str, Any], where: str
    ) -> Operation | None:
        node = item[method]
        if "x-job-operation" not in node:
            self._report(where, "needs `x-job-operation`: what does it do to jobs?")
            return None
        does, place = node["x-job-operation"], f"{where}/x-job-operation"
        controlled = does["does"] == "control"
        machine = None if controlled else self._machine(does, place)
        if machine is None and not controlled:
            return None
        scope = Scope("page" if does["does"] == "list" else "job", machine)
        self._check_keys(does, place)
        deed = _Deed(
            self,
            machine,
            does=does,
            declared=self._requests.declared(node, item),
            node=node,
            place=place,
        )
        operation = Operation(
            id=node.get("operationId", ""),
            method=method.upper(),
            path=path,
            does=does["does"],
            machine=machine,
            declared=frozenset(int(s) for s in node.get("responses", {}) if s.isdigit()),
            parameters=[self._requests.parameter(p) for p in deed.declared],
            body=self._requests.body(node),
            security=node.get("security", self._document.data.get("security", ())),
            answer=self._answers.success(node, scope, where, made=not controlled),
            errors=self._answers.errors(node.get("responses", {}), does.get("errors", {}), where),
            order=self._document.data.get("x-job-errors", {}).get("order", _ORDER),
            job_id=deed.job_id(),
            within=deed.within(),
            command=deed.command(),
            creation=deed.creation(),
            where=deed.condition("where"),
            unfinished=deed.unfinished(does.get("where")),
            filters=deed.filters(),
            sorting=deed.sorting(),
            paging=deed.paging(),
        )
        self._check_errors(operation, node, where)
        return operation

    def _machine(self, does: Mapping[str, Any], place: str) -> Machine | None:
        jobs = self.jobs()
        known = ", ".join(jobs) or "there are none"
        if "job" in does:
            if does["job"] in jobs:
                return jobs[does["job"]]
            self._report(
                f"{place}/job",
                f"{does['job']!r} is not one of the machines that are no part ({known})",
            )
        elif len(jobs) == 1:
            return next(iter(jobs.values()))
        else:
            self._report(place, f"needs `job`, one of the machines ({known})")
        return None

    def _check_keys(self, does: Mapping[str, Any], place: str) -> None:
        kind = does["does"]
        for key in does:
            if key not in (*_ALWAYS, *_KEYS[kind]):
                users = [user for user, keys in _KEYS.items() if key in keys]
                self._report(
                    f"{place}/{key}",
                    f"is nothing for `does: {kind}`, only for {', '.join(users)}; leave it out",
                )
        if kind == "control" and self._document.name != "control":
            able = ", ".join(other for other in _KEYS if other != kind)
            self._report(
                f"{place}/does", f"control is for the server's own API; this one can do: {able}"
            )

    def _check_errors(self, operation: Operation, node: Mapping[str, Any], where: str) -> None:
        responses = node.get("responses", {})
        for situation in _possible(operation):
            status = operation.errors[situation].answer.status
            if str(status) not in responses and "default" not in responses:
                self._report(
                    f"{where}/responses",
                    f"lacks '{status}', which answers `{situation}`; declare it",
                )

    # -- what a deed is compiled with ------------------------------------------------------------

    def report(self, where: str, why: str) -> None:
        """Report a mistake."""
        self._report(where, why)

    def judge(self, machine: Machine, fact: str) -> jsonschema_rs.Draft202012Validator:
        """The validator of a machine's fact."""
        declared = self._document.data["x-job-lifecycle"][machine.name]["facts"]
        return self._schemas.validator(declared[fact])

    @property
    def requests(self) -> Requests:
        """The request side."""
        return self._requests

    @property
    def values(self) -> Compiler:
        """The compiler of paths and conditions."""
        return self._values


_ALWAYS = ("does", "job", "within", "errors", "x-evidence")
_KEYS: Mapping[str, Sequence[str]] = {
    "create": ("facts", "parts", "exclusive", "accept", "credential"),
    "read": ("id",),
    "list": ("where", "filters", "order", "page"),
    "event": ("id", "event"),
    "clone": ("id", "event", "facts", "parts"),
    "delete": ("id",),
    "control": (),
}
_ORDER = ("credential", "parameters", "body")


def _possible(operation: Operation) -> list[str]:
    """The situations that requests to an operation can lead to, whatever they hold."""
    possible = ["unknown_job"] if operation.job_id else []
    if operation.command and operation.does == "event":
        possible.append("illegal_event")
    if operation.creation and operation.creation.exclusive:
        possible.append("conflict")
    if operation.security:
        possible += ["missing_credential", "wrong_credential"]
    if operation.body:
        possible += ["missing_body", "malformed_body", "invalid_body"]
    if any(parameter.read is not str for parameter in operation.parameters):
        possible.append("invalid_parameter")
    return possible


class _Deed:
    """Compiles one `x-job-operation`, key by key."""

    def __init__(  # noqa: PLR0913 - all that its keys refer to
        self,
        operations: Operations,
        machine: Machine | None,
        *,
        does: Mapping[str, Any],
        declared: Sequence[Any],
        node: Mapping[str, Any],
        place: str,
    ) -> None:
        self._operations = operations
        self._machine = machine
        self._scope = Scope("job", machine)
        self._does = does
        self.declared = declared
        self._node = node
        self._place = place

    def _report(self, key: str, why: str) -> None:
        self._operations.report(f"{self._place}/{key}", why)

    def _source(self, text: str | None, key: str) -> Any:
        place = f"{self._place}/{key}"
        return self._operations.requests.source(text, self.declared, self._node, place)

    def source(self, key: str) -> Any:
        """The source that a key names."""
        return self._source(self._does.get(key), key)

    def job_id(self) -> Any:
        """The source of the id, which must be of the ids' type."""
        source, machine = self.source("id"), self._machine
        if source is None or machine is None:
            return source
        kind = self._operations.requests.type_of(source, self.declared)
        if kind not in (None, *(("integer", "number") if machine.integer_ids else ("string",))):
            ids = "integers" if machine.integer_ids else "texts"
            self._report(
                "id",
                f"{self._does['id']!r} is of type {kind}, but the ids of {machine.name} are {ids}",
            )
        return source

    def _get(self, path: str, key: str) -> Getter | None:
        try:
            return self._operations.values.path(path, self._scope).get
        except BadValue as bad:
            self._report(key, str(bad))
            return None

    def _gets(self, paths: Sequence[str], key: str) -> list[Getter]:
        return [get for path in paths if (get := self._get(path, key))]

    def _condition(self, condition: Mapping[str, Any] | None, key: str) -> Getter | None:
        if condition is None:
            return None
        try:
            return self._operations.values.condition(condition, self._scope)
        except BadValue as bad:
            self._report(key, str(bad))
            return None

    def condition(self, key: str) -> Getter | None:
        """The condition under a key."""
        return self._condition(self._does.get(key), key)

    def unfinished(self, condition: Mapping[str, Any] | None) -> bool:
        """Whether a condition lets unfinished jobs alone through."""
        if condition is None or self._machine is None:
            return False
        states = self._scope.narrowed(condition).states()
        return not any(self._machine.states[name].final for name in states)

    def within(self) -> dict[str, Any]:
        """The facts that a job must have, with where the request says which."""
        given = self._does.get("within", {})
        return {
            fact: source
            for fact, text in given.items()
            if (source := self._source(text, f"within/{fact}"))
            and self._get(f"facts.{fact}", f"within/{fact}")
        }

    def command(self) -> Command | None:
        """The event that is asked for."""
        asked = self._does.get("event")
        if asked is None or self._machine is None:
            return None
        named = isinstance(asked, str)
        events, key = ({None: asked}, "event") if named else (asked["is"], "event/is")
        known = list(dict.fromkeys(t.event for t in self._machine.transitions if t.event))
        for event in events.values():
            if event not in known:
                able = ", ".join(known) or "there are none"
                self._report(
                    key, f"{event!r} is not one of the events of {self._machine.name} ({able})"
                )
        return Command(None if named else self._source(asked["from"], "event/from"), events)

    # -- creation --------------------------------------------------------------------------------

    def creation(self) -> Creation | None:
        """What a new job is made of, and who may make it."""
        if self._does["does"] not in ("create", "clone") or self._machine is None:
            return None
        requests, declared, node = self._operations.requests, self.declared, self._node
        facts = {
            fact: requests.given(value, declared, node, f"{self._place}/facts/{fact}")
            for fact, value in self._does.get("facts", {}).items()
            if self._get(f"facts.{fact}", f"facts/{fact}")
        }
        parts = {
            name: requests.parts(value, declared, node, f"{self._place}/parts/{name}")
            for name, value in self._does.get("parts", {}).items()
            if self._part(name, value)
        }
        exclusive = self._does.get("exclusive", {})
        where = exclusive.get("where")
        return Creation(
            facts={fact: source for fact, source in facts.items() if source},
            parts={name: given for name, given in parts.items() if given},
            exclusive=self._condition(where, "exclusive/where"),
            exclusive_unfinished=self.unfinished(where),
            same=self._same(exclusive.get("same", ())),
            unless=self._source(exclusive.get("unless"), "exclusive/unless"),
            accept=[
                (source, value)
                for text, value in self._does.get("accept", {}).items()
                if (source := self._source(text, "accept"))
            ],
            credential=self.source("credential"),
            judges={fact: self._operations.judge(self._machine, fact) for fact in facts},
        )

    def _same(self, facts: Sequence[str]) -> list[str]:
        return [fact for fact in facts if self._get(f"facts.{fact}", "exclusive/same")]

    def _part(self, name: str, value: Mapping[str, Any]) -> bool:
        parts = self._machine.parts if self._machine else {}
        if name in parts:
            self._check_part(parts[name], value, f"parts/{name}")
        else:
            self._report(f"parts/{name}", among(name, "the parts", parts))
        return name in parts

    def _check_part(self, machine: Machine, value: Mapping[str, Any], key: str) -> None:
        """Report what parts of a new job would be given and do not have."""
        facts = [(f"facts/{fact}", fact) for fact in value.get("facts", {})]
        facts += [(word, value[word]) for word in ("name", "labels") if word in value]
        for place, fact in facts:
            if fact not in machine.facts:
                self._report(
                    f"{key}/{place}", among(fact, f"the facts of {machine.name}", machine.facts)
                )
        if "target" in value and not machine.fleet:
            self._report(
                f"{key}/target", f"{machine.name} has no `fleet` to choose from; give it one"
            )
        for name, child in value.get("parts", {}).items():
            if name in machine.parts:
                self._check_part(machine.parts[name], child, f"{key}/parts/{name}")
            else:
                self._report(
                    f"{key}/parts/{name}",
                    among(name, f"the parts of {machine.name}", machine.parts),
                )

    # -- lists -----------------------------------------------------------------------------------

    def filters(self) -> list[Filter]:
        """The query parameters that choose jobs."""
        queries = [p["name"] for p in self.declared if p["in"] == "query"]
        made = []
        for name, chosen in self._does.get("filters", {}).items():
            key = f"filters/{name}"
            if name not in queries:
                known = ", ".join(queries) or "there are none"
                self._report(key, f"{name!r} is not one of the query parameters ({known})")
            if isinstance(chosen, str):
                gets = self._gets([chosen], key)
                made.append(
                    Filter(name, by=gets, open=self._open() if chosen == "state" else _NONE)
                )
            elif "contains" in chosen:
                made.append(Filter(name, texts=self._gets(chosen["contains"], key)))
            else:
                made.append(self._conditional(name, chosen, key))
        return made

    def _open(self) -> frozenset[str]:
        """The states that are not final."""
        states = self._machine.states if self._machine else {}
        return frozenset(name for name, state in states.items() if not state.final)

    def _conditional(self, name: str, chosen: Mapping[str, Any], key: str) -> Filter:
        condition = self._condition(chosen["where"], f"{key}/where")
        return Filter(
            name,
            when=chosen["when"],
            condition=condition,
            unfinished=condition is not None and self.unfinished(chosen["where"]),
        )

    def sorting(self) -> Order | None:
        """The order of a list."""
        said = self._does.get("order")
        if said is None:
            return None
        if isinstance(said, list):
            keys = [(self._get(t.lstrip("-"), "order"), t.startswith("-")) for t in said]
            return Order(said == ["-created_at"], [(get, down) for get, down in keys if get])
        descending = said.get("descending")
        return Order(
            source=self._source(said["from"], "order/from"),
            choices={
                v: get for v, path in said["is"].items() if (get := self._get(path, "order/is"))
            },
            descending=descending and self._source(descending["from"], "order/descending/from"),
            when=descending and descending["when"],
        )

    def paging(self) -> Paging | None:
        """Where limit and offset stand."""
        page = self._does.get("page")
        if page is None:
            return None
        limit = self._source(page["limit"], "page/limit")
        offset = self._source(page["offset"], "page/offset")
        return Paging(limit, offset, page.get("at_most"))
