"""Twins for commands: a server in a thread, and a sandbox for each command."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobtwin.access_log import secret_parameters
from jobtwin.judge import Recorder
from jobtwin.openapi import Spec
from jobtwin.running.addresses import Address
from jobtwin.running.authority import Authority
from jobtwin.running.clock_file import ClockFile
from jobtwin.running.environment import command_environment, skipping
from jobtwin.running.forwarding import Forwarding
from jobtwin.running.gateway import Gateway
from jobtwin.running.hosts import App, AtRoot, ByHost, Hosts, Led, Scope
from jobtwin.running.recording import CommandRecorder
from jobtwin.sandboxes import Sandbox
from jobtwin.server import Server, protocols
from jobtwin.testing import Host, Jobtwin

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Twins:
    """A command's sandbox, its environment, and its allowed hosts."""

    jobtwin: Jobtwin
    sandbox: Sandbox
    environment: Mapping[str, str]
    hosts: Hosts


@dataclass(frozen=True)
class Outside:
    """A command's access to other hosts, and its recording.

    `through` are the allowed hosts, `recording` records the requests. The `authority`
    issues certificates for the vendors' hosts.
    """

    through: Collection[str] = ()
    recording: CommandRecorder | None = None
    authority: Authority | None = None


@contextmanager
def twins(  # noqa: PLR0913 - what a command gets
    host: Host,
    specs: Sequence[Spec],
    name: str,
    *,
    clock: str = "skip",
    speed: float | None = None,
    kept: Mapping[str, str] | None = None,
    outside: Outside | None = None,
) -> Iterator[Twins]:
    """Yields a new sandbox on a server of this process, for one command.

    On a skipping clock, Python and Node programs sleep without waiting. `kept` are the command's other
    variables, by default those of this process.
    """
    kept = os.environ if kept is None else kept
    outside = outside or Outside()
    with (
        host.sandbox(name, clock=clock, speed=speed, samples=True) as jobtwin,
        TemporaryDirectory() as folder,
    ):
        sandbox = host.found(jobtwin.name)
        addresses = list(_addresses(jobtwin, specs))
        hosts = Hosts(addresses, outside.through)
        with _gateway(host, jobtwin.url, sandbox, hosts, outside) as gateway:
            environment = command_environment(
                jobtwin.url,
                addresses,
                origins=gateway.origins,
                kept={**kept, **gateway.variables()},
            )
            environment |= gateway.authority.variables(Path(folder), kept)
            if clock == "skip":
                shared = ClockFile(Path(folder, "clock"), sandbox.clock.now())
                sandbox.clock.watch(shared.write)
                sleep = f"{jobtwin.url}/_control/clock/sleep"
                environment |= skipping(sleep, shared.path, environment)
            yield Twins(jobtwin, sandbox, environment, hosts)


def recorded(sandbox: Callable[[], Sandbox], specs: Sequence[Spec]) -> CommandRecorder:
    """Returns a recording with the time of a sandbox that will be created later."""

    def now() -> datetime:
        return _EPOCH + timedelta(microseconds=sandbox().clock.now())

    return CommandRecorder(Recorder(now=now, secret=secret_parameters(specs)))


@contextmanager
def _gateway(
    host: Host, root: str, sandbox: Sandbox, hosts: Hosts, outside: Outside
) -> Iterator[Gateway]:
    if (server := host.server) is None:
        raise ValueError("a command's twins need a server with a socket")
    forwarding = Forwarding()
    gateway = server.run_on_loop(_opened(server, root, sandbox, hosts, outside, forwarding))
    try:
        yield gateway
    finally:
        server.run_on_loop(gateway.close())
        server.run_on_loop(forwarding.close())


async def _opened(  # noqa: PLR0913, PLR0917 - what it connects
    server: Server,
    root: str,
    sandbox: Sandbox,
    hosts: Hosts,
    outside: Outside,
    forwarding: Forwarding,
) -> Gateway:
    recording = outside.recording
    of: Callable[[App], App] = recording.of if recording else lambda app: app
    led = Led(server.app, root)
    made = partial(protocols, state=server.state)
    gateway = Gateway(
        hosts,
        outside.authority or Authority(),
        made(of(ByHost(hosts, led, _holding(sandbox, forwarding)))),
        {twin.name: made(of(AtRoot(twin, led))) for twin in hosts.twins},
        blind=recording is None,
        under_way=sandbox.waits.under_way,
    )
    await gateway.open()
    return gateway


def _holding(sandbox: Sandbox, app: App) -> App:
    """Returns an application that stops the sandbox's clock from skipping during its requests."""

    async def answered(scope: Scope, receive: Any, send: Any) -> None:
        with sandbox.waits.under_way():
            await app(scope, receive, send)

    return answered


def _addresses(jobtwin: Jobtwin, specs: Sequence[Spec]) -> Iterator[Address]:
    for spec in specs:
        if spec.jobs:
            yield Address.of_spec(spec, jobtwin[spec.name].credential)
