"""What a walk is given: a sandbox with one twin, whose jobs end as the walk chooses."""

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
    """Leads requests for the root of the server to a place of it, for clients that know hosts only."""

    def __init__(self) -> None:
        self.place = ""

    def around(self, app: App) -> App:
        """The application that does so."""

        async def led(scope: Scope, receive: Receive, send: Send) -> None:
            path = str(scope.get("path", ""))
            if scope["type"] == "http" and self.place and not path.startswith(_OURS):
                scope = {**scope, "path": self.place + path, "raw_path": None}
            await app(scope, receive, send)

        return led


_OURS = ("/sandboxes/", "/_control/")


@dataclass(frozen=True)
class TwinStage:
    """A sandbox, and the spec of the twin in it."""

    twin: Jobtwin
    spec: Spec
    host: str
    _front: Front

    def front(self) -> str:
        """The URL of the server, whose root is the twin's from now on."""
        self._front.place = self.root.removeprefix(self.host)
        return self.host

    @property
    def api(self) -> Api:
        """The twin's API."""
        return self.twin[self.spec.name]

    @property
    def root(self) -> str:
        """The twin's URL without the path of the vendor's own."""
        below = base_path(self.spec).removeprefix(f"/{self.spec.name}")
        return self.api.url.removesuffix(below)

    @property
    def key(self) -> str:
        """A credential that the twin lets in; any text where it needs none."""
        return self.api.credential or "test"

    def end(self, machines: tuple[str, ...], outcome: Outcome) -> None:
        """Have new jobs of a machine, the first of these names that there is, end like this."""
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
    """A vendor's client: its distribution, the small file with its shapes, and what it walks.

    `vendors` is the vendor's own file in a corpus, and `overlay` what makes a twin of it.
    """

    distribution: str
    small: str
    walks: Mapping[str, Walk]
    vendors: str = ""
    overlay: str = ""
