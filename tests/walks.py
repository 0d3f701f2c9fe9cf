"""Random walks through one twin: sensible requests, drawn only from its spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
from starlette.types import ASGIApp

from jobtwin.http import base_path
from jobtwin.judge import Contradiction
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation, Parameter
from jobtwin.sandboxes import Sandbox
from tests.twins import BLOCKING, Ear, Wrap, serve

PACES = (5, 20, 60, 600, 3600)
"""The longest times between two requests of a walk, in seconds."""


class Walk:
    """One walk; `random` chooses the requests, their jobs and the times between them.

    It uses an application that is `served` already, or else its own.
    """

    def __init__(
        self,
        spec: Spec,
        random: Random,
        wrap: Wrap | None = None,
        beside: Sequence[Spec] = (),
        served: tuple[ASGIApp, Sandbox] | None = None,
    ) -> None:
        app, self.sandbox = served or serve((spec, *beside))
        if served is None:
            self.sandbox.by_polls = random.random() < 0.2
        self.ear = Ear(wrap(app) if wrap else app, self.sandbox.clock, spec, self._steps())
        self.bodies: list[bytes] = []
        self.statuses: dict[str, set[int]] = {operation.id: set() for operation in spec.operations}
        self._spec = spec
        self._operations = [o for o in spec.operations if o.id not in BLOCKING]
        self._random = random
        self._pace = random.choice(PACES)

    async def go(self, steps: int) -> list[Contradiction]:
        """Walk; returns the oracle's contradictions."""
        transport = httpx.ASGITransport(self.ear)
        base = f"http://twin{base_path(self._spec)}"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            for _ in range(steps):
                operation = self._random.choice(self._operations)
                answer = await client.request(operation.method, **self._request(operation))
                self.statuses[operation.id].add(answer.status_code)
                self.bodies.append(answer.content)
        return self.ear.drain()

    def _steps(self) -> Iterator[int]:
        while True:
            yield int(self._random.random() * self._random.choice((0, 0.2, 1)) * self._pace * 1e6)

    def _request(self, operation: Operation) -> dict[str, Any]:
        path, params, headers = (
            operation.path,
            self._credentials("query"),
            self._credentials("header"),
        )
        for parameter in operation.parameters:
            value = self._value(operation, parameter)
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
            elif parameter.place == "header":
                headers[parameter.name] = str(value)
            elif value is not None:
                params[parameter.name] = str(value)
        if operation.creation and self._random.random() < 0.4:
            scenarios = list(operation.machine.scenarios) if operation.machine else []
            headers["Prefer"] = f"scenario={self._random.choice(scenarios)}"
        return {"url": path, "params": params, "headers": headers, **self._body(operation)}

    def _credentials(self, place: str) -> dict[str, str]:
        made = {}
        for scheme in self._spec.credentials.values():
            if scheme.place == place:
                word = {"bearer": "Bearer ", "basic": "Basic "}.get(scheme.kind, "")
                made[scheme.field] = word + (scheme.const or self._token(scheme) or "")
        return made

    def _token(self, scheme: Any) -> str | None:
        """Returns the example, or the token of a session created before."""
        if scheme.session and self._random.random() < 0.3 and self._ids(scheme.session):
            return str(self._random.choice(self._ids(scheme.session)))
        example: str | None = scheme.example
        return example

    def _ids(self, machine: Any) -> list[str | int]:
        """Returns the ids of the latest jobs."""
        return [job.record.id for job in _jobs(self.sandbox, machine)][-3:]

    def _value(self, operation: Operation, parameter: Parameter) -> Any:
        source = operation.job_id
        if source and (source.place, source.name) == (parameter.place, parameter.name):
            return self._random.choice([*self._ids(operation.machine), parameter.example or 99])
        schema = self._schema(operation, parameter)
        if "enum" in schema and (parameter.required or self._random.random() < 0.3):
            return self._random.choice(schema["enum"])
        if parameter.required:
            return parameter.example or "some"
        if self._random.random() < 0.7 or parameter.many:
            return None
        if schema.get("type") == "integer":
            return self._random.randint(schema.get("minimum", 0), 4)
        return self._random.choice(["true", "false"]) if schema.get("type") == "boolean" else None

    def _schema(self, operation: Operation, parameter: Parameter) -> Mapping[str, Any]:
        resolve = self._spec.document.resolve
        item = self._spec.document.written["paths"][operation.path]
        nodes = [*item.get("parameters", ()), *self._node(operation).get("parameters", ())]
        found = [resolve(node) for node in nodes if resolve(node)["name"] == parameter.name]
        schema: Mapping[str, Any] = resolve(found[-1]["schema"])
        return schema

    def _node(self, operation: Operation) -> Mapping[str, Any]:
        item = self._spec.document.written["paths"][operation.path]
        node: Mapping[str, Any] = item[operation.method.lower()]
        return node

    def _body(self, operation: Operation) -> dict[str, Any]:
        """Returns one of the documented bodies."""
        resolve = self._spec.document.resolve
        content = resolve(self._node(operation).get("requestBody", {})).get("content", {})
        for kind, media in content.items():
            if kind.startswith("multipart/"):
                return {"files": {"file": ("file.zip", b"PK")}}
            examples = [resolve(e)["value"] for e in media.get("examples", {}).values()]
            examples += [media["example"]] if "example" in media else []
            sent = "json" if "json" in kind else "data"
            return {sent: self._random.choice(examples)} if examples else {}
        return {}


def _jobs(sandbox: Sandbox, machine: Any) -> list[Any]:
    return list(sandbox.jobs(machine))
