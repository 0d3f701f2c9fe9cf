"""A server process: uvicorn around the application, and the table that it prints when ready."""

from __future__ import annotations

import asyncio
import logging
import shlex
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import uvicorn
from rich.console import Console

from mockserver.http import CONTROL, Settings, base_path, create_app
from mockserver.spec import Credential, Spec
from mockserver.spec.operations import Operation
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
        lines = [f"jobtwin serves {len(self._specs) - 1} APIs; Ctrl-C ends it", ""]
        for spec in self._specs:
            if spec.name != CONTROL:
                lines += _rows(spec, self.root, self._settings)
        return "\n".join([*lines, f"control     {self.root}/_control/health"])


class _Announcing(uvicorn.Server):
    """Uvicorn's server, which says when it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then call `announce`."""
        await super().startup(sockets)
        self._announce()


def _rows(spec: Spec, root: str, settings: Settings) -> Iterator[str]:
    base = root + base_path(spec)
    yield f"{spec.name:<12}{base}    {spec.title}"
    yield f"  docs      {base}/ui/"
    headers = list(_headers(spec, settings))
    for header in headers:
        yield f"  header    {header}"
    if request := _sample_request(spec):
        words = ["curl", *(w for h in headers for w in ("-H", h)), base + request]
        yield f"  try       {shlex.join(words)}"
    yield ""


def _headers(spec: Spec, settings: Settings) -> Iterator[str]:
    """The headers of the first way in that the first operation offers."""
    chosen = next((o.security[0] for o in spec.operations if o.security), {})
    given = next(iter(settings.credentials), None)
    for name in chosen:
        scheme = spec.credentials[name]
        if scheme.place == "header":
            yield f"{scheme.field}: {_sent(scheme, given)}"


def _sent(scheme: Credential, given: str | None) -> str:
    value = scheme.const or given or scheme.example or "token"
    words = {"bearer": f"Bearer {value}", "basic": f"Basic {value}"}
    return words.get(scheme.kind, value)


def _sample_request(spec: Spec) -> str | None:
    """Path and query of a GET that finds a sample of this spec."""
    for operation in sorted(spec.operations, key=lambda operation: operation.does != "read"):
        if operation.method == "GET" and (url := _filled(operation)):
            return url
    return None


def _filled(operation: Operation) -> str | None:
    path, query = operation.path, list[str]()
    samples = operation.machine.samples if operation.machine else ()
    for parameter in operation.parameters:
        source = operation.job_id
        if source and (source.place, source.name) == (parameter.place, parameter.name):
            value = str(samples[0].id) if samples else None
        else:
            value = parameter.example
        if value is None and parameter.required:
            return None
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", str(value))
        elif parameter.required:
            query.append(f"{parameter.name}={value}")
    return path + ("?" + "&".join(query) if query else "")
