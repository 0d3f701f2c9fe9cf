"""A spec in service: its endpoints, and its reply to paths and methods that it does not have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from time import perf_counter_ns

from starlette.types import Scope

from jobtwin.deliveries import Courier
from jobtwin.errors import Refusal, StoreLost, UnknownSandbox
from jobtwin.http.endpoint import Endpoint
from jobtwin.http.finding import Handler
from jobtwin.http.journal_writer import JournalWriter
from jobtwin.http.paths import shown_path
from jobtwin.http.reply import Reply, failed, refused, without_sandbox
from jobtwin.http.request import RequestData, uncounted_id
from jobtwin.http.samples import SampleEndpoint
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.http.settings import Settings
from jobtwin.openapi import Spec
from jobtwin.openapi.templates import literal_first, path_pattern
from jobtwin.openapi.unbound import Unbound
from jobtwin.sandboxes import Sandbox, Sandboxes


class ServedApi:
    """One spec in service; `controls` handle the operations that are about no jobs, by id."""

    def __init__(
        self,
        spec: Spec,
        settings: Settings,
        sandboxes: Sandboxes,
        controls: Mapping[str, Handler],
        courier: Courier,
    ) -> None:
        self.spec = spec
        self._courier = courier
        self.settings = settings
        self.sandboxes = sandboxes
        self.controls = controls
        self.secret = spec.query_credentials
        hidden = [*self.secret, *settings.redacted]
        self.journal_writer = partial(JournalWriter, spec.name, secret=hidden)
        self._journal = self.journal_writer(None)
        self._operations = {operation.id: operation for operation in spec.operations}
        methods: dict[str, list[str]] = {}
        for _, method, path in spec.routes:
            methods.setdefault(path, []).append(method)
        self._allowed = [
            (path_pattern(path), ", ".join(_allowed(methods[path])))
            for path in sorted(methods, key=literal_first)
        ]

    def endpoint(self, operation_id: str) -> Endpoint | SampleEndpoint:
        """Returns the endpoint of an operation, ready for requests."""
        if operation_id in self.spec.unbound:
            return self._sample_endpoint(self.spec.unbound[operation_id])
        operation = self._operations[operation_id]
        journal = self.journal_writer(operation.id) if operation.machine is not None else None
        handle = self.controls[operation.id] if operation.machine is None else None
        return Endpoint(
            self.spec,
            operation,
            self.settings,
            self.sandboxes,
            journal,
            handle,
            self._courier,
        )

    def _sample_endpoint(self, operation: Unbound) -> SampleEndpoint:
        journal = self.journal_writer(operation.id)
        return SampleEndpoint(self.spec, operation, self.settings, self.sandboxes, journal)

    async def not_found(self, path: str, scope: Scope) -> Reply:
        """Returns the reply to a path or a method without an operation."""
        started = perf_counter_ns()
        refusal = self._refusal(path, scope["method"])

        def refuse(sandbox: Sandbox) -> Reply:
            request = RequestData(sandbox.request_id, started=started)
            reply = refused(self.spec.name, self.spec.errors, refusal, request)
            if self.spec.jobs:
                self._journal.write(sandbox, scope, request, None, reply)
            return reply

        try:
            return await self.sandboxes.turn(scope[SANDBOX], refuse, makes=False)
        except StoreLost as error:
            return without_sandbox(error)
        except Exception as error:  # noqa: BLE001 - any error here is ours: the client gets a 500
            request = RequestData(uncounted_id)
            if not isinstance(error, UnknownSandbox):
                return failed(self.spec.name, self.spec.errors, error, request)
            # there is no journal for it, and none is created
            return refused(self.spec.name, self.spec.errors, refusal, request)

    def _refusal(self, path: str, method: str) -> Refusal:
        allow = next((names for pattern, names in self._allowed if pattern.fullmatch(path)), None)
        if allow is None:
            return Refusal("unknown_path", path=shown_path(path))
        return Refusal("wrong_method", method=method, names=allow, headers={"Allow": allow})


def _allowed(methods: Collection[str]) -> list[str]:
    """Returns the methods of a path, with HEAD for each GET (RFC 9110, 9.3.2)."""
    return sorted({*methods, "HEAD"} if "GET" in methods else methods)
