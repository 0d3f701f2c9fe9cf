"""Records the twins' responses: `python -m tests.recorded.record [NAME…]`. Explain each change.

For each scenario, a job of its own is followed from change to change, and half-way between; every
command is sent in every state; lists are read with every filter; and invalid requests are sent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jobtwin.http import base_path
from jobtwin.lifecycle import Machine, Scenario
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from tests.recorded.plays import FOLDER, SPECS, Asked, RecordedSandbox, fixed_ids, play_name, stored

MOMENTS = 24
"""Enough for each endless cycle to be completed once."""
UNKNOWN = {True: "999999", False: "0b1e55ed-0000-4000-8000-999999999999"}


class SpecRecorder:
    """Records one spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.fixed = fixed_ids(spec)
        self.plays: dict[str, Any] = {}
        self._commanded_in = set[tuple[str, str]]()
        self._steps: list[dict[str, Any]] = []
        self._stage = RecordedSandbox(self.fixed, empty=True)

    def whole(self) -> Mapping[str, Any]:
        """Returns every play of the spec."""
        self._samples()
        self._refusals()
        for machine in self.spec.jobs.values():
            for scenario in machine.scenarios:
                self._scenario(machine, scenario)
        for operation in self.spec.operations:
            if operation.does in ("create", "clone"):
                self._created(operation)
        return self.plays

    # -- plays -------------------------------------------------------------------------------------

    def _begin(self, *, empty: bool) -> None:
        self._stage, self._steps = RecordedSandbox(self.fixed, empty=empty), []

    def _end(self, name: str, *, empty: bool) -> None:
        self.plays[name] = {"empty": empty, "steps": self._steps}

    def _ask(self, asked: Asked) -> int:
        status, said, body = self._stage.ask(asked)
        self._steps.append({"ask": list(asked), "answer": [status, said, body]})
        return status

    def _advance(self, seconds: float) -> None:
        self._steps.append({"advance": seconds})
        self._stage.advance(seconds)

    def _job(self, machine: Machine, scenario: str) -> str:
        """Create a job by the control API; returns its id."""
        chosen = machine.scenarios[scenario]
        facts = _assumed(chosen)
        job = {"api": self.spec.name, "machine": machine.name, "scenario": scenario, "facts": facts}
        if not machine.integer_ids and not machine.hex_ids:
            job["id"] = "0b1e55ed-0000-4000-8000-000000000001"
        response = self._stage.control("POST", "jobs", job)
        assert response.status_code == 201, response.text
        self._steps.append({"job": job})
        return self._stage.names.named(str(response.json()["id"]))

    def _next(self) -> float | None:
        """Returns the seconds until the next change of any job."""
        clock = self._stage.control("GET", "clock").json()["now"]
        jobs = self._stage.control("GET", "jobs").json()["jobs"]
        nexts = [job["next"]["at"] for job in jobs if "next" in job]
        spans = [(_moment(each) - _moment(clock)).total_seconds() for each in nexts]
        return min((span for span in spans if span > 0), default=None)

    def _follow(self, look: Sequence[Asked], *, moments: int = MOMENTS) -> Iterator[int]:
        """Look at each change, and half-way to the next; yields the number of each."""
        for moment in range(moments):
            for asked in look:
                self._ask(asked)
            yield moment
            span = self._next()
            if span is None:
                return
            self._advance(round(span / 2, 6))
            for asked in look:
                self._ask(asked)
            self._advance(round(span - round(span / 2, 6), 6))

    def _scenario(self, machine: Machine, scenario: str) -> None:
        self._begin(empty=True)
        job = self._job(machine, scenario)
        seen: dict[str, int] = {}
        for moment in self._follow(self._looks(machine, job)):
            for each in self._stage.control("GET", "jobs").json()["jobs"][-1:]:
                seen.setdefault(each["state"], moment)
        self._end(play_name(machine.name, scenario), empty=True)
        for state, moment in seen.items():
            if (machine.name, state) in self._commanded_in:
                continue
            self._commanded_in.add((machine.name, state))
            for number, command in enumerate(self._commands(machine, job)):
                name = play_name(machine.name, scenario, state, f"{number}")
                self._commanded(machine, scenario, moment, command, name)

    def _commanded(
        self, machine: Machine, scenario: str, moment: int, command: Asked, name: str
    ) -> None:
        self._begin(empty=True)
        job = self._job(machine, scenario)
        looks = self._looks(machine, job)[:1]
        for _ in self._follow([], moments=moment + 1):
            pass
        self._advance(1)
        self._ask(command)
        for _ in self._follow(looks, moments=4):
            pass
        self._end(name, empty=True)

    def _samples(self) -> None:
        """Read every sample, and every list with each filter, at four moments."""
        self._begin(empty=False)
        for span in (0, 3, 60, 3600):
            self._advance(span)
            for machine in self.spec.jobs.values():
                for sample in machine.samples:
                    for asked in self._looks(machine, str(sample.id)):
                        self._ask(asked)
            for operation in self._of(None, "list"):
                for query in self._queries(operation):
                    self._ask(self._request(operation, None, query))
        self._end("samples", empty=False)

    def _refusals(self) -> None:
        self._begin(empty=False)
        for operation in self.spec.operations:
            for wrong in self._wrongs(operation):
                self._ask(wrong)
        base = base_path(self.spec)
        self._ask(("GET", f"{base}/no/such/path", self._headers(), None))
        self._ask(("PATCH", base + self._path(self.spec.operations[0], "1"), self._headers(), None))
        self._end("refusals", empty=False)

    def _created(self, operation: Operation) -> None:
        """Send every documented body with every scenario."""
        machine = operation.machine
        assert machine is not None
        for number, body in enumerate(self._bodies(operation)):
            for scenario in (None, *machine.scenarios, "no_such"):
                self._begin(empty=False)
                given = {} if scenario is None else {"Prefer": f"scenario={scenario}"}
                job = str(machine.samples[0].id) if machine.samples else "1"
                self._ask(self._request(operation, job, body=body, headers=given))
                lists = [self._request(each, None) for each in self._of(machine, "list")]
                for _ in self._follow(lists, moments=3):
                    pass
                self._ask(self._request(operation, job, body=body))
                self._end(play_name(operation.id, f"{number}", scenario or ""), empty=False)

    # -- requests ----------------------------------------------------------------------------------

    def _of(self, machine: Machine | None, *does: str) -> list[Operation]:
        return [
            operation
            for operation in self.spec.operations
            if operation.does in does and machine in (None, operation.machine)
        ]

    def _looks(self, machine: Machine, job: str) -> list[Asked]:
        reads = [
            o for o in self._of(machine, "read") if o.job_id and o.job_id.place != "credential"
        ]
        return [
            *(self._request(operation, job) for operation in reads),
            *(self._request(operation, None) for operation in self._of(machine, "list")),
        ]

    def _commands(self, machine: Machine, job: str) -> Iterator[Asked]:
        for operation in self._of(machine, "event", "clone", "delete"):
            command = operation.command
            for body in [*self._bodies(operation)][:1]:
                if command is None or command.source is None:
                    yield self._request(operation, job, body=body)
                    continue
                for value in command.events:
                    name = command.source.name
                    if command.source.place == "body":
                        yield self._request(operation, job, body={**body, name: value})
                    else:
                        yield self._request(operation, job, f"{name}={value}", body=body)

    def _wrongs(self, operation: Operation) -> Iterator[Asked]:
        machine = operation.machine
        unknown = UNKNOWN[bool(machine and machine.integer_ids)]
        known = str(machine.samples[0].id) if machine and machine.samples else unknown
        body = next(iter(self._bodies(operation)), None)
        yield self._request(operation, unknown, body=body)
        yield self._request(operation, "not-an-id", body=body)
        yield self._request(operation, known, "unheard_of=1", body=body)
        right = self._request(operation, known, body=body)
        yield right[0], right[1], {}, right[3]
        forbidden = dict.fromkeys(self._headers(), "forbidden")
        yield right[0], right[1], {**right[2], **forbidden}, right[3]
        for query in self._wrong_queries(operation):
            yield self._request(operation, known, query, body=body)
        if operation.body:
            yield right[0], right[1], right[2], None
            for wrong in ("{", "[]", "{}", '{"unheard_of": 1}'):
                yield right[0], right[1], right[2], wrong
            yield right[0], right[1], {**right[2], "Content-Type": "text/unheard-of"}, right[3]
            yield right[0], right[1], {**right[2], "Prefer": "scenario=no_such"}, right[3]

    def _request(
        self,
        operation: Operation,
        job: str | None,
        query: str = "",
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Asked:
        content = None if body is None else json.dumps(body)
        sent = {**self._headers(), **self._needed(operation, job, "header"), **(headers or {})}
        if content is not None:
            sent["Content-Type"] = next(iter(operation.body.types)) if operation.body else ""
        needed = [
            f"{name}={value}"
            for name, value in self._needed(operation, job, "query").items()
            if not query.startswith(f"{name}=")
        ]
        asked = "&".join(part for part in (*needed, query, self._key()) if part)
        path = base_path(self.spec) + self._path(operation, job)
        return operation.method, path + (f"?{asked}" if asked else ""), sent, content

    def _path(self, operation: Operation, job: str | None) -> str:
        path = operation.path
        for name, value in self._needed(operation, job, "path").items():
            path = path.replace(f"{{{name}}}", value)
        return path

    def _needed(self, operation: Operation, job: str | None, place: str) -> dict[str, str]:
        """Returns the required parameters in a place."""
        source, made = operation.job_id, dict[str, str]()
        for parameter in operation.parameters:
            name = parameter.name
            if parameter.place == place and parameter.required:
                is_id = job and source and (source.place, source.name) == (place, name)
                usual = parameter.example or [*self._values(operation, name), "some"][0]
                made[name] = str(job if is_id else usual)
        return made

    def _headers(self) -> dict[str, str]:
        words = {"bearer": "Bearer ", "basic": "Basic "}
        return {
            scheme.field: words.get(scheme.kind, "") + (scheme.const or scheme.example or "")
            for scheme in self.spec.credentials.values()
            if scheme.place == "header"
        }

    def _key(self) -> str:
        schemes = [s for s in self.spec.credentials.values() if s.place == "query"]
        return "&".join(f"{scheme.field}={scheme.example}" for scheme in schemes)

    def _queries(self, operation: Operation) -> Iterator[str]:
        yield ""
        for parameter in operation.parameters:
            if parameter.place == "query":
                yield from (
                    f"{parameter.name}={value}" for value in self._values(operation, parameter.name)
                )
        names = {parameter.name for parameter in operation.parameters}
        if {"limit", "offset"} <= names:
            yield from ("limit=1&offset=1", "limit=2&offset=0", "limit=100&offset=99")

    def _values(self, operation: Operation, name: str) -> list[Any]:
        schema = self._schema(operation, name)
        item = self.spec.document.resolve(schema.get("items", schema))
        if "enum" in item:
            return list(item["enum"])
        if item.get("type") == "boolean":
            return ["true", "false"]
        if item.get("type") == "integer":
            return [1, 2]
        return [item.get("example", schema.get("example", "a")), "a", "e"]

    def _wrong_queries(self, operation: Operation) -> Iterator[str]:
        for parameter in operation.parameters:
            if parameter.place == "query":
                yield f"{parameter.name}=%20wrong"
                yield f"{parameter.name}=1&{parameter.name}=2"

    def _schema(self, operation: Operation, name: str) -> Mapping[str, Any]:
        resolve = self.spec.document.resolve
        item = self.spec.document.written["paths"][operation.path]
        node = item[operation.method.lower()]
        declared = [resolve(p) for p in (*item.get("parameters", ()), *node.get("parameters", ()))]
        schema: Mapping[str, Any] = resolve(
            next(p["schema"] for p in declared if p["name"] == name)
        )
        return schema

    def _bodies(self, operation: Operation) -> Iterator[Any]:
        """Yields the documented bodies, or None if the operation has no body."""
        resolve = self.spec.document.resolve
        node = self.spec.document.written["paths"][operation.path][operation.method.lower()]
        content = resolve(node.get("requestBody", {})).get("content", {})
        found = [
            resolve(example)["value"]
            for kind, media in content.items()
            if "json" in kind
            for example in (
                *media.get("examples", {}).values(),
                *([{"value": media["example"]}] if "example" in media else []),
            )
        ]
        yield from found or [None if not content else {}]


def _assumed(scenario: Scenario) -> dict[str, Any]:
    """Returns facts that fit a scenario: the first allowed value of each."""
    facts: dict[str, Any] = {}
    for path, allowed in scenario.when.items():
        first, *deeper = path.split(".")
        value = allowed[0]
        for key in reversed(deeper):
            value = {key: value}
        facts.setdefault(first, scenario.facts.get(first, value))
    return facts


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def main(names: Sequence[str]) -> None:
    """Record the named specs, or all."""
    FOLDER.mkdir(exist_ok=True)
    for spec in SPECS:
        if spec.jobs and (not names or spec.name in names):
            text = stored(SpecRecorder(spec).whole())
            (FOLDER / f"{spec.name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
