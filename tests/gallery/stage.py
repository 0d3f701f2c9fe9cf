"""The stage of a walk: a sandbox with one twin, whose jobs end as the walk chooses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from jobtwin.http import base_path
from jobtwin.lifecycle import JobRecord, Machine, Outcome, build_timeline
from jobtwin.openapi import Spec
from jobtwin.testing import Jobtwin
from jobtwin.testing.api import Api


class Front:
    """Leads requests for the server's root to a path of it, for clients that know only a host."""

    def __init__(self) -> None:
        self.place = ""

    def around(self, app: App) -> App:
        """Returns the application with the redirection."""

        async def led(scope: Scope, receive: Receive, send: Send) -> None:
            path = str(scope.get("path", ""))
            if scope["type"] == "http" and self.place and not path.startswith(_OURS):
                scope = {**scope, "path": self.place + path, "raw_path": None}
            await app(scope, receive, send)

        return led


_OURS = ("/sandboxes/", "/_control/")


@dataclass(frozen=True)
class TwinStage:
    """A sandbox, and the spec of its twin."""

    twin: Jobtwin
    spec: Spec
    host: str
    _front: Front

    def front(self) -> str:
        """Returns the server's URL, whose root is the twin's from now on."""
        self._front.place = self.root.removeprefix(self.host)
        return self.host

    @property
    def api(self) -> Api:
        """The twin's API."""
        return self.twin[self.spec.name]

    @property
    def root(self) -> str:
        """The twin's URL without the vendor's own path."""
        below = base_path(self.spec).removeprefix(f"/{self.spec.name}")
        return self.api.url.removesuffix(below)

    @property
    def key(self) -> str:
        """A valid credential of the twin, or any text if it needs none."""
        return self.api.credential or "test"

    def end(self, machines: tuple[str, ...], outcome: Outcome) -> None:
        """Makes new jobs end like this, for the first machine of these names that exists."""
        name = next(each for each in machines if each in self.spec.jobs)
        machine = self.spec.jobs[name]
        self.api.set_default(_ending(machine, outcome), name)


def _ending(machine: Machine, outcome: Outcome) -> str:
    for name in machine.scenarios:
        schedule = build_timeline(JobRecord.of(machine, "0", 0, scenario=name)).schedule
        if schedule.last.state.outcome is outcome:
            return name
    raise LookupError(f"no scenario of {machine.name} ends in {outcome}")


App = Callable[[Scope, Receive, Send], Awaitable[None]]
Walk = Callable[[TwinStage], None]


@dataclass(frozen=True)
class VendorClient:
    """A vendor's client: its distribution, the small file with its operations, and its walks.

    `vendors` is the vendor's own file in a corpus, and `overlay` makes a twin of it.
    """

    distribution: str
    small: str
    walks: Mapping[str, Walk]
    vendors: str = ""
    overlay: str = ""
