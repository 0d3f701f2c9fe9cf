"""Compiles operations: their effects on jobs, their requests and their responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs

from jobtwin.errors import among
from jobtwin.lifecycle import Machine
from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi.answer_table import AnswerTable, Choice
from jobtwin.openapi.answers import Answers
from jobtwin.openapi.bindings import Bindings
from jobtwin.openapi.byname import completed
from jobtwin.openapi.callbacks import Callbacks
from jobtwin.openapi.document import METHODS
from jobtwin.openapi.extensions import error_settings, webhook_settings
from jobtwin.openapi.nodes import Report, listed
from jobtwin.openapi.operations import (
    GROUPS,
    Command,
    Comparison,
    Creation,
    DeclaredCallback,
    DeclaredResponse,
    ErrorAnswer,
    Exclusive,
    Filter,
    GivenParts,
    Idempotency,
    Operation,
    Order,
    PageBy,
    Paging,
    Parameter,
    PartTarget,
    RequestSource,
    SortKey,
    WaitBinding,
)
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.requests import Requests, Sources
from jobtwin.openapi.schema import SchemaValidators
from jobtwin.openapi.scopes import KeyReport, Paths, Scope
from jobtwin.openapi.times import span
from jobtwin.openapi.values import ALWAYS, Condition, Const, Path

Judges = Callable[[str], jsonschema_rs.Draft202012Validator]
"""A function that returns the validator of a fact, by its name."""

_COMPARISONS: tuple[Comparison, ...] = ("since", "after", "until", "before")
_ORDER = ("credential", "parameters", "body")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


class OperationsCompiler:
    """Compiles the operations of one document; mistakes go to `report`."""

    def __init__(
        self,
        bindings: Bindings,
        schemas: SchemaValidators,
        machines: Mapping[str, Machine],
        limits: Collection[Limit],
        report: Report,
    ) -> None:
        document = bindings.document
        self._limits = limits
        self._bindings = bindings
        self._document = document
        self._machines = machines
        self._report = report
        self._paths = Paths(document)
        self._schemas = schemas
        self._requests = Requests(document, schemas)
        self.assumed: dict[str, Any] = {}
        """The declarations of operations that follow from names alone, by place."""
        self._answers = Answers(bindings, schemas, report)
        self._callbacks = Callbacks(document, self._answers, self._paths, report)

    def compiled(self) -> list[Operation]:
        """Returns all operations; those with mistakes are reported and left out."""
        made, seen = [], set[str]()
        for path, item in self._document.data["paths"].items():
            for method in METHODS:
                if method in item:
                    where = pointer(["paths", path, method])
                    if not self._document.is_vendors:
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
                f"{name!r} cannot name an operation; write a letter, then letters, "
                "digits and _ . - /",
            )
        elif name in seen:
            self._report(
                f"{where}/operationId", f"{name!r} is used twice; give each operation its own"
            )
        seen.add(name or "")

    def general_errors(self) -> Mapping[str, ErrorAnswer]:
        """Returns the errors for requests that match no operation."""
        return self._answers.errors({}, {})

    @property
    def shown_by_name(self) -> Mapping[str, Any]:
        """Values of properties that follow from names alone, by place."""
        return self._answers.assumed

    def jobs(self) -> Mapping[str, Machine]:
        """Returns the machines that are not parts of another."""
        parts = {part for machine in self._machines.values() for part in machine.parts.values()}
        return {name: m for name, m in self._machines.items() if m not in parts}

    # -- one operation ---------------------------------------------------------------------------

    def _operation(
        self, path: str, method: str, item: Mapping[str, Any], where: str
    ) -> Operation | None:
        bound = self._bound(path, item, item[method], where)
        if bound is None:
            return None
        operation = self._compiled(path, method, bound)
        if not self._document.is_vendors:
            self._check_errors(operation, where)
        return operation

    def _bound(
        self, path: str, item: Mapping[str, Any], node: Mapping[str, Any], where: str
    ) -> _BoundOperation | None:
        """Returns an operation with its declaration; None without a declaration, or if it is incomplete."""
        binding = self._bindings.operation(node, where)
        if binding is None:
            self._report_unbound(node, where)
            return None
        does, place = binding
        controls = does["does"] == "control"
        machine = None if controls else self._machine(does, place)
        if machine is None and not controls:
            return None
        self._check_keys(does, place)
        declared = self._requests.declared(node, item, path)
        parameters = list(map(self._requests.parameter, declared))
        each = does.get("each")
        sources = Sources(self._document, parameters, node, self._report, each)
        if machine is not None:
            does = completed(does, path, parameters, sources.sent_by(each), machine)
            self._note(binding.said, does, place)
        return _BoundOperation(node, where, does, place, machine, parameters, sources)

    def _report_unbound(self, node: Mapping[str, Any], where: str) -> None:
        """Reports an operation without a declared effect; those of a vendor's file may lack one."""
        if not self._document.is_vendors:
            how = f"`x-jobs: {{operations: {{{node.get('operationId', '')}: …}}}}`"
            self._report(where, f"does what to jobs? Say so: {how}")

    def _compiled(self, path: str, method: str, bound: _BoundOperation) -> Operation:
        node, does, place = bound.node, bound.does, bound.place
        own = does.get("errors", {})
        responses = self._answers.responses(
            node.get("responses", {}), own, bound.scope, bound.where, given=bound.statuses()
        )
        compiler = OperationCompiler(
            does,
            bound.machine,
            paths=self._paths,
            sources=bound.sources,
            queries=[p.name for p in bound.parameters if p.place == "query"],
            place=place,
            report=self._report,
        )
        limits = [each for each in self._limits if each.covers(node.get("operationId", ""))]
        return Operation(
            id=node.get("operationId", ""),
            method=method.upper(),
            path=path,
            place=bound.where,
            does=does["does"],
            machine=bound.machine,
            tags=node.get("tags", ()),
            parameters=bound.parameters,
            body=self._requests.body(node, bound.where),
            security=node.get("security", self._document.data.get("security", ())),
            responses=responses,
            answers=self._choices(bound, responses, limits),
            errors=self._answers.errors(responses, own, place),
            order=self._order(),
            job_id=compiler.job_id() if does["does"] != "create" else None,
            within=compiler.within(),
            command=compiler.command(),
            creation=compiler.creation(self._judges(bound.machine)),
            where=compiler.condition(does.get("where"), "where"),
            filters=compiler.filters(),
            sorting=compiler.sorting(),
            paging=compiler.paging(),
            wait=compiler.wait(),
            callbacks=self._callbacks_of(bound),
            limits=limits,
        )

    def _choices(
        self,
        bound: _BoundOperation,
        responses: Mapping[str, DeclaredResponse],
        limits: Sequence[Limit],
    ) -> Sequence[Choice]:
        """Returns the answers of an operation, each with the condition under which it is given."""
        given = bound.does.get("answers", {})
        is_usual = all("when" in said for said in given.values())
        made = is_usual and not bound.controls
        usual = self._answers.success(responses, bound.scope, bound.where, made=made)
        table = AnswerTable(
            self._answers,
            self._paths,
            bound.scope,
            bound.does["does"],
            responses,
            bound.place,
            self._report,
            strict=not (self._document.is_vendors or bound.controls),
            sent_by_limits=frozenset(name.lower() for each in limits for name in each.headers),
        )
        return table.choices(given, usual)

    def _callbacks_of(self, bound: _BoundOperation) -> Sequence[DeclaredCallback]:
        """Returns the callbacks of an operation that creates jobs; others have none."""
        if bound.machine is not None and bound.does["does"] in ("create", "clone"):
            said = bound.does.get("callbacks", {})
            return self._callbacks.of_operation(
                bound.node, bound.where, said, bound.place, bound.machine, bound.sources
            )
        if bound.node.get("callbacks") and not self._document.is_vendors:
            why = (
                "are never sent: only an operation that makes jobs sends callbacks; leave them out"
            )
            self._report(f"{bound.where}/callbacks", why)
        return ()

    @property
    def assumed_callbacks(self) -> Sequence[str]:
        """The places of callbacks without a declared time of sending."""
        return self._callbacks.assumed

    def webhooks(self) -> Sequence[DeclaredCallback]:
        """Returns the webhooks that `x-jobs` names."""
        return list(self._callbacks.webhooks(webhook_settings(self._document), self.jobs()))

    def _order(self) -> Sequence[str]:
        """Returns the order in which a request is checked; reports an incomplete one."""
        order: Sequence[str] = error_settings(self._document).get("order", _ORDER)
        for part in ("parameters", "body"):
            stages = [each for each in order if each.endswith(part)]
            if stages not in ([part], [f"malformed_{part}", f"invalid_{part}"]):
                why = f"needs `{part}`, or `malformed_{part}` and later `invalid_{part}`"
                self._report("/x-jobs/errors/order", why)
        if "credential" not in order:
            self._report("/x-jobs/errors/order", "needs `credential`")
        return order

    def _note(self, said: Mapping[str, Any], does: Mapping[str, Any], place: str) -> None:
        """Records what follows from names alone; reports an operation without the job's id."""
        self.assumed |= {f"{place}/{k}": v for k, v in does.items() if v != said.get(k)}
        if "id" not in does and does["does"] in ("read", "event", "delete", "clone"):
            why = "needs `id`, the place of the job's id, since the path has no parameter"
            self._report(place, why)

    def _judges(self, machine: Machine | None) -> Judges:
        """Returns a function that finds the validators of a machine's facts."""
        declared = machine.schemas if machine else {}
        return lambda fact: self._schemas.validator(declared[fact])

    def _machine(self, does: Mapping[str, Any], place: str) -> Machine | None:
        jobs = self.jobs()
        if "machine" in does:
            if does["machine"] in jobs:
                return jobs[does["machine"]]
            self._report(
                f"{place}/machine", among(does["machine"], "the machines that are not parts", jobs)
            )
        elif len(jobs) == 1:
            return next(iter(jobs.values()))
        else:
            known = ", ".join(jobs) or "there are none"
            self._report(place, f"needs `machine`, one of the machines ({known})")
        return None

    def _check_keys(self, does: Mapping[str, Any], place: str) -> None:
        kind = does["does"]
        for key in does:
            if key not in (*_ALWAYS, *_KEYS[kind]):
                users = ", ".join(user for user, keys in _KEYS.items() if key in keys)
                why = f"is nothing for `does: {kind}`, only for {users}; leave it out"
                self._report(f"{place}/{key}", why)
        if kind == "control" and self._document.name != "control":
            able = ", ".join(other for other in _KEYS if other != kind)
            self._report(
                f"{place}/does",
                f"control is only for the server's own API; this one can do: {able}",
            )

    def _check_errors(self, operation: Operation, where: str) -> None:
        lacking: dict[int, list[str]] = {}
        for situation in _possible(operation):
            status = operation.errors[situation].answer.status
            if operation.response(status) is None:
                lacking.setdefault(status, []).append(situation)
        for status, situations in lacking.items():
            self._report(f"{where}/responses", _undeclared(status, situations))


def _undeclared(status: int, situations: Sequence[str]) -> str:
    """Returns the mistake of a status that no response of an operation has."""
    groups = (f"`{name}`" for name, each in GROUPS.items() if {*situations} <= {*each})
    which = "the situation" if len(situations) == 1 else next(groups, "the situations")
    answered = ", ".join(f"`{each}`" for each in situations)
    return f"lacks '{status}', which answers {answered}; declare it, or give {which} another status under `errors`"


_OF_ONE = frozenset(("id", "parts", "exclusive", "idempotency", "wait"))
"""Keys that are about the one job that a request makes."""

_ALWAYS = ("does", "machine", "within", "answers", "errors", "x-evidence")
_KEYS: Mapping[str, Sequence[str]] = {
    "create": (
        *("wait", "id", "facts", "parts", "exclusive", "accept", "credential"),
        *("callbacks", "idempotency", "each"),
    ),
    "read": ("wait", "id"),
    "list": ("where", "filters", "order", "page"),
    "event": ("wait", "id", "event"),
    "clone": ("wait", "id", "event", "facts", "parts", "callbacks", "idempotency"),
    "delete": ("id",),
    "control": (),
}


def _has_readable_parameters(operation: Operation) -> bool:
    """Returns True if some parameter is more than text, so that it can be invalid."""
    return any(parameter.read is not str for parameter in operation.parameters)


_SITUATIONS: Sequence[tuple[Callable[[Operation], object], Sequence[str]]] = (
    (lambda each: each.job_id, ["unknown_job"]),
    (lambda each: each.command and each.does == "event", ["illegal_event"]),
    (lambda each: each.creation and (each.creation.exclusive or each.creation.id), ["conflict"]),
    (lambda each: each.creation and each.creation.idempotency, ["reused_key"]),
    (lambda each: each.paging and each.paging.by in ("after", "cursor"), ["invalid_parameter"]),
    (lambda each: each.limits, ["too_many_requests"]),
    (lambda each: each.security, ["missing_credential", "wrong_credential"]),
    (lambda each: each.body, ["missing_body", "malformed_body", "invalid_body"]),
    (_has_readable_parameters, ["invalid_parameter"]),
)
"""The features of an operation, each with the situations that then need a declared response."""


def _possible(operation: Operation) -> list[str]:
    """Returns the situations for which every operation of this kind must declare a response."""
    return [each for has, situations in _SITUATIONS if has(operation) for each in situations]


@dataclass(frozen=True, slots=True)
class _BoundOperation:
    """An operation of a document, declared at `where`, and what `place` says that it does."""

    node: Mapping[str, Any]
    where: str
    does: Mapping[str, Any]
    place: str
    machine: Machine | None
    parameters: Sequence[Parameter]
    sources: Sources

    @property
    def controls(self) -> bool:
        """True if it is an operation of the control API, which is about no machine."""
        return bool(self.does["does"] == "control")

    @property
    def scope(self) -> Scope:
        """The scope of its responses."""
        several = self.does["does"] == "list" or "each" in self.does
        return Scope("page" if several else "job", self.machine)

    def statuses(self) -> list[int]:
        """Returns the statuses that its answers name."""
        choices = self.does.get("answers", {}).values()
        return [each["status"] for each in choices if "status" in each]


class OperationCompiler:
    """Compiles what one operation does to jobs, key by key; mistakes go to `report`, with their key."""

    def __init__(  # noqa: PLR0913 - all that its keys refer to
        self,
        does: Mapping[str, Any],
        machine: Machine | None,
        *,
        paths: Paths,
        sources: Sources,
        queries: Sequence[str],
        place: str,
        report: Report,
    ) -> None:
        self._does = does
        self._machine = machine
        self._scope = Scope("job", machine)
        self._paths = paths
        self._sources = sources
        self._queries = queries
        self._place = place
        self._report = KeyReport(report, place)

    def _source(self, text: str | None, key: str) -> RequestSource | None:
        return self._sources.source(text, f"{self._place}/{key}")

    def _path(self, text: str, key: str) -> Path | None:
        return self._report.tried(lambda: self._paths.path(text, self._scope), key)

    def condition(self, said: Mapping[str, Any] | None, key: str) -> Condition:
        """Returns the condition under a key."""
        read = partial(self._paths.condition, said, self._scope)
        return self._report.tried(read, key) or ALWAYS

    def job_id(self) -> RequestSource | None:
        """Returns the source of the id, which must have the type of ids."""
        source, machine = self._source(self._does.get("id"), "id"), self._machine
        if source is None or machine is None:
            return source
        kind = self._sources.type_of(source)
        if kind not in (None, *(("integer", "number") if machine.integer_ids else ("string",))):
            ids = "integers" if machine.integer_ids else "texts"
            self._report(
                "id",
                f"{self._does['id']!r} is of type {kind}, but the ids of {machine.name} are {ids}",
            )
        return source

    def within(self) -> dict[str, RequestSource]:
        """Returns the facts that a job must have, with their sources in the request."""
        given = self._does.get("within", {})
        return {
            fact: source
            for fact, text in given.items()
            if (source := self._source(text, f"within/{fact}"))
            and self._path(f"facts.{fact}", f"within/{fact}")
        }

    def command(self) -> Command | None:
        """Returns the event that the operation triggers."""
        asked = self._does.get("event")
        if asked is None or self._machine is None:
            return None
        named = isinstance(asked, str)
        events, key = ({None: asked}, "event") if named else (asked["is"], "event/is")
        for event in events.values():
            self._known_event(event, key)
        return Command(None if named else self._source(asked["from"], "event/from"), events)

    # -- creation --------------------------------------------------------------------------------

    def creation(self, judges: Judges) -> Creation | None:
        """Returns how a job is created, and with which permission."""
        if self._does["does"] not in ("create", "clone") or self._machine is None:
            return None
        facts = self._facts()
        return Creation(
            facts={fact: source for fact, source in facts.items() if source},
            parts=self._parts(),
            exclusive=self._exclusive(self._does.get("exclusive")),
            accept=self._accepted(),
            credential=self._source(self._does.get("credential"), "credential"),
            judges={fact: judges(fact) for fact in facts},
            id=self.job_id() if self._does["does"] == "create" else None,
            idempotency=self._idempotency(self._does.get("idempotency")),
            each=self._each(self._does.get("each")),
        )

    def _each(self, text: str | None) -> RequestSource | None:
        """Returns the source of the list of which each item makes a job."""
        if text is None:
            return None
        for key in _OF_ONE & self._does.keys():
            self._report(key, "is for one job, and `each` makes several; leave one of them out")
        return self._sources.list_of(text, f"{self._place}/each")

    def _facts(self) -> Mapping[str, RequestSource | Const | None]:
        """Returns the known facts of a new job; facts with an invalid source are left out."""
        return {
            fact: self._sources.given(value, f"{self._place}/facts/{fact}")
            for fact, value in self._does.get("facts", {}).items()
            if self._path(f"facts.{fact}", f"facts/{fact}")
        }

    def _parts(self) -> dict[str, GivenParts | PartTarget]:
        """Returns the sources of a new job's parts."""
        given = self._does.get("parts", {})
        parts = {
            name: self._sources.parts(value, f"{self._place}/parts/{name}")
            for name, value in given.items()
            if self._part(name, value)
        }
        return {name: each for name, each in parts.items() if each}

    def _accepted(self) -> list[tuple[RequestSource, Any]]:
        """Returns the places of a request with the only values that are accepted there."""
        accepted = [
            (self._source(text, "accept"), value)
            for text, value in self._does.get("accept", {}).items()
        ]
        return [(source, value) for source, value in accepted if source]

    def _idempotency(self, said: Any) -> Idempotency | None:
        form = said if isinstance(said, Mapping) else {"key": said}
        key = self._source(form["key"], "idempotency")
        known = span(form["for"]) if "for" in form else None
        return Idempotency(key, known) if key else None

    def _exclusive(self, said: Mapping[str, Any] | None) -> Exclusive | None:
        if said is None:
            return None
        return Exclusive(
            where=self.condition(said["where"], "exclusive/where"),
            same=[f for f in said.get("same", ()) if self._path(f"facts.{f}", "exclusive/same")],
            unless=self._source(said.get("unless"), "exclusive/unless"),
            event=self._known_event(said.get("event", ""), "exclusive/event"),
        )

    def _known_event(self, event: str, key: str) -> str:
        machine = self._machine
        if event and machine and event not in machine.event_names:
            why = among(event, f"the events of {machine.name}", machine.event_names)
            self._report(key, why + _of_parts(event, machine))
        return event

    def _part(self, name: str, value: Mapping[str, Any]) -> bool:
        parts = self._machine.parts if self._machine else {}
        if name in parts:
            self._check_part(parts[name], value, f"parts/{name}")
        else:
            self._report(f"parts/{name}", among(name, "the parts", parts))
        return name in parts

    def _check_part(self, machine: Machine, value: Mapping[str, Any], key: str) -> None:
        """Reports facts that parts of a new job do not have."""
        self._check_part_facts(machine, value, key)
        if "target" in value and not machine.fleet:
            self._report(
                f"{key}/target", f"{machine.name} has no `fleet` to choose from; give it one"
            )
        for name, child in value.get("parts", {}).items():
            place = f"{key}/parts/{name}"
            if name in machine.parts:
                self._check_part(machine.parts[name], child, place)
            else:
                self._report(place, among(name, f"the parts of {machine.name}", machine.parts))

    # -- lists -----------------------------------------------------------------------------------

    def filters(self) -> list[Filter]:
        """Returns the query parameters that select jobs."""
        return [self._filter(name, said) for name, said in self._does.get("filters", {}).items()]

    def _check_part_facts(self, machine: Machine, value: Mapping[str, Any], key: str) -> None:
        facts = {f"facts/{fact}": fact for fact in value.get("facts", {})}
        facts |= {word: value[word] for word in ("name", "labels") if word in value}
        for place, fact in facts.items():
            if fact not in machine.facts:
                self._report(
                    f"{key}/{place}", among(fact, f"the facts of {machine.name}", machine.facts)
                )

    def _filter(self, name: str, said: Any) -> Filter:
        key = f"filters/{name}"
        if name not in self._queries:
            self._report(key, among(name, "the query parameters", self._queries))
        if isinstance(said, str):
            return Filter(name, by=self._path(said, key))
        if "contains" in said:
            paths = (self._path(text, key) for text in said["contains"])
            return Filter(name, contains=list(filter(None, paths)))
        if (comparison := next((word for word in _COMPARISONS if word in said), None)) is not None:
            path = self._path(said[comparison], f"{key}/{comparison}")
            return Filter(name, compared=path, comparison=comparison)
        return Filter(name, when=said["when"], where=self.condition(said["where"], f"{key}/where"))

    def wait(self) -> WaitBinding | None:
        """Returns how long the response may wait, and for which condition."""
        said = self._does.get("wait")
        if said is None:
            return None
        source = self._source(said["for"], "wait/for")
        until = self.condition(said.get("until", {"kind": "final"}), "wait/until")
        return WaitBinding(source, until, span(said["at_most"])) if source else None

    def _order_paths(self, texts: Any) -> list[Path]:
        return list(filter(None, (self._path(text, "order/is") for text in listed(texts))))

    def sorting(self) -> Order | None:
        """Returns the order of a list."""
        said = self._does.get("order")
        if said is None:
            return None
        if isinstance(said, list):
            return Order(list(self._keys(said)))
        descending = said.get("descending")
        return Order(
            source=self._source(said["from"], "order/from"),
            choices={value: self._order_paths(texts) for value, texts in said["is"].items()},
            descending=descending and self._source(descending["from"], "order/descending/from"),
            when=descending and descending["when"],
        )

    def _keys(self, texts: Sequence[str]) -> Iterator[SortKey]:
        for text in texts:
            if path := self._path(text.lstrip("-"), "order"):
                yield SortKey(path, descending=text.startswith("-"))

    def paging(self) -> Paging | None:
        """Returns the parameters with the limit and the position of the page."""
        page = self._does.get("page")
        by = None if page is None else self._page_by(page)
        if page is None or by is None:
            return None
        at = self._source(page[by], f"page/{by}")
        limit = self._source(page.get("limit"), "page/limit")
        return Paging(limit, by, at, page.get("at_most")) if at else None

    def _page_by(self, page: Mapping[str, Any]) -> PageBy | None:
        """Returns the kind of position of a page; reports one that is missing or ambiguous."""
        places: tuple[PageBy, ...] = ("offset", "number", "after", "cursor")
        given = [each for each in places if each in page]
        if len(given) != 1:
            self._report("page", f"needs one of {', '.join(places)}: the position of the page")
            return None
        if given[0] == "number" and not {"limit", "at_most"} & page.keys():
            self._report("page", "needs `limit` or `at_most`, the number of jobs on a page")
        return given[0]


def _of_parts(event: str, machine: Machine) -> str:
    """Returns how a derived job gets an event of its parts; nothing if they do not have it."""
    part = machine.parts.get(machine.part or "")
    if part is None or event not in part.event_names:
        return ""
    ends = [t.to for t in part.transitions_of(event) if t.to in machine.states]
    entry = f"{event}: {next(iter(ends), 'STATE')}"
    return f"; declare `events: {{{entry}}}` on {machine.name} too, which passes it to its parts"
