"""Specs for schemathesis: with existing ids, credentials and the relevant checks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.openapi.checks import (
    EnsureResourceAvailability,
    RejectedPositiveData,
    UseAfterFree,
)

from jobtwin.http import base_path
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from tests.twins import BLOCKING, SEVEN_SECONDS, SPECS, Ear, Wrap, serve

EXCESS = re.compile(r"is an integer of more than 64 bits|is nested deeper than \d+ levels")
"""The reasons given for a value that no response can show, even if its schema allows it."""
UNIT_PHASES = ("examples", "coverage", "fuzzing")
WORLDLY = ("illegal_event", "conflict", "unknown_target", "not_understood")
"""Situations in which a request is refused because of the world's state, not its own form."""


@schemathesis.check
def possible_life(_context: Any, _response: Response, case: Case[Any]) -> None:
    """The oracle as a check: all responses together must fit a possible life of a job."""
    app = case.operation.schema.app
    if isinstance(app, Ear) and (found := app.drain()):
        raise AssertionError("\n".join(map(str, found)))


class ServedSpec:
    """A spec and its twin for schemathesis: one operation, or all operations together."""

    def __init__(  # noqa: PLR0913  # all are options of one run
        self,
        spec: Spec,
        operation: Operation | None = None,
        *,
        examples: int | None = None,
        seed: int | None = None,
        steps: Iterator[int] = SEVEN_SECONDS,
        wrap: Wrap | None = None,
    ) -> None:
        # A spec without jobs controls the jobs of all the others.
        app, sandbox = serve([spec] if spec.jobs else SPECS)
        data = _with_ids(spec) if operation else _copied(spec)
        phases = UNIT_PHASES if operation else ("stateful",)
        config = _config(spec, phases, examples or (20 if operation else 12), seed)
        loaded = schemathesis.openapi.from_dict(data, config=config)
        schema: Any = loaded.exclude(operation_id=[*BLOCKING])
        schema.app = self.ear = Ear(
            wrap(app) if wrap else app, sandbox.clock, spec if spec.jobs else None, steps
        )
        forgets = steps is not SEVEN_SECONDS and any(m.keep for m in spec.jobs.values())
        schema.hook("filter_failure")(_counts(spec, forgets=forgets))
        self._schema = schema.include(operation_id=operation.id) if operation else schema
        self.statuses: set[int] = set()
        self.checks: set[str] = set()

    def complaints(self) -> Iterator[str]:
        """Run everything; yields each complaint with its request."""
        for event in from_schema(self._schema).execute():
            if isinstance(event, events.NonFatalError):
                yield f"{event.label}: {event.info.title}: {event.info.message}"
            elif isinstance(event, events.ScenarioFinished):
                self.statuses |= {
                    interaction.response.status_code
                    for interaction in event.recorder.interactions.values()
                    if interaction.response
                }
                self.checks |= {c.name for cs in event.recorder.checks.values() for c in cs}
                yield from _failures(event.recorder)

    def first_word(self) -> str | None:
        """Returns the first check to fail, except the oracle; None if none fails."""
        for event in from_schema(self._schema).execute():
            if isinstance(event, events.NonFatalError):
                return event.info.title
            if isinstance(event, events.ScenarioFinished):
                checks = [check for made in event.recorder.checks.values() for check in made]
                failed = [check.name for check in checks if check.failure_info]
                if others := [name for name in failed if name != possible_life.__name__]:
                    return others[0]
        return None


def _failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        for check in checks:
            if info := check.failure_info:
                said = f"{response.status_code} {response.text[:500]}" if response else "nothing"
                yield f"{check.name}: {info.failure}\n{info.code_sample}\nanswered {said}\n"


def _config(
    spec: Spec, phases: tuple[str, ...], examples: int, seed: int | None
) -> SchemathesisConfig:
    settings: dict[str, Any] = {
        "base-url": f"http://twin{base_path(spec)}",
        "seed": seed or 1,
        "generation": {
            "mode": "all",
            "max-examples": examples,
            "deterministic": seed is None,
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
    data: dict[str, Any] = json.loads(json.dumps(spec.document.written))
    return data


def _with_ids(spec: Spec) -> dict[str, Any]:
    """Returns the spec, with its samples' ids, and an unknown one, as examples of ids."""
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


def _counts(spec: Spec, *, forgets: bool) -> Any:
    """Returns a hook that is true if a failure counts.

    A vendor that `forgets` keeps jobs for a while only, which may pass between two requests.
    """
    operations = {operation.id: operation for operation in spec.operations}
    deletes = any(operation.does == "delete" for operation in spec.operations)

    def filter_failure(
        _: HookContext, failure: Failure, case: Case[Any], response: Response
    ) -> bool:
        if isinstance(failure, RejectedPositiveData):  # valid, but the job's state forbids it
            operation = operations[case.operation.definition.raw["operationId"]]
            return not (_worldly(operation, response) or EXCESS.search(response.text))
        if isinstance(failure, UseAfterFree):  # a DELETE that cancels a job leaves its record
            return deletes
        return not (forgets and isinstance(failure, EnsureResourceAvailability))

    return filter_failure


def _worldly(operation: Operation, response: Response) -> bool:
    for situation in WORLDLY:
        error = operation.errors.get(situation)
        if error and error.answer.status == response.status_code:
            text = re.escape(json.dumps(error.message, ensure_ascii=False)[1:-1])
            if re.search(re.sub(r"\\\{\w+\\\}", ".*", text), response.text, re.DOTALL):
                return True
    return False
