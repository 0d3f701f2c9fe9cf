"""A generated waiter with a real server, over sockets; the server's own faults cause trouble."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from jobtwin.http import Settings
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.faults import fault_from_json
from jobtwin.sandboxes import DEFAULT, ManualClock
from jobtwin.sandboxes.faults import FaultRule
from jobtwin.server import Server
from tests.waiters import torture
from tests.waiters.stage import Trouble, WaiterStage
from tests.waiters.torture import Case
from tests.waiters.trouble import fault_of, fine

PATIENCE = 0.2
"""Seconds that the client waits for an answer, in cases with late answers."""

_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Not used; created only once."""


class Socket(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends each request on a new connection and records it."""

    def __init__(self, requests: list[httpx.Request], timeout: float | None) -> None:
        self._requests = requests
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._note(request)
        with httpx.HTTPTransport(verify=_PLAIN) as transport:
            answer = transport.handle_request(request)
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=_raw(answer.iter_raw())
            )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._note(request)
        async with httpx.AsyncHTTPTransport(verify=_PLAIN) as transport:
            answer = await transport.handle_async_request(request)
            parts = [part async for part in answer.aiter_raw()]
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=_raw(iter(parts))
            )

    def _note(self, request: httpx.Request) -> None:
        self._requests.append(request)
        if self._timeout is not None:
            limits = httpx.Timeout(self._timeout).as_dict()
            request.extensions = {**request.extensions, "timeout": limits}


def _raw(parts: Iterator[bytes]) -> bytes:
    return b"".join(parts)


@contextmanager
def served(specs: Sequence[Spec]) -> Iterator[Server]:
    """Yields a server of these specs, on a clock that stands still."""
    server = Server(specs, Settings(), port=0, speed=None, empty=True)
    server.bind()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        assert server.ready.wait(60)
        yield server
    finally:
        server.stop()
        thread.join()
        server.close()


def can(case: Case, stage: WaiterStage) -> bool:
    """True if a case is possible for a waiter, and can be made by faults."""
    if not case.fits(stage):
        return False
    return all(fault_of(each, stage) is not None for each in (*case.script, case.then))


class LiveStage(WaiterStage):
    """A sync or async waiter with a server; the script consists of the server's faults."""

    def __init__(self, server: Server, spec: Spec, machine: Machine, way: str) -> None:
        self._server = server
        self._next: list[Trouble] = []
        self._last: Trouble | None = None
        self._timeout: float | None = None
        super().__init__(spec, machine, way)

    def _twin(self) -> tuple[ManualClock, Any, Any]:
        sandbox = self._server.sandboxes[DEFAULT]
        assert isinstance(sandbox.clock, ManualClock)
        return sandbox.clock, sandbox, None

    def _wire(self) -> tuple[str, Any]:
        return self._server.root, Socket(self.requests, self._timeout)

    @property
    def script(self) -> list[Trouble]:
        """The troubles of the next answers."""
        return self._next

    @script.setter
    def script(self, script: list[Trouble]) -> None:
        self._next = script
        self._arm()

    @property
    def then(self) -> Trouble | None:
        """The trouble of all later answers."""
        return self._last

    @then.setter
    def then(self, then: Trouble | None) -> None:
        self._last = then
        self._arm()

    def _arm(self) -> None:
        """Replaces the server's faults by those of the script."""
        if self._job is None:
            return
        for each in [*self.sandbox.faults]:
            self.sandbox.remove_fault(each.rule.id)
        for number, trouble in enumerate(self._next):
            self._add(trouble, after=number, times=1)
        self._add(self._last or fine, after=len(self._next))
        late = any(each.rule.fault.delay for each in self.sandbox.faults)
        self._timeout = PATIENCE if late else None
        self.client = self._client()

    def _add(self, trouble: Trouble, **when: Any) -> None:
        fault = fault_of(trouble, self)
        assert fault is not None
        if fault:
            id_ = self.sandbox.faults.new_id()
            made = fault_from_json(fault)
            self.sandbox.add_fault(FaultRule(id=id_, api=self.spec.name, fault=made, **when))


def run(case: Case, server: Server, waiter: tuple[Spec, Machine], way: str) -> str:
    """Runs a case with a server; returns FINE, NEVER if no fault can make it, or the failure."""
    stage = LiveStage(server, *waiter, way)
    stage.born(ended=True)
    return torture.run(case, stage) if can(case, stage) else torture.NEVER
