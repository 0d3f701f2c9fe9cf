"""What a spec lets in is answered as it says; what it forbids is refused (by schemathesis).

Every operation of every spec: documented examples, boundary values, then values at random, right and
wrong ones. Each request comes seven seconds after the last, so that jobs are met in all their states.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.http import Settings, base_path, create_app
from mockserver.spec import Spec, load_all
from mockserver.spec.operations import Operation
from mockserver.world import ManualClock, Sandbox

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
SPECS = [*load_all(), *load_all(FIFTH)]
OPERATIONS = [
    pytest.param(spec, operation, id=f"{spec.name}-{operation.id}")
    for spec in SPECS
    for operation in spec.operations
]
LINKED = [
    pytest.param(spec, id=spec.name)
    for spec in SPECS
    if any(operation.does in ("list", "create", "clone") for operation in spec.operations)
    and any(operation.job_id for operation in spec.operations)
]
CREDENTIALS = [
    credential.example
    for spec in SPECS
    for credential in spec.credentials.values()
    if credential.example
]
UNIT_PHASES = ("examples", "coverage", "fuzzing")
WORLDLY = ("illegal_event", "conflict", "unknown_target", "not_understood")
"""Situations in which the state of the world, not its form, is what is wrong with a request."""


def _serve(specs: tuple[Spec, ...]) -> tuple[ASGIApp, Sandbox]:
    machines = [machine for spec in specs for machine in spec.jobs.values()]
    sandbox = Sandbox(machines, ManualClock())
    return create_app(specs, sandbox, Settings(credentials=CREDENTIALS)), sandbox


serve = cache(_serve)
"""An application and its world; made once for a vendor, since it takes a while."""


class World:
    """A spec and its twin as schemathesis sees them: one operation, or what they are together."""

    def __init__(self, spec: Spec, operation: Operation | None = None) -> None:
        app, sandbox = serve((spec,)) if spec.jobs else _serve(tuple(SPECS))  # all that it controls
        clock = sandbox.clock = ManualClock()
        sandbox.reset()
        data = _with_ids(spec) if operation else _copied(spec)
        phases = UNIT_PHASES if operation else ("stateful",)
        schema = schemathesis.openapi.from_dict(data, config=_config(spec, phases))
        schema.app = _moving(app, clock)
        schema.hook("filter_failure")(_counts(spec))
        self._schema = schema.include(operation_id=operation.id) if operation else schema
        self.statuses: set[int] = set()

    def complaints(self) -> Iterator[str]:
        """Run everything; each complaint with the request that it is about."""
        for event in from_schema(self._schema).execute():
            if isinstance(event, events.NonFatalError):
                yield f"{event.label}: {event.info.title}: {event.info.message}"
            elif isinstance(event, events.ScenarioFinished):
                self.statuses |= {
                    interaction.response.status_code
                    for interaction in event.recorder.interactions.values()
                    if interaction.response
                }
                yield from _failures(event.recorder)


def _failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        for check in checks:
            if info := check.failure_info:
                said = f"{response.status_code} {response.text[:500]}" if response else "nothing"
                yield f"{check.name}: {info.failure}\n{info.code_sample}\nanswered {said}\n"


def _config(spec: Spec, phases: tuple[str, ...]) -> SchemathesisConfig:
    settings: dict[str, Any] = {
        "base-url": f"http://twin{base_path(spec)}",
        "seed": 1,
        "generation": {
            "max-examples": 20 if phases == UNIT_PHASES else 12,
            "deterministic": True,
            "database": "none",
        },
        "phases": {name: {"enabled": name in phases} for name in (*UNIT_PHASES, "stateful")},
    }
    if spec.credentials:
        settings["auth"] = {"openapi": _credentials(spec)}
    return SchemathesisConfig.from_dict(settings)


def _credentials(spec: Spec) -> dict[str, dict[str, str]]:
    shapes = {"basic": ("username", {"password": ""}), "bearer": ("bearer", {})}
    made = {}
    for name, scheme in spec.credentials.items():
        key, rest = shapes.get(scheme.kind, ("api_key", {}))
        made[name] = {key: scheme.const or scheme.example or "", **rest}
    return made


def _copied(spec: Spec) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(spec.document.data))
    return data


def _with_ids(spec: Spec) -> dict[str, Any]:
    """The spec, with the ids of its samples, and one never given out, as examples of ids."""
    data = _copied(spec)
    ids: dict[tuple[str, str], list[str | int]] = {}
    for operation in spec.operations:
        if (source := operation.job_id) and (machine := operation.machine):
            unknown = 10**9 if machine.integer_ids else str(UUID(int=0, version=4))
            known = ids.setdefault((source.place, source.name), [unknown])
            known += [sample.id for sample in machine.samples]
    for node in _nodes(data):
        if given := ids.get((str(node.get("in")), str(node.get("name")))):
            node["examples"] = {str(value): {"value": value} for value in given}
    return data


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from _nodes(child)


def _moving(app: ASGIApp, clock: ManualClock) -> ASGIApp:
    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        clock.advance(7_000_000)
        await app(scope, receive, send)

    return moved


def _counts(spec: Spec) -> Any:
    """What tells whether a failure counts."""
    operations = {operation.id: operation for operation in spec.operations}
    deletes = any(operation.does == "delete" for operation in spec.operations)

    def filter_failure(
        _: HookContext, failure: Failure, case: Case[Any], response: Response
    ) -> bool:
        if isinstance(failure, RejectedPositiveData):  # right, but the job's state forbids it
            operation = operations[case.operation.definition.raw["operationId"]]
            return not _worldly(operation, response)
        if isinstance(failure, UseAfterFree):  # a DELETE that calls a job off leaves its record
            return deletes
        return True

    return filter_failure


def _worldly(operation: Operation, response: Response) -> bool:
    for situation in WORLDLY:
        error = operation.errors.get(situation)
        if error and error.answer.status == response.status_code:
            text = re.escape(json.dumps(error.message, ensure_ascii=False)[1:-1])
            if re.search(re.sub(r"\\\{\w+\\\}", ".*", text), response.text, re.DOTALL):
                return True
    return False


@pytest.mark.parametrize(("spec", "operation"), OPERATIONS)
def test_operation(spec: Spec, operation: Operation) -> None:
    """Right requests are answered as the spec says, wrong ones are refused as it says."""
    world = World(spec, operation)

    assert list(world.complaints()) == []
    assert operation.answer.status in world.statuses
    if operation.job_id:
        assert operation.errors["unknown_job"].answer.status in world.statuses


@pytest.mark.parametrize("spec", LINKED)
def test_sequences(spec: Spec) -> None:
    """What one operation answers is good for asking the next."""
    world = World(spec)

    assert list(world.complaints()) == []
    if not world.statuses:
        pytest.skip("schemathesis does not see what leads where")
    assert min(world.statuses) < 300
