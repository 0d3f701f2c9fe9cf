"""A server process: uvicorn around the application, and the table that it prints when ready."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn
from rich.console import Console

from mockserver.http import Settings, create_app
from mockserver.spec import Spec
from mockserver.table import table
from mockserver.world import Clock, ManualClock, RealClock, Sandbox


class Server:
    """Serves specs from one sandbox on one address, until Ctrl-C."""

    def __init__(  # noqa: PLR0913 - one parameter a flag of the command line
        self,
        specs: Sequence[Spec],
        settings: Settings,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        speed: float | None = 1.0,
        seed: int = 0,
        empty: bool = False,
    ) -> None:
        clock: Clock = ManualClock() if speed is None else RealClock(speed)
        jobs = [machine for spec in specs for machine in spec.jobs.values()]
        self._specs = specs
        self._settings = settings
        self._host, self._port = host, port
        self._app = create_app(specs, Sandbox(jobs, clock, seed=seed, empty=empty), settings)
        self._socket: socket.socket | None = None
        self._server: _Announcing | None = None
        self.ready = threading.Event()

    def bind(self) -> None:
        """Take the address; OSError if it cannot be had."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((self._host, self._port))
        except OSError:
            taken.close()
            raise
        self._socket = taken
        self._port = taken.getsockname()[1]

    def run(self) -> None:
        """Serve until Ctrl-C, which ends it at once, connections and all."""
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Announcing(config, self._announce)
        with suppress(KeyboardInterrupt):  # uvicorn raises it anew once it has shut down
            asyncio.run(self._server.serve(sockets=[self._socket] if self._socket else None))

    def stop(self) -> None:
        """End `run` from another thread."""
        if self._server:
            self._server.should_exit = True

    def _announce(self) -> None:
        Console(soft_wrap=True, highlight=False).print(self.table(), markup=False)
        self.ready.set()

    @property
    def root(self) -> str:
        """The URL below which everything is served."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def table(self) -> str:
        """Each API's base URL, a credential and one request that works when pasted."""
        given = next(iter(self._settings.credentials), None)
        return table(self._specs, self.root, given)


class _Announcing(uvicorn.Server):
    """Uvicorn's server, which says when it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then call `announce`."""
        await super().startup(sockets)
        self._announce()
