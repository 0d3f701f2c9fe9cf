"""Shared servers for tests: in a thread with a socket, or in process without one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jobclients.control.api.sandboxes import create_sandbox, delete_sandbox
from jobclients.control.models import NewSandbox, NewSandboxClock, Progression
from jobtwin.access_log import App
from jobtwin.http import CONTROL, Settings, create_app
from jobtwin.openapi import Spec, load_all, spec_folder
from jobtwin.openapi.spec import machines_by_name, usual_limits
from jobtwin.sandbox_names import name_for
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.server import Server
from jobtwin.testing.control import control, done
from jobtwin.testing.errors import NotStarted
from jobtwin.testing.jobtwin import Jobtwin
from jobtwin.testing.loops import RunningLoop
from jobtwin.testing.machine import machine_time
from jobtwin.testing.transport import InProcess, Reach
from jobtwin.testing.wire import Wire

PATIENCE = 30
"""Time limit for the start or the end of a server, in seconds."""


class Host:
    """A server shared by tests; each test gets its own sandbox."""

    def __init__(
        self,
        specs: Sequence[Spec],
        reach: Reach,
        sandboxes: Sandboxes,
        server: Server | None = None,
    ) -> None:
        self.url = reach.root
        self.transport = reach.transport
        self.server = server
        self.specs = specs
        self._reach = reach
        self._sandboxes = sandboxes
        self._client = control(reach.root, reach.direct)

    def __repr__(self) -> str:
        return f"<jobtwin at {self.url}>"

    def found(self, name: str) -> Sandbox:
        """Returns the sandbox object of this process. Raises KeyError if there is none."""
        if (sandbox := self._sandboxes.find(name)) is None:
            raise KeyError(name)
        return sandbox

    @contextmanager
    def sandbox(
        self,
        name: str,
        *,
        clock: str = "manual",
        speed: float | None = None,
        progression: str = "time",
        samples: bool = False,
    ) -> Iterator[Jobtwin]:
        """Yields a new sandbox, deleted at the end of the `with` block.

        `name` may be any string, such as the name of the test. The `clock` is "manual" (frozen),
        "skip" (jumps ahead when every thread sleeps) or "real", which `speed` makes faster; the `progression` of jobs is "time"
        or "polls"; with `samples`, the sandbox has the jobs of the vendors' documentation.
        """
        name = name_for(name)
        body = NewSandbox(
            clock=NewSandboxClock(clock), empty=not samples, progression=Progression(progression)
        )
        if speed is not None:
            body.speed = speed
        done(create_sandbox.sync, name, client=self._client, body=body)
        made = Jobtwin(name, self.specs, self._reach, lambda: self.found(name))
        try:
            yield made
        finally:
            made.close()
            delete_sandbox.sync_detailed(name, client=self._client)


@contextmanager
def serving(
    specs: Iterable[str | Path | Spec] = (),
    *,
    port: int = 0,
    around: Callable[[App], App] = lambda app: app,
) -> Iterator[Host]:
    """Yields a server on 127.0.0.1 that runs in a thread and is ready for requests.

    `specs` are files, names of bundled twins, or parsed specs; by default, all bundled twins. Port 0
    chooses a free one. Raises OSError if the port is not available. `around` wraps the twins'
    application.
    """
    loaded = _loaded(specs)
    server = Server(loaded, Settings(), port=port, speed=None, empty=True, around=around)
    try:
        server.bind()
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {server.root}: {error.strerror}") from error
    transport = Wire()
    try:
        with _running(server):
            direct = InProcess(server.app, RunningLoop(server.loop))
            reach = Reach(server.root, transport, direct)
            yield Host(loaded, reach, server.sandboxes, server)
    finally:
        transport.shut()


@contextmanager
def _running(server: Server) -> Iterator[None]:
    """Runs a server in a thread. Raises NotStarted immediately if it does not start."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with machine_time():
                server.serve()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            failures.append(error)
        finally:
            server.ready.set()

    thread = threading.Thread(target=run, name="jobtwin", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(PATIENCE):
            raise NotStarted(server.root, f"it was not ready after {PATIENCE} s")
        if failures:
            why = f"{type(failures[0]).__name__}: {failures[0]}"
            raise NotStarted(server.root, why) from failures[0]
        yield
    finally:
        server.stop()
        thread.join(PATIENCE)
        server.close()


@contextmanager
def in_process(specs: Iterable[str | Path] = ()) -> Iterator[Host]:
    """Yields a server without a socket, which only the `transport` of its sandboxes can reach."""
    with hosted(_loaded(specs)) as host:
        yield host


@contextmanager
def hosted(loaded: Sequence[Spec]) -> Iterator[Host]:
    """Yields a server without a socket for parsed specs, including that of the control API."""
    machines = machines_by_name(loaded)
    setup = Setup(ManualClock(), empty=True, limits=usual_limits(loaded))
    sandboxes = Sandboxes.only(Sandbox(machines, setup))
    transport = InProcess(create_app(loaded, sandboxes))
    try:
        yield Host(loaded, Reach("http://jobtwin", transport, transport), sandboxes)
    finally:
        transport.shut()


def _loaded(specs: Iterable[str | Path | Spec]) -> list[Spec]:
    given = list(specs)
    if not given:
        return load_all()
    read = [spec for spec in given if isinstance(spec, Spec)]
    named = [spec for spec in given if not isinstance(spec, Spec)]
    return [*read, *load_all([*named, spec_folder() / f"{CONTROL}.yaml"])]
