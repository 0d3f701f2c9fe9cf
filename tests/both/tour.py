"""A tour of one spec by its twin and its client: the documented items, and the covered ones.

It runs every job, gives every command in every state, and provokes every status; then it sends and
reads the cases of each schema. Nothing is random. The same command in the same state of several
scenarios is tested in `tests/clients/test_walks.py`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from inspect import signature
from itertools import combinations, pairwise
from typing import Any
from urllib.parse import urlencode

import httpx

from jobcall import UNSET
from jobtwin.errors import UnknownScenario
from jobtwin.lifecycle import JobView, Machine, PartBirth, Timeline
from jobtwin.lifecycle.faults import Fault
from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.values import Const, Each, Object
from jobtwin.sandboxes import ManualClock, StoredJob
from jobtwin.sandboxes.faults import FaultRule
from tests.both.cases import LIMITS, Cases
from tests.both.pair import SPECS, Pair, content_of, plain, python_name, text
from tests.both.promises import MULTIPART, URLENCODED, Promised
from tests.both.values import bodies_of, reader
from tests.twins import BLOCKING

HOUR = 3_600_000_000
ELSEWHERE = (*BLOCKING, "chooseEndpoint", "deliver")
"""Operations that the tour omits: those that wait, and those of `tests/webhooks`."""
Item = tuple[str, str]
"""Something documented: its kind, and its name."""
MOMENTS = 60
"""The most moments of a timeline that are visited; a cycle has been completed by then."""


@dataclass
class CoverageRecord:
    """The documented items, and those that the twin and the client have covered."""

    documented: set[Item] = field(default_factory=set)
    twin: set[Item] = field(default_factory=set)
    client: set[Item] = field(default_factory=set)

    @property
    def untouched(self) -> set[Item]:
        """The items that neither has covered; only the twin can cover a value's source."""
        return self.documented - self.twin - {item for item in self.client if item[0] != "value"}


class FailingClock(ManualClock):
    """A clock that fails at the first reading: an error of the twin, not of the caller."""

    failed = False

    def now(self) -> int:
        """Returns the time. Raises RuntimeError at the first reading."""
        if not self.failed:
            self.failed = True
            raise RuntimeError("the clock has stopped")
        return super().now()


class Tour:
    """The tour of one spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.pair = Pair(spec)
        self.record = CoverageRecord()
        self._cases = Cases(self.pair.promises)
        self._names: dict[int, str] = {}
        self._valued = {id(spec.document.at(place)) for place in _valued(spec)}
        self._served = [o for o in spec.operations if o.id not in ELSEWHERE]
        self._known = set[tuple[str, int, str, bytes]]()
        self._tried = set[tuple[str, ...]]()
        self._document()

    def whole(self) -> CoverageRecord:
        """Tours everything."""
        for machine in self.spec.jobs.values():
            self._live(machine)
        for operation in self._served:
            self._ask(operation)
            self._provoke(operation)
            self._read(self._promised(operation))
        return self.record

    def _promised(self, operation: Operation) -> Promised:
        return self.pair.promises.operations[operation.id]

    # -- documented items --------------------------------------------------------------------------

    def _document(self) -> None:
        for operation in self._served:
            self._document_operation(self._promised(operation))
        for machine in self.spec.machines.values():
            for kind, names in _of_machine(machine).items():
                self.record.documented |= {(kind, f"{machine.name}: {name}") for name in names}

    def _document_operation(self, operation: Promised) -> None:
        self.record.documented.add(("operation", operation.id))
        for status in operation.responses:
            self.record.documented.add(("status", f"{operation.id} {status}"))
            for schema in operation.content(status).values():
                self._name(schema, f"{operation.id}.{status}")
        for parameter in operation.parameters:
            name = f"{operation.id}?{parameter['name']}"
            self.record.documented.add(("parameter", name))
            self._name(parameter["schema"], name)
        for media in (operation.body or {"content": {}})["content"].values():
            self._name(media["schema"], f"{operation.id}.body")

    def _name(self, schema: Any, name: str) -> None:
        """Names a schema and all schemas below it, and records their keywords."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
        node = self.pair.promises.resolved(schema)
        if id(node) in self._names:
            return
        self._names[id(node)] = name
        self.record.documented |= {(kind, f"{name}{more}") for kind, more in _keywords(node)}
        if id(node) in self._valued:
            self.record.documented.add(("value", name))
        for key, child in node.get("properties", {}).items():
            self._name(child, f"{name}.{key}")
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), Mapping):
                self._name(node[key], f"{name}[]")
        for key in ("allOf", "oneOf", "anyOf"):
            for n, child in enumerate(node.get(key, ())):
                self._name(child, f"{name}.{key}.{n}")

    # -- covered items -----------------------------------------------------------------------------

    def _met(self, schema: Any, value: Any, by: set[Item]) -> None:
        """Records the parts of a schema that a value covers."""
        node = self.pair.promises.resolved(schema)
        name = self._names[id(node)]
        by |= {(kind, f"{name}{more}") for kind, more in _shown(node, value)}
        for part in node.get("allOf", ()):
            self._met(part, value, by)
        for key in ("oneOf", "anyOf"):
            for part in node.get(key, ()):
                if self.pair.promises.fits(part, value):
                    self._met(part, value, by)
        properties, more = node.get("properties", {}), node.get("additionalProperties")
        for key, each in value.items() if isinstance(value, dict) else ():
            if key in properties or isinstance(more, Mapping):
                self._met(properties.get(key, more), each, by)
        for each in value if isinstance(value, list) else ():
            self._met(node.get("items", {}), each, by)

    def _answered(self, operation: Promised, answer: httpx.Response) -> int:
        """Records the twin's response, and checks that the client reads it without loss.

        Since each sandbox begins with the same seed and time, many responses are the same.
        """
        kind = answer.headers.get("content-type", "")
        key = operation.id, answer.status_code, kind, answer.content
        if key in self._known:
            return answer.status_code
        self._known.add(key)
        read = self.pair.read(operation, answer)
        body = content_of(answer)
        item = ("status", f"{operation.id} {answer.status_code}")
        for by in (self.record.twin, self.record.client):
            by |= {("operation", operation.id), item}
            for schema in operation.content(answer.status_code).values():
                self._met(schema, body, by)
        assert text(plain(read.parsed)) == text(body)
        return answer.status_code

    # -- timelines -------------------------------------------------------------------------------------

    def _live(self, machine: Machine) -> None:
        for scenario in machine.scenarios:
            for parts in _all_parts(machine):
                self._live_through(machine, scenario, {"parts": parts} if parts else {})
            for facts in self._facts(machine, machine.guards):
                self._live_through(machine, scenario, {"facts": facts})
        for facts in self._facts(machine, machine.facts):
            self._live_through(machine, None, {"facts": facts}, commands=False)
        for name, part in machine.parts.items():
            for facts in self._facts(part, part.facts):
                parts = {name: [PartBirth(facts=facts)]}
                self._live_through(machine, None, {"parts": parts}, commands=False)

    def _facts(self, machine: Machine, names: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yields each case of each fact, one at a time."""
        declared = machine.schemas
        for name in names:
            schema = declared.get(name, {})
            if {"type", "oneOf", "anyOf", "allOf"} & self.pair.promises.resolved(schema).keys():
                yield from ({name: value} for value in self._cases.usual(schema))

    def _live_through(
        self, machine: Machine, scenario: str | None, given: Any, *, commands: bool = True
    ) -> None:
        """Runs one job to its end, reads it at each moment, and tries all commands in each state."""
        for each in self._empty():
            self.pair.sandbox.remove(each)
        clock = self.pair.sandbox.clock
        try:
            job = self._like(machine, scenario, given, clock.now())
        except UnknownScenario:  # it is for jobs with other facts
            return
        facts = json.dumps(given.get("facts"), sort_keys=True)
        for _ in range(MOMENTS):
            self._look(machine)
            states = machine.name, facts, *_states(job.view(clock.now()))
            if commands and states not in self._tried:
                self._tried.add(states)
                self._command(machine, scenario, given, job)
            due = self.pair.sandbox.next_change()
            if due is None:
                break
            clock.advance(due - clock.now())

    def _empty(self) -> list[StoredJob]:
        self.pair.anew()
        jobs = self.spec.jobs.values()
        return [job for machine in jobs for job in self.pair.sandbox.jobs(machine)]

    def _like(self, machine: Machine, scenario: str | None, given: Any, at: int) -> StoredJob:
        if scenario is None:
            return self.pair.sandbox.create(machine, at=at, **given)
        chosen = machine.scenarios[scenario]
        facts = {name: some[0] for name, some in chosen.when.items() if name not in chosen.facts}
        given = {**given, "facts": {**facts, **given.get("facts", {})}}
        return self.pair.sandbox.create(machine, scenario=scenario, at=at, **given)

    def _look(self, machine: Machine) -> None:
        """Reads the latest job, and lists all jobs."""
        jobs = self.pair.sandbox.jobs(machine)
        for operation in self._served if jobs else ():
            if operation.machine is machine and operation.does in ("read", "list"):
                self._send(self._promised(operation), self._request(operation, jobs[-1].record.id))
        self._all_lived()

    def _all_lived(self) -> None:
        for machine in self.spec.jobs.values():
            for job in self.pair.sandbox.jobs(machine):
                self._lived(job.timeline)

    def _lived(self, timeline: Timeline) -> None:
        """Records the states and transitions of a timeline, and those of its parts."""
        machine, milestones = (
            timeline.machine,
            [timeline.schedule[n] for n in range(len(timeline.schedule.milestones))],
        )
        met = {("scenario", timeline.record.scenario.name)} | {
            ("state", m.state.name) for m in milestones
        }
        for before, milestone in pairwise(milestones):
            trigger = milestone.event.name if milestone.event and not machine.rules else ""
            met.add(("transition", _change(before.state.name, milestone.state.name, trigger)))
        self.record.twin |= {(kind, f"{machine.name}: {name}") for kind, name in met}
        for parts in timeline.parts.values():
            for part in parts:
                self._lived(part)

    def _command(self, machine: Machine, scenario: str | None, given: Any, job: StoredJob) -> None:
        """Sends every possible event and command, each to a separate job in the current state."""
        events = dict.fromkeys(t.event for t in machine.transitions if t.event)
        tells: list[Callable[[StoredJob], Any]] = [partial(self._tell, event) for event in events]
        for operation in self._served:
            if operation.machine is machine and operation.does in ("event", "clone", "delete"):
                tells += [partial(self._order, operation, given) for given in _orders(operation)]
        for tell in tells:
            before = self._jobs()
            other = self._like(machine, scenario, given, job.record.at)
            tell(other)
            self._all_lived()
            for each in self._jobs() - before:
                self.pair.sandbox.remove(each)

    def _tell(self, event: str, job: StoredJob) -> None:
        self.pair.sandbox.send_event(job, event)

    def _jobs(self) -> set[StoredJob]:
        sandbox = self.pair.sandbox
        return {job for machine in self.spec.jobs.values() for job in sandbox.jobs(machine)}

    def _order(self, operation: Operation, given: Any, job: StoredJob) -> None:
        request = self._request(operation, job.record.id, given)
        self._send(self._promised(operation), request)

    # -- requests ----------------------------------------------------------------------------------

    def _request(
        self, operation: Operation, number: Any = None, given: Any = None
    ) -> httpx.Request:
        """Returns a valid request, as the client sends it."""
        given = dict(given or {})
        source, machine = operation.job_id, operation.machine
        if source and machine:
            samples = [sample.id for sample in machine.samples]
            given[source.place, source.name] = samples[0] if number is None and samples else number
        return self._built(self._promised(operation), given)

    def _built(self, operation: Promised, given: Mapping[tuple[str, str], Any]) -> httpx.Request:
        """Returns the client's request with these values, by place and name, and the required ones."""
        module = self.pair.endpoint(operation)
        kinds = _kinds(module.sync_detailed)
        arguments = dict[str, Any]()
        for parameter in operation.parameters:
            key, name = (parameter["in"], parameter["name"]), python_name(parameter["name"])  # fmt: skip
            if parameter.get("required") or key in given:
                usual = self._cases.of(parameter["schema"])
                value = given.get(key, parameter.get("example", usual[0] if usual else "anything"))
                arguments[name] = reader(kinds[name])(value)
        if "body" in kinds:
            known = ("body", "") in given
            body = given["body", ""] if known else self._body(operation, given)
            arguments["body"] = UNSET if body is None else bodies_of(kinds["body"], body)
        kwargs = module._get_kwargs(**arguments)  # noqa: SLF001 - all four functions send it
        request: httpx.Request = self.pair.client.get_httpx_client().build_request(**kwargs)
        request.read()
        return request

    def _body(self, operation: Promised, given: Mapping[tuple[str, str], Any]) -> Any:
        promises, content = self.pair.promises, (operation.body or {})["content"]
        _kind, media = next(iter(content.items()))
        shown = [promises.resolved(e)["value"] for e in media.get("examples", {}).values()]
        shown += [media["example"]] if "example" in media else []
        body = (shown or self._cases.of(media["schema"]))[0]
        own = {name: value for (place, name), value in given.items() if place == "body"}
        return {**body, **own} if own else body

    def _send(self, operation: Promised, request: httpx.Request) -> int:
        answer = self.pair.handle_request(request)
        status = self._answered(operation, answer)
        if status < 400:  # so the request was accepted
            self._let_in(operation, [p["name"] for p in operation.parameters if p.get("required")])
        return status

    def _let_in(self, operation: Promised, parameters: Iterable[str]) -> None:
        met = {("parameter", f"{operation.id}?{name}") for name in parameters}
        self.record.twin |= met
        self.record.client |= met

    def _ask(self, operation: Operation) -> None:
        """Sends every case of every parameter and of the body, and what each keyword forbids."""
        sent = set[Item]()
        promised = self._promised(operation)
        for parameter in promised.parameters:
            key = parameter["in"], parameter["name"]
            identifies = operation.job_id and (operation.job_id.place, operation.job_id.name) == key
            for value in [] if identifies else self._cases.of(parameter["schema"]):
                self._right(operation, promised, parameter["schema"], {key: value})
            for node, keyword, value in self._cases.wrong(parameter["schema"]):
                self._wrong(operation, promised, node, keyword, {key: value})
        for kind, media in (promised.body or {"content": {}})["content"].items():
            if kind == MULTIPART:
                self._right(
                    operation,
                    promised,
                    media["schema"],
                    {("body", ""): _form(media["schema"], self.pair)},
                )
                continue
            for value in self._new(media["schema"], sent):
                self._right(operation, promised, media["schema"], {("body", ""): value})
            for node, keyword, value in self._cases.wrong(media["schema"]):
                if kind != URLENCODED or isinstance(value, dict):  # a form has only fields
                    self._wrong(operation, promised, node, keyword, {("body", ""): value})

    def _new(self, schema: Any, known: set[Item]) -> Iterator[Any]:
        """Yields the cases of a schema that cover something new."""
        for value in self._cases.of(schema):
            shown = set[Item]()
            self._met(schema, value, shown)
            if not shown <= known:
                yield value
                known |= shown

    def _right(self, operation: Operation, promised: Promised, schema: Any, given: Any) -> None:
        self.pair.anew()
        request = self._request(operation, given=given)
        assert self.pair.faults_of(promised, request) == set(), request.content
        answered = self._send(promised, request)
        known = len(self.record.twin)
        if answered < 400:
            self._let_in(promised, [name for place, name in given if place != "body"])
        for by in (self.record.twin, self.record.client):
            self._met(schema, next(iter(given.values())), by)
        if operation.machine and answered < 300 and len(self.record.twin) > known:
            self._look(operation.machine)

    def _wrong(
        self, operation: Operation, promised: Promised, node: Any, keyword: str, given: Any
    ) -> None:
        """Sends a value that a keyword forbids, if the client's types allow it."""
        (place, name), value = next(iter(given.items()))
        request = self._request(operation)
        if place == "body":
            content = _encoded(value, request.headers["content-type"])
            request = httpx.Request(request.method, request.url, headers={**request.headers, "content-length": str(len(content))}, content=content)  # fmt: skip
        elif place == "query":
            request = httpx.Request(request.method, request.url.copy_merge_params({name: value}), headers=request.headers, content=request.content)  # fmt: skip
        else:
            return
        if self.pair.faults_of(promised, request):
            self.pair.anew()
            assert 400 <= self._send(promised, request) < 500, (keyword, value)
            self.record.twin.add(("limit", f"{self._names[id(node)]} {keyword}"))

    # -- statuses ----------------------------------------------------------------------------------

    def _provoke(self, operation: Operation) -> None:
        """Sends each kind of invalid request, at moments when jobs are in several states."""
        promised = self._promised(operation)
        for wait in (0, HOUR // 20, 24 * HOUR):
            for wrong in self._wrongs(operation, promised):
                self.pair.anew()
                self.pair.sandbox.clock.advance(wait)
                for _ in range(2):  # a request that was valid once may conflict with itself
                    answer = self.pair.handle_request(wrong)
                    if answer.status_code in promised.responses:
                        self._answered(promised, answer)
        if 500 in promised.responses:
            self.pair.anew()
            self.pair.sandbox.clock = FailingClock()
            self._send(promised, self._request(operation))

        self._reuse(operation, promised)
        if not self.spec.jobs:
            self._control(operation, promised)

    def _reuse(self, operation: Operation, promised: Promised) -> None:
        """Sends two bodies by the same key, if the operation has keys."""
        if not (operation.creation and operation.creation.idempotency):
            return
        key = operation.creation.idempotency.key
        self.pair.anew()
        for media in (promised.body or {"content": {}})["content"].values():
            for body in self._cases.of(media["schema"])[:2]:
                given = {(key.place, key.name): "again", ("body", ""): body}
                self._send(promised, self._request(operation, given=given))

    def _control(self, operation: Operation, promised: Promised) -> None:
        """Controls a server that has a fault, a future job, and no room for another sandbox."""
        request = self._request(operation)
        elsewhere = _with(request, headers={**request.headers, "x-sandbox": "elsewhere"})
        too_long = _with(request)
        too_long.headers["content-length"] = str(10**9)
        vendor = next(spec for spec in SPECS if spec.jobs)
        machine = next(iter(vendor.jobs.values()))
        path = {"api": vendor.name, "machine": machine.name, "id": 9, "name": "elsewhere"}
        declared = {p["name"] for p in promised.parameters if p["in"] == "path"}
        given = {("path", name): value for name, value in path.items() if name in declared}
        for sent in (elsewhere, too_long, request, self._request(operation, given=given)):
            self.pair.anew()
            sandbox = self.pair.sandbox
            sandbox.set_limit(Limit(api=vendor.name, name="elsewhere", requests=1_000, every=HOUR))
            sandbox.add_fault(FaultRule(api=vendor.name, id="1", fault=Fault(hide=True)))
            sandbox.create(machine, at=sandbox.clock.now() + HOUR, id=9)
            self.pair.sandboxes.put("another", sandbox.sibling())
            if sent is not too_long or operation.body:
                self._send(promised, sent)

    def _wrongs(self, operation: Operation, promised: Promised) -> Iterator[httpx.Request]:
        right = self._request(operation)
        yield right
        yield _with(right, url=right.url.copy_add_param("unheard_of", "1"))
        secret = {c.field.lower() for c in self.spec.credentials.values()}
        keys = [c.field for c in self.spec.credentials.values() if c.place == "query"]
        bare = right.url.copy_with(
            params={k: v for k, v in right.url.params.items() if k not in keys}
        )
        yield _with(
            right, url=bare, headers={k: v for k, v in right.headers.items() if k not in secret}
        )
        prefix = self.pair.client.prefix if hasattr(self.pair.client, "prefix") else ""
        yield _with(
            right, headers={**right.headers, "authorization": f"{prefix} forbidden".strip()}
        )
        if operation.body:
            yield _with(right, content=b" " * 2**20 + b"  ")
            yield _with(right, headers={**right.headers, "content-type": "text/unheard-of"})
            yield _with(right, content=b"{")
        if made := operation.creation:
            for source in (made.credential, *(source for source, _ in made.accept)):
                if source:
                    yield self._request(operation, given={(source.place, source.name): "revoked"})
        for media in (promised.body or {"content": {}})["content"].values():
            for each in media.get("examples", {}).values():
                value = self.pair.promises.resolved(each)["value"]
                yield self._request(operation, given={("body", ""): value})
        if operation.machine is None:
            yield from self._controls(operation, promised)
        if operation.job_id and operation.job_id.place != "credential" and operation.machine:
            unknown = (
                10**9 if operation.machine.integer_ids else "00000000-0000-4000-8000-000000000000"
            )
            yield self._request(operation, unknown)

    def _controls(self, operation: Operation, promised: Promised) -> Iterator[httpx.Request]:
        """Yields requests about each sample of each twin, each case of the path and of the body."""
        declared = {(p["in"], p["name"]): p["schema"] for p in promised.parameters}
        given = [
            {key: value} for key, schema in declared.items() for value in self._cases.of(schema)
        ]
        for media in (promised.body or {"content": {}})["content"].values():
            given += [{("body", ""): body} for body in self._cases.of(media["schema"])]
        for spec in SPECS:
            for machine in spec.jobs.values():
                names = {"api": spec.name, "machine": machine.name}
                several = [{**names, "id": str(sample.id)} for sample in machine.samples]
                given += [{("path", name): each[name] for name in each} for each in several if ("path", "id") in declared]  # fmt: skip
        yield from (self._request(operation, given=each) for each in given)

    # -- responses ---------------------------------------------------------------------------------

    def _read(self, operation: Promised) -> None:
        """The client reads the cases of each response."""
        for status in operation.responses:
            for kind, schema in operation.content(status).items():
                name = self._names[id(self.pair.promises.resolved(schema))]
                if ("read", name) in self.record.client:
                    continue
                self.record.client.add(("read", name))
                for body in self._new(schema, self.record.client):
                    self._told(operation, status, kind, body)

    def _told(self, operation: Promised, status: int, kind: str, body: Any) -> None:
        content = body if kind.startswith("text/") else json.dumps(body)
        sent = httpx.Response(status, content=content, headers={"content-type": kind})
        read = self.pair.read(operation, sent)
        assert text(plain(read.parsed)) == text(body)
        self._met(operation.content(status)[kind], body, self.record.client)


@cache
def _kinds(ask: Callable[..., Any]) -> dict[str, Any]:
    """Returns the annotations of a generated function's parameters."""
    return {name: parameter.annotation for name, parameter in signature(ask).parameters.items()}


def _with(request: httpx.Request, **changes: Any) -> httpx.Request:
    made = {"url": request.url, "headers": dict(request.headers), "content": request.content, **changes}  # fmt: skip
    headers = {key: value for key, value in made["headers"].items() if key != "content-length"}
    return httpx.Request(request.method, made["url"], headers=headers, content=made["content"])


def _encoded(value: Any, kind: str) -> bytes:
    return urlencode(value).encode() if kind == URLENCODED else json.dumps(value).encode()


def _form(schema: Any, pair: Pair) -> dict[str, str]:
    return dict.fromkeys(pair.promises.resolved(schema)["properties"], "")


# -- machines --------------------------------------------------------------------------------------


def _of_machine(machine: Machine) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    found["state"] |= set(machine.states)
    found["scenario"] |= set(machine.scenarios)
    for each in machine.transitions:
        event = (each.event or "") if not machine.rules else ""
        found["transition"] |= {_change(s, each.to or s, event) for s in each.sources if each.to or not machine.rules}  # fmt: skip
    return found


def _change(before: str, after: str, event: str) -> str:
    return f"{before} → {after}" + (f" by {event}" if event else "")


def _all_parts(machine: Machine, depth: int = 2) -> Iterator[Any]:
    """Yields None for the scenario's own parts, then each scenario of each kind of part, and pairs."""
    yield None
    for name, part in machine.parts.items():
        several = [
            PartBirth(scenario=scenario, parts=inner or {})
            for scenario in part.scenarios
            for inner in _all_parts(part, depth - 1)
        ]
        yield from ({name: [each]} for each in several)
        if not part.parts:
            yield from ({name: list(two)} for two in combinations(several, 2))


def _orders(operation: Operation) -> Iterator[Any]:
    """Yields values that choose the event of an operation, each time another."""
    source = operation.command and operation.command.source
    for value in operation.command.events if operation.command else (None,):
        yield {(source.place, source.name): value} if source else {}


def _states(view: JobView) -> Iterator[str]:
    """Yields the state of a job and of all its parts."""
    yield view.state.name
    for name in view.timeline.parts:
        for part in view.parts(name):
            yield from _states(part)


# -- keywords --------------------------------------------------------------------------------------


def _valued(spec: Spec) -> Iterator[str]:
    """Yields the places of all schemas with a value, except objects of their properties."""
    shown = [r.shown for o in spec.operations for r in o.responses.values()]
    shown += [error.shown for o in spec.operations for error in o.errors.values()]
    todo = [each for each in shown if each]
    while todo:
        each = todo.pop()
        if isinstance(each.value, Object):
            todo += each.value.properties.values()
        elif each.value not in (None, Const(None)):  # null: omitted from each response
            yield each.place
            todo += [each.value.item] if isinstance(each.value, Each) else []


def _keywords(node: Mapping[str, Any]) -> Iterator[Item]:
    """Yields the keywords of a schema, each with its kind."""
    for value in node.get("enum", ()):
        if value is not None:
            yield "enum value", f" {value}"
    for keyword in LIMITS:
        if keyword in node and node.get("format") != "binary":
            yield "limit", f" {keyword}"
    if node.get("nullable"):
        yield "nullable", ""
    for name in node.get("properties", {}):
        yield "property", f".{name}"


def _shown(node: Mapping[str, Any], value: Any) -> Iterator[Item]:
    """Yields the keywords of a schema that a value covers."""
    if value is None:
        yield "nullable", ""
        if node.get("enum") == [None]:
            yield "value", ""
        return
    yield "value", ""
    if "enum" in node:
        yield "enum value", f" {value}"
    for keyword in LIMITS:
        if keyword in node and _at_limit(node[keyword], keyword, value):
            yield "limit", f" {keyword}"
    for name in value if isinstance(value, dict) else ():
        yield "property", f".{name}"


def _at_limit(limit: Any, keyword: str, value: Any) -> bool:
    if keyword in ("pattern", "format"):
        return True
    return bool((len(value) if isinstance(value, str | list | dict) else value) == limit)
