"""Runs a spec: calls each operation in each state of each scenario, and reports failures."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from jobtwin.http import CONTROL
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec, load, spec_folder
from jobtwin.openapi.checks.walks import assumed_facts
from jobtwin.openapi.made import Maker, NoValue
from jobtwin.openapi.made_requests import MadeRequest
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.pointer import pointer
from jobtwin.sandboxes import Sandbox, StoredJob
from jobtwin.testing.api import Api
from jobtwin.testing.host import Host, hosted

_MOST = 40
"""The maximum number of milestones per scenario; repeating jobs have infinitely many."""

Found = tuple[str, str]
"""The pointer of an operation, and its mistake."""

_Failure = tuple[str, str, str]
"""The same, with when in between."""

_WITHOUT = " without the optional properties"
_UNTRIED = "was not tried: no valid request could be generated"


def play(spec: Spec) -> Iterator[Found]:
    """Yields the operations that fail on the twin of a spec, each once, with the reason."""
    known: dict[Found, list[str]] = {}
    with _quiet() as said, hosted([spec, load(spec_folder() / f"{CONTROL}.yaml")]) as host, host.sandbox("check") as twin:  # fmt: skip
        stage = _Stage(spec, host, twin[spec.name], said)
        for place, when, why in (*_jobs_played(stage), *_others_played(stage)):
            known.setdefault((place, why), []).append(when)
    for (place, why), whens in known.items():
        more = len(set(whens)) - 1
        told = f" {whens[0]}{f' and {more} more' if more else ''}" if whens[0] else ""
        yield place, why if why == _UNTRIED else f"cannot be answered{told}: {why}"


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Yields the server's log messages instead of logging them."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]  # of this one alone
    log = logging.getLogger("jobtwin")
    before, log.propagate = log.propagate, False
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)
        log.propagate = before


@dataclass(frozen=True)
class _Stage:
    """A served spec, and its log messages."""

    spec: Spec
    host: Host
    api: Api
    said: list[str]
    items: Mapping[str, Any] = field(init=False)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        client = httpx.Client(transport=self.host.transport, base_url=self.api.url, headers=self.api.headers, params=self.api.params)  # fmt: skip
        object.__setattr__(self, "client", client)
        object.__setattr__(self, "items", self.spec.document.data["paths"])

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox of this run."""
        return self.host.found("check")

    def request(
        self,
        at: tuple[str, str],
        given: Sequence[tuple[str, str, Any]] = (),
        *,
        least: bool = False,
    ) -> MadeRequest:
        """Returns a request to an operation. Raises NoValue if none fits."""
        (path, method), document = at, self.spec.document
        maker = Maker(document, self.spec.schemas)
        return MadeRequest.of(document, maker, (path, method, self.items[path]), given, least=least)

    def ask(self, method: str, request: MadeRequest, scenario: str = "") -> tuple[int, str]:
        """Sends a request; returns the status, and the reason of a failure."""
        sent = request.sent()
        if scenario:
            sent["headers"]["Prefer"] = f"scenario={scenario}"
        self.said.clear()
        answer = self.client.request(method.upper(), request.path, **sent)
        return answer.status_code, "; ".join(self.said)


# -- operations about jobs -------------------------------------------------------------------------


def _jobs_played(stage: _Stage) -> Iterator[_Failure]:
    for machine in stage.spec.jobs.values():
        operations = [o for o in stage.spec.operations if o.machine is machine and not o.within]
        for scenario in machine.scenarios:
            yield from _played(stage, machine, scenario, operations)


def _ways(stage: _Stage, create: Operation) -> Sequence[bool]:
    """Returns whether to send only what is required: no, and yes where there is more."""
    return (False, True) if _has_options(stage, create) else (False,)


def _played(
    stage: _Stage, machine: Machine, scenario: str, operations: Sequence[Operation]
) -> Iterator[_Failure]:
    """Runs one scenario: first the creating operations, then the others in each state."""
    start = stage.sandbox.snapshot()
    for create in (o for o in operations if o.does == "create"):
        for least in _ways(stage, create):
            when = f"for the scenario {scenario}{_WITHOUT if least else ''}"
            yield from _tried(stage, create, when, (), scenario, least=least)
            stage.sandbox.restore(start)
    yield from _in_each_state(stage, machine, scenario, operations)
    stage.sandbox.restore(start)


def _has_options(stage: _Stage, create: Operation) -> bool:
    """Returns True if a request can leave out some properties of its body."""
    at = create.path, create.method.lower()
    try:
        return bool(stage.request(at, least=True).body != stage.request(at).body)
    except NoValue:
        return False


def _in_each_state(
    stage: _Stage, machine: Machine, scenario: str, operations: Sequence[Operation]
) -> Iterator[_Failure]:
    facts = assumed_facts(machine.scenarios[scenario])
    job = stage.sandbox.create(machine, scenario=scenario, facts=facts)
    _remove_faults(stage.sandbox)
    about = [(o, _named(o, job.record.id)) for o in operations if o.does != "create"]
    for state in _states(stage.sandbox, job):
        for operation, given in about:
            if given is not None:
                yield from _tried(stage, operation, f"in the state {state}", given)


def _remove_faults(sandbox: Sandbox) -> None:
    """Removes the faults of a scenario, which break responses on purpose."""
    for each in [*sandbox.faults]:
        sandbox.remove_fault(each.rule.id)


def _states(sandbox: Sandbox, job: StoredJob) -> Iterator[str]:
    """Moves the clock to each change of a job, and yields the states, each once."""
    seen = set[str]()
    for milestone in job.timeline.schedule.milestones[:_MOST]:
        sandbox.clock.advance(max(0, job.record.at + milestone.at - sandbox.clock.now()))
        state = job.view(sandbox.clock.now()).state.name
        if state not in seen:
            seen.add(state)
            yield state


def _named(operation: Operation, job: str | int) -> list[tuple[str, str, Any]] | None:
    """Returns the job's ID in its place in the request, or None if the operation needs another job's."""
    source = operation.job_id
    if source is None:
        return [] if operation.does == "list" else None
    return [(source.place, source.name, job)] if source.place != "credential" else None


def _tried(  # noqa: PLR0913 - a request has that many sources
    stage: _Stage,
    operation: Operation,
    when: str,
    given: Sequence[tuple[str, str, Any]],
    scenario: str = "",
    *,
    least: bool = False,
) -> Iterator[_Failure]:
    """Calls an operation, and undoes its changes."""
    before = stage.sandbox.snapshot() if operation.method != "GET" else None
    try:
        at = operation.path, operation.method.lower()
        status, why = stage.ask(at[1], stage.request(at, given, least=least), scenario)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            yield operation.place, when, _short(why)
    except NoValue:
        yield operation.place, when, _UNTRIED
    finally:
        if before is not None:
            stage.sandbox.restore(before)


def _short(why: str) -> str:
    """Returns the reason in a log line, without the operation's name."""
    return re.sub(r"^answered 500 [^:]*: [^:]*: |^[^:]*: ", "", why) or "it failed"


# -- all others ------------------------------------------------------------------------------------


def _others_played(stage: _Stage) -> Iterator[_Failure]:
    for unbound in stage.spec.unbound.values():
        method = unbound.method.lower()
        place = pointer(["paths", unbound.path, method])
        try:
            status, why = stage.ask(method, stage.request((unbound.path, method)))
        except NoValue:
            yield place, "", _UNTRIED
            continue
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            yield place, "", _short(why)
