"""Every scenario runs to its end, read by the client generated from its spec."""

import asyncio
import importlib
import inspect
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_python_client.strings import ClassName, PythonIdentifier

from jobtwin.http import base_path, create_app
from jobtwin.lifecycle import JobView, Machine, Moment, Timeline
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation, RequestSource
from jobtwin.openapi.values import Each, Object, Shown
from jobtwin.openapi.values import Path as ValuePath
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from tests.asgi import respond
from tests.both.pair import plain, text
from tests.loaded import loaded
from tests.sampling import fast_every

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
SPECS = [*loaded(), *loaded(FIFTH)]


class Blocking(httpx.BaseTransport):
    """Sends the requests of a synchronous client to an ASGI application."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answers one request."""
        return respond(self._app, request)


@cache
def served(spec: Spec) -> tuple[ManualClock, Sandbox, Any]:
    """Returns a spec's clock, sandbox and application; cached, as connexion is slow to start."""
    clock = ManualClock()
    sandbox = Sandbox(spec.jobs.values(), Setup(clock, empty=True))
    return clock, sandbox, create_app([spec], sandbox)


class WalkedTwin:
    """A served spec on a clock moved by hand, and the client generated from the spec."""

    def __init__(self, spec: Spec, way: str) -> None:
        self.spec = spec
        self.way = way
        self.clock, self.sandbox, app = served(spec)
        self.sandbox.reset()
        self.client = self._client(httpx.ASGITransport(app) if way == "async" else Blocking(app))

    def _client(self, transport: Any) -> Any:
        """Returns the generated client, with credentials for the spec's first security scheme."""
        package = importlib.import_module(f"jobclients.{self.spec.name}")
        offered = next((o.security[0] for o in self.spec.operations if o.security), {})
        chosen = [self.spec.credentials[name] for name in offered]
        sent = {c.field: c.const or c.example for c in chosen if c.place == "header"}
        in_query = {c.field: c.example for c in chosen if c.place == "query"}
        settings = {
            "base_url": f"http://twin{base_path(self.spec)}",
            "httpx_args": {"transport": transport, "params": in_query},
        }
        if not sent:
            return package.Client(**settings)
        field, token = next(iter(sent.items()))
        prefix = {"bearer": "Bearer", "basic": "Basic"}.get(chosen[0].kind, "")
        return package.AuthenticatedClient(
            token=token, prefix=prefix, auth_header_name=field, headers=sent, **settings
        )

    # -- jobs ------------------------------------------------------------------------------------

    def born(self, machine: Machine, scenario: str, at: Moment | None = None) -> StoredJob:
        """Returns a new job of this scenario."""
        chosen = machine.scenarios[scenario]
        asked = {name: some[0] for name, some in chosen.when.items() if name not in chosen.facts}
        return self.sandbox.create(machine, scenario=scenario, facts=asked, at=at)

    def moments(self, job: StoredJob) -> Iterator[JobView]:
        """Yields the job at birth, and just before and at each moment of a change.

        Loops are repeated twice.
        """
        yield JobView(job.timeline, self.clock.now())
        for _ in range(2 * _milestones(job.timeline) + len(job.record.scenario.spawns)):
            due = _due(job, self.clock.now())
            if due is None:
                break
            for moment in (due - 1, due):
                self.clock.advance(moment - self.clock.now())
                yield JobView(job.timeline, moment)

    def state(self, machine: Machine, number: str | int) -> str | None:
        """Returns the state of a job by the engine, or None if there is no such job."""
        job = self.sandbox.find(machine, number)
        return JobView(job.timeline, self.clock.now()).state.name if job else None

    # -- calls -----------------------------------------------------------------------------------

    def call(self, operation: Operation, job: StoredJob, command: Any = None) -> Any:
        """Calls the generated function and returns its detailed response."""
        tag = PythonIdentifier(self._node(operation).get("tags", ["default"])[0], "tag")
        name = PythonIdentifier(operation.id, "field_")
        endpoint = importlib.import_module(f"jobclients.{self.spec.name}.api.{tag}.{name}")
        arguments = _arguments(endpoint.sync_detailed, operation, job, command)
        if self.way == "async":
            return asyncio.run(endpoint.asyncio_detailed(client=self.client, **arguments))
        return endpoint.sync_detailed(client=self.client, **arguments)

    def models(self, operation: Operation, status: int) -> set[type]:
        """Returns the generated classes for the body of a response."""
        schema = self._schema(operation, status)
        names = [
            each["$ref"].rpartition("/")[2]
            for each in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ()))
            if "$ref" in each
        ]
        models = importlib.import_module(f"jobclients.{self.spec.name}.models")
        return {getattr(models, ClassName(name, "field_")) for name in names} or {type(None)}

    def seen(self, operation: Operation, response: Any, job: StoredJob) -> dict[str | int, str]:
        """Returns the state of each job in a response, by id."""
        declared, body = operation.response(response.status_code), plain(response.parsed)
        shown = declared.shown if declared else None
        states = list(_told("state", shown, body))
        ids = list(_told("id", shown, body)) or [job.record.id]
        return dict(zip(ids, states, strict=True)) if states else {}

    def _node(self, operation: Operation) -> Any:
        return self.spec.document.written["paths"][operation.path][operation.method.lower()]

    def _schema(self, operation: Operation, status: int) -> Any:
        response = self.spec.document.resolve(self._node(operation)["responses"][str(status)])
        return next((media["schema"] for media in response.get("content", {}).values()), {})


def _told(path: str, shown: Shown | None, body: Any) -> Iterator[Any]:
    """Yields the values of this path that a body shows for jobs, not for their parts."""
    value = shown and shown.value
    if isinstance(value, ValuePath) and value.text == path:
        yield body
    elif isinstance(value, Each) and value.over in ("jobs", "self"):
        for item in body:
            yield from _told(path, value.item, item)
    elif isinstance(value, Object):
        for name, child in value.properties.items():
            if name in body:
                yield from _told(path, child, body[name])


def _milestones(timeline: Timeline) -> int:
    parts = (part for parts in timeline.parts.values() for part in parts)
    return len(timeline.schedule.milestones) + sum(map(_milestones, parts))


def _due(job: StoredJob, now: Moment) -> Moment | None:
    """Returns the moment of the job's next planned change or spawn."""
    entered = {
        milestone.state.name: milestone.at
        for milestone in reversed(job.timeline.schedule.milestones)
        if milestone.entered
    }
    spawns = [spawn for spawn in job.record.scenario.spawns if spawn.state in entered]
    births = [job.record.at + entered[spawn.state] + spawn.after for spawn in spawns]
    due = [
        moment for moment in (JobView(job.timeline, now).due, *births) if moment and moment > now
    ]
    return min(due, default=None)


def _planned(job: StoredJob, now: Moment) -> list[str]:
    """Returns the past states of a job by its schedule; states without duration are omitted."""
    schedule = job.timeline.schedule
    milestones = [schedule[i] for i in range(schedule.index(now - job.record.at) + 1)]
    lasting = [milestone for milestone, after in pairwise(milestones) if after.at > milestone.at]
    return _in_turn([milestone.state.name for milestone in (*lasting, milestones[-1])])


def _in_turn(states: list[str]) -> list[str]:
    return [state for state, _ in groupby(states)]


def _arguments(ask: Any, operation: Operation, job: StoredJob, command: Any) -> dict[str, Any]:
    """Returns the function's arguments: id and command where the spec has them, else any text."""
    kinds = {name: p.annotation for name, p in inspect.signature(ask).parameters.items()}
    given = {operation.job_id: job.record.id}
    if operation.command and operation.command.source:
        given[operation.command.source] = command
    made = dict[str, Any]()
    for parameter in operation.parameters:
        source = RequestSource(parameter.place, parameter.name)
        if parameter.required or source in given:
            name = str(PythonIdentifier(parameter.name, "field_"))
            made[name] = kinds[name](given.get(source, parameter.example or "anything"))
    if body := {s.name: value for s, value in given.items() if s and s.place == "body"}:
        made["body"] = kinds["body"].from_dict(body)
    return made


def assert_lossless(response: Any) -> None:
    """The client's values equal those in the response; `1`, `1.0` and `true` differ."""
    wire = json.loads(response.content) if response.content else None

    assert text(plain(response.parsed)) == text(wire)


def reads(spec: Spec, machine: Machine) -> list[Operation]:
    """Returns the operations that read or list jobs in any state, but not the caller's session."""
    operations = [o for o in spec.operations if o.machine is machine]
    own = [o for o in operations if o.job_id and o.job_id.place == "credential"]
    return [o for o in operations if o.does in ("read", "list") and o not in own and _always(o)]


def _always(operation: Operation) -> bool:
    """True if every answer is JSON with the same status, regardless of the job's state."""
    answers = [answer for _, answer in operation.answers]
    return all(each.is_json and each.status == operation.answer.status for each in answers)


def _walks() -> Iterator[Any]:
    for spec in SPECS:
        for machine in spec.jobs.values():
            several = [machine.name] if len(spec.jobs) > 1 else []
            for scenario in machine.scenarios if reads(spec, machine) else ():
                name = "-".join([spec.name, *several, scenario])
                yield pytest.param(spec, machine, scenario, id=name)


def _commands() -> Iterator[Any]:
    for spec in SPECS:
        for operation in spec.operations:
            own = operation.job_id and operation.job_id.place == "credential"
            if operation.does != "event" or not operation.command or own:
                continue
            for value in operation.command.events:
                name = "-".join([spec.name, operation.id, *([value] if value else [])])
                yield pytest.param(spec, operation, value, id=name)


@pytest.fixture
def twin(request: pytest.FixtureRequest, spec: Spec, way: str) -> WalkedTwin:
    """Serves the spec."""
    if spec.name in [path.stem for path in FIFTH]:
        request.getfixturevalue("fifth")
    return WalkedTwin(spec, way)


ways = pytest.mark.parametrize("way", ["sync", "async"])


@ways
@pytest.mark.parametrize(("spec", "machine", "scenario"), fast_every(3, _walks()))
def test_walk(twin: WalkedTwin, machine: Machine, scenario: str) -> None:
    """The client reads a job from its first state to its last without losing a value."""
    job = twin.born(machine, scenario)
    lived = list[str]()

    for view in twin.moments(job):
        for operation in reads(twin.spec, machine):
            response = twin.call(operation, job)
            seen = twin.seen(operation, response, job)

            assert response.status_code == operation.answer.status
            assert_lossless(response)
            assert seen == {number: twin.state(machine, number) for number in seen}
            lived += [seen[job.record.id]] if job.record.id in seen else []
        assert lived[-1] == view.state.name

    assert _in_turn(lived) == _planned(job, twin.clock.now())
    assert (
        job.timeline.schedule.loop is not None
        or lived[-1] == job.timeline.schedule.milestones[-1].state.name
    )


@ways
@pytest.mark.parametrize(("spec", "operation", "command"), fast_every(6, _commands()))
def test_command(twin: WalkedTwin, operation: Operation, command: str | None) -> None:
    """In each state, a command does what the machine allows, or is refused as documented."""
    assert operation.machine
    assert operation.command
    event, machine = operation.command.events[command], operation.machine
    done = 0

    for scenario in machine.scenarios:
        scout, met = twin.born(machine, scenario), set[str]()
        for view in twin.moments(scout):
            if view.state.name in met:
                continue
            met.add(view.state.name)
            job = twin.born(machine, scenario, at=scout.record.at)
            taken = machine.on(view.state.name, event, view.facts()) if view.allows(event) else None
            status = (
                operation.answer if taken else operation.errors["illegal_event"].answer
            ).status

            response = twin.call(operation, job, command)

            after = JobView(job.timeline, twin.clock.now())
            assert response.status_code == status
            assert type(response.parsed) in twin.models(operation, status)
            assert_lossless(response)
            assert [e.name for e in job.events] == ([event] if taken else [])
            assert machine.rules or after.state.name == ((taken and taken.to) or view.state.name)
            for read in reads(twin.spec, machine) if taken else ():
                assert_lossless(twin.call(read, job))
            done += taken is not None

    assert done


@pytest.mark.parametrize("way", ["sync"])
@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.jobs], ids=lambda spec: spec.name)
def test_states(spec: Spec, twin: WalkedTwin) -> None:
    """Every state of every machine, of jobs and parts, occurs in the walk of a named scenario."""
    seen = defaultdict[str, set[str]](set)

    for machine in spec.jobs.values():
        for scenario in machine.scenarios:
            for view in twin.moments(twin.born(machine, scenario)):
                for each in _tree(view):
                    seen[each.timeline.machine.name].add(each.state.name)

    assert {
        name: machine.states.keys() - seen[name] for name, machine in spec.machines.items()
    } == {name: set() for name in spec.machines}


def _tree(view: JobView) -> Iterator[JobView]:
    yield view
    for name in view.timeline.parts:
        for part in view.parts(name):
            yield from _tree(part)
