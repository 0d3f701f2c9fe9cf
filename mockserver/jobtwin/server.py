"""A server: uvicorn around the application, and the table printed when it is ready."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import secrets
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import uvicorn
from uvicorn.server import ServerState

from jobcall.hosts import is_loopback
from jobtwin.access_log import AccessLog, App, log_requests, secret_parameters, session_paths
from jobtwin.bounded_protocol import BoundedProtocol
from jobtwin.connections import ConnectionMiddleware
from jobtwin.deliveries import Courier, Network
from jobtwin.garbage import GarbageCollection
from jobtwin.http import CONTROL, Settings, base_path, create_app
from jobtwin.openapi import Spec
from jobtwin.openapi.spec import machines_by_name, usual_limits
from jobtwin.reloading import FileWatcher, Replaceable, report, spec_files
from jobtwin.sandboxes import (
    DEFAULT,
    ManualClock,
    RealClock,
    Sandbox,
    SandboxClock,
    Sandboxes,
    Setup,
)
from jobtwin.sandboxes.sandbox import Progression
from jobtwin.stores.moving import move
from jobtwin.stores.urls import MEMORY
from jobtwin.stores.world import import_world
from jobtwin.table import table
from jobtwin.workers import Workers

T = TypeVar("T")

ACCEPTED_AT_ONCE = 8
"""The number of connections that are accepted in one turn of the loop."""

IDLE = 3600.0
"""The default of seconds after which an unused sandbox is deleted, beyond loopback."""

MOST_SANDBOXES = 1000
"""The default maximum number of sandboxes, beyond loopback."""


class Server:
    """Serves specs from sandboxes on one address, until Ctrl-C.

    Beyond loopback, the control API requires a token: that of the settings, or a generated one that is
    printed in the table. There, unused sandboxes are deleted, and their number is limited.
    `world` is the default sandbox, if given; raises WorldRefused if it cannot be opened.
    `store` is the URL of the store; raises StoreRefused if it cannot be used.
    Without a `speed`, clocks are frozen; with `skips`, they jump ahead when every client waits.
    `around` wraps the twins' application.
    """

    def __init__(  # noqa: PLR0913 - one parameter per flag of the command line
        self,
        specs: Sequence[Spec],
        settings: Settings,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        speed: float | None = 1.0,
        seed: int = 0,
        empty: bool = False,
        by_polls: bool = False,
        idle: float | None = None,
        most_sandboxes: int | None = None,
        world: Mapping[str, Any] | None = None,
        store: str = MEMORY,
        skips: bool = False,
        around: Callable[[App], App] = lambda app: app,
    ) -> None:
        machines = machines_by_name(specs)

        def setup(specs: Sequence[Spec]) -> Setup:
            clock: SandboxClock = ManualClock() if speed is None else RealClock(speed)
            progression: Progression = "polls" if by_polls else "time"
            limits = usual_limits(specs)
            return Setup(clock, seed, empty, progression, skips=skips, limits=limits)

        if not is_loopback(host):
            idle = IDLE if idle is None else idle
            most_sandboxes = MOST_SANDBOXES if most_sandboxes is None else most_sandboxes

        def in_memory(specs: Sequence[Spec]) -> Sandboxes:
            machines = machines_by_name(specs)
            return Sandboxes(
                lambda: Sandbox(machines, setup(specs)), idle=idle, most=most_sandboxes
            )

        if store == MEMORY:
            sandboxes = in_memory(specs)
            sandboxes.find(DEFAULT)
        else:
            from jobtwin.stores.opening import kept_sandboxes  # noqa: PLC0415 - most keep nothing

            sandboxes = kept_sandboxes(
                store, partial(setup, specs), machines, idle=idle, most=most_sandboxes
            )
        if world is not None:
            import_world(world, sandboxes[DEFAULT], machines)
        self.sandboxes = sandboxes
        self._garbage = GarbageCollection()
        self._in_memory = in_memory
        self._made_token: str | None = None
        if settings.control_token is None and not is_loopback(host):
            self._made_token = secrets.token_urlsafe()
            settings = replace(settings, control_token=self._made_token)
        settings = replace(settings, hosts=[host, *(settings.hosts or ())])
        self._specs = specs
        self._settings = settings
        self._empty = empty
        self._host, self._port = host, port
        self._courier, app = self._application(specs, sandboxes, settings)
        self._replaceable = Replaceable(app)
        self._app: App = around(self._replaceable)
        self._watcher: FileWatcher | None = None
        self._sockets: list[socket.socket] = []
        self._server: _Announcing | None = None
        self.ready = threading.Event()

    def follow(self, load: Callable[[], Sequence[Spec] | None]) -> None:
        """Serves the result of `load` after each edit of the specs' files; None changes nothing.

        Jobs are kept if the new machines allow them. Only for sandboxes in memory.
        """
        self._watcher = FileWatcher(lambda: spec_files(self._specs), partial(self._reload, load))

    def _reload(self, load: Callable[[], Sequence[Spec] | None]) -> None:
        """Creates a new application in a thread, then replaces the old one."""
        specs = load()
        if specs is not None and self._server is not None:
            sandboxes = self._in_memory(specs)
            made = self._application(specs, sandboxes, self._settings)
            self._server.call(partial(self._replace, specs, sandboxes, *made))

    @staticmethod
    def _application(
        specs: Sequence[Spec], sandboxes: Sandboxes, settings: Settings
    ) -> tuple[Courier, App]:
        """Returns an application with its courier."""
        courier = Courier(specs, sandboxes, Network(settings.deliver_to))
        return courier, create_app(specs, sandboxes, settings, courier)

    def _replace(
        self, specs: Sequence[Spec], sandboxes: Sandboxes, courier: Courier, app: App
    ) -> None:
        """Moves every sandbox between two requests, and ends their event streams."""
        machines, kept, lost = machines_by_name(specs), 0, list[str]()
        for name, old in self.sandboxes.some(self.sandboxes.names()):
            new = sandboxes.fresh()
            moved = move(old, new, machines)
            sandboxes.put(name, new)
            old.feed.close()
            kept += moved.kept
            lost += moved.lost
        sandboxes.when_removed = self.sandboxes.when_removed
        self._specs, self.sandboxes, self._replaceable.app = specs, sandboxes, app
        self._garbage.all_again()
        self._courier = courier
        courier.wake_all()
        report("\n".join([f"reloaded: {kept} jobs kept, {len(lost)} lost", *lost]))

    def bind(self) -> None:
        """Binds the address and the twins' own ports. Raises OSError with the address on failure."""
        self._bind_all(shared=False)

    def _bind_all(self, *, shared: bool) -> None:
        """Binds every port; ports that are bound already are bound again."""
        self._unbind()
        try:
            for port in (self._port, *self._settings.own_ports.values()):
                self._sockets.append(self._bound(port, shared=shared))
        except OSError:
            self._unbind()
            raise
        self._port = self._sockets[0].getsockname()[1]

    def _unbind(self) -> None:
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def _bound(self, port: int, *, shared: bool) -> socket.socket:
        """Returns a socket at a port; the kernel distributes connections among shared ones."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # asyncio only sets TCP_NODELAY if the protocol is given.
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            taken.bind((self._host, port))
        except OSError as error:
            taken.close()
            error.filename = f"{self._host}:{port}"
            raise
        return taken

    def run(self, *, as_json: bool = False, log: bool = False, workers: int = 1) -> None:
        """Serves until Ctrl-C, which also closes all connections.

        When ready, prints the table, or one line of JSON. With
        `log`, writes a line for each request to stderr. `workers` is the number of processes that share
        the store; raises WorkerFailed if one does not start.
        """
        if log:
            log_requests()
            hidden = {*self._settings.redacted, *secret_parameters(self._specs)}
            self._app = AccessLog(self._app, hidden, session_paths(self._specs))
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        gc.freeze()  # the specs are permanent; collecting them repeatedly would delay responses
        gc.enable()
        if type(self.sandboxes) is Sandboxes:  # those of a store come and go with all their jobs
            self._garbage.start()
            self.sandboxes.when_removed = self._garbage.removed
        announce = self._announce_json if as_json else self._announce
        if workers == 1:
            self.serve(announce)
            return
        self._bind_all(shared=True)  # the addresses were free; now all workers share them
        Workers(workers, self._work).run(announce)

    def _work(self, announce: Callable[[], None]) -> None:
        """Serves in a worker process."""
        self._bind_all(shared=True)
        self.serve(announce)

    def serve(self, announce: Callable[[], None] = lambda: None) -> None:
        """Serves until Ctrl-C or `stop`, printing nothing. Calls `announce` when it is ready."""

        def ready() -> None:
            self._courier.wake_all()
            announce()
            if self._watcher:
                self._watcher.start()
            self.ready.set()

        self._server = _Announcing(_config(self._app), ready, self.sandboxes.disconnect)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again after its shutdown
            self._server.run(sockets=self._listening() or None)
        if self._watcher:
            self._watcher.stop()

    def _listening(self) -> list[socket.socket]:
        """Returns the sockets to listen on: some copies of each.

        uvloop accepts one connection of a socket in each turn of its loop, so the last of many new
        clients would wait for as many turns, in each of which all others are answered.
        """
        # On Windows, where uvloop is not available, a copy cannot be waited for.
        copies = 0 if sys.platform == "win32" else ACCEPTED_AT_ONCE - 1
        more = [each.dup() for each in self._sockets for _ in range(copies)]
        return [*self._sockets, *more]

    @property
    def app(self) -> App:
        """The application that it serves."""
        return self._app

    def run_on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the server's event loop, from another thread. Returns its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that it runs on. Raises RuntimeError before it runs."""
        if self._server is None or self._server.loop is None:
            raise RuntimeError("the server does not run")
        return self._server.loop

    @property
    def state(self) -> ServerState | None:
        """Its open connections, and the headers that each answer has; None before it runs."""
        return None if self._server is None else self._server.server_state

    def stop(self) -> None:
        """Ends `run` or `serve` from another thread."""
        if self._server:
            self._server.should_exit = True

    def close(self) -> None:
        """Releases the address and the store, even if the server never ran."""
        self.sandboxes.close()
        self._unbind()

    def _announce(self) -> None:
        print(self.table(), flush=True)  # noqa: T201 - the command's one output

    def _announce_json(self) -> None:
        print(json.dumps(self.addresses()), flush=True)  # noqa: T201 - its reader waits for it

    @property
    def root(self) -> str:
        """The URL below which everything is served."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def origins(self) -> dict[str, str]:
        """The URLs of the twins' own ports, by name."""
        root = self.root.rpartition(":")[0]
        return {name: f"{root}:{port}" for name, port in self._settings.own_ports.items()}

    def table(self) -> str:
        """Returns each API's base URL, a credential and a request to paste."""
        given = next(iter(self._settings.credentials), None)
        lines = [table(self._specs, self.root, given, self.origins, empty=self._empty)]
        if self._made_token is not None:
            lines.append(f"  header    Authorization: Bearer {self._made_token}")
            lines.append(f"  command   export JOBTWIN_CONTROL_TOKEN={self._made_token}")
        return "\n".join(lines)

    def addresses(self) -> dict[str, Any]:
        """Returns the base URLs of the control API, the twins and own ports, and the generated token."""
        urls = {spec.name: self.root + base_path(spec) for spec in self._specs}
        control = urls.pop(CONTROL, None)
        found: dict[str, Any] = {"url": self.root, "control": control, "apis": urls}
        if self.origins:
            found["origins"] = self.origins
        return {**found, "controlToken": self._made_token} if self._made_token else found


def protocols(app: App, state: ServerState | None = None) -> Callable[[], asyncio.Protocol]:
    """Returns a factory of protocols that answer a connection's requests with `app`, on the running loop."""
    config, state = _config(app), state or ServerState()
    config.load()
    loop = asyncio.get_running_loop()
    return lambda: BoundedProtocol(config=config, server_state=state, app_state={}, _loop=loop)


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        ConnectionMiddleware(app),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        interface="asgi3",
        lifespan="off",
        ws="none",
        http=BoundedProtocol,
        timeout_graceful_shutdown=1,
    )


class _Announcing(uvicorn.Server):
    """A uvicorn server that calls a function when it is ready, and another when it has ended."""

    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], None],
        disconnect: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._disconnect = disconnect
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, then calls `announce`."""
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers received requests, then disconnects."""
        await super().shutdown(sockets)
        await self._disconnect()

    def call(self, function: Callable[[], None]) -> None:
        """Calls a function in the server's event loop, from another thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function)
