"""Handlers of the control API's sandboxes: list, create, delete, export and import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from jobtwin.errors import Refusal, WorldRefused, unknown
from jobtwin.http.control.lookup import ServedTwins, read_moment
from jobtwin.http.finding import Handler
from jobtwin.http.pieces import PIECE, after, dropped, in_turn, streamed
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Moment
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import ManualClock, Sandbox, SandboxClock, Sandboxes, Setup
from jobtwin.sandboxes.sandbox import RESTORED_AT_ONCE
from jobtwin.stores.world import MOST_REQUESTS, export_in_pieces, importing


class SandboxControl:
    """The sandboxes of a server."""

    def __init__(self, served: ServedTwins, sandboxes: Sandboxes) -> None:
        self._served = served
        self._sandboxes = sandboxes

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "createSandbox": self._create_sandbox,
            "deleteSandbox": self._delete_sandbox,
            "deleteSandboxes": self._delete_sandboxes,
            "exportSandbox": self._export_sandbox,
            "importSandbox": self._import_sandbox,
            "listSandboxes": self._list_sandboxes,
            "resetSandbox": _reset,
        }

    def _list_sandboxes(self, request: RequestData, sandbox: Sandbox) -> Any:
        return after(self._settling, self._listed, request, sandbox)

    def _settling(self, request: RequestData, _sandbox: Sandbox) -> Iterator[None]:
        for _, each in self._wanted(request):
            yield from each.settling(each.clock.now())

    def _listed(self, request: RequestData, _sandbox: Sandbox) -> Any:
        listed = [self._world(name, each) for name, each in self._wanted(request)]
        return {"sandboxes": listed, "total": len(self._sandboxes.names())}

    def _wanted(self, request: RequestData) -> Iterator[tuple[str, Sandbox]]:
        offset, names = request.query["offset"], self._sandboxes.names()
        return self._sandboxes.some(names[offset : offset + request.query["limit"]])

    def _create_sandbox(self, request: RequestData, sandbox: Sandbox) -> Any:
        name, body, usual = request.path["name"], request.body or {}, self._sandboxes.fresh()
        setup = Setup(
            _new_clock(body, usual.clock, self._sandboxes.date()),
            body.get("seed", usual.setup.seed),
            body.get("empty", usual.setup.empty),
            body.get("progression", usual.setup.progression),
            skips=body["clock"] == "skip" if "clock" in body else usual.setup.skips,
            limits=usual.setup.limits,
        )
        return self._put(name, Sandbox(self._served.machines, setup), request, sandbox)

    def _put(self, name: str, made: Sandbox, request: RequestData, sandbox: Sandbox) -> Any:
        """Replaces the sandbox of a name by a new one, and shows that."""
        shown, old = self._world(name, made), self._sandboxes.stores([name])
        self._sandboxes.put(name, made)
        return dropped(old, lambda *_: shown, request, sandbox)

    def _delete_sandbox(self, request: RequestData, sandbox: Sandbox) -> Any:
        name = self._known(request.path["name"])
        old = self._sandboxes.stores([name])
        self._sandboxes.remove(name)
        return dropped(old, _nothing, request, sandbox)

    def _delete_sandboxes(self, request: RequestData, sandbox: Sandbox) -> Any:
        old = self._sandboxes.stores()
        self._sandboxes.clear()
        return dropped(old, _nothing, request, sandbox)

    def _known(self, name: str) -> str:
        """Returns the name of an existing sandbox. Raises Refusal if there is none."""
        if name not in self._sandboxes:
            raise Refusal("not_there", why=unknown("sandbox", name, self._sandboxes.names()))
        return name

    def _export_sandbox(self, request: RequestData, sandbox: Sandbox) -> Any:
        return after(self._settling_one, self._exported, request, sandbox)

    def _settling_one(self, request: RequestData, _sandbox: Sandbox) -> Iterator[None]:
        wanted = self._existing(request.path["name"])
        return wanted.settling(wanted.clock.now())

    def _exported(self, request: RequestData, _sandbox: Sandbox) -> Any:
        name = request.path["name"]
        wanted, requests = self._existing(name), self._sandboxes.latest(name, MOST_REQUESTS)
        return streamed(export_in_pieces(wanted, self._served.machines, requests))

    def _existing(self, name: str) -> Sandbox:
        """Returns the sandbox of a name. Raises Refusal if there is none, or none any more."""
        found = self._sandboxes.find(self._known(name))
        if found is None:
            raise Refusal("not_there", why=f"The sandbox {name} was just deleted")
        return found

    def _import_sandbox(self, request: RequestData, sandbox: Sandbox) -> Any:
        made, failures = self._sandboxes.fresh(), list[Exception]()
        work = self._imported(request.body, made, failures)

        def put(request: RequestData, sandbox: Sandbox) -> Any:
            if failures and isinstance(failures[0], WorldRefused):
                raise Refusal("not_now", why=str(failures[0])) from failures[0]
            if failures:
                raise failures.pop()
            return self._put(request.path["name"], made, request, sandbox)

        jobs = request.body.get("jobs")
        if not isinstance(jobs, list) or len(jobs) <= RESTORED_AT_ONCE:
            return in_turn(work, put, request, sandbox, at_once=True)
        return in_turn(chain(work, _freed(jobs)), put, request, sandbox, at_once=False)

    def _imported(
        self, world: dict[str, Any], made: Sandbox, failures: list[Exception]
    ) -> Iterator[None]:
        """Loads a world in pieces, with its lists up to date, or notes why that failed."""
        try:
            yield from importing(world, made, self._served.machines)
            yield from made.settling(made.clock.now())
            yield from self._sandboxes.preparing(made)
        except Exception as error:  # noqa: BLE001 - it is raised in the turn that follows
            failures.append(error.with_traceback(None))  # it would lead back to the list
            for store in made.stores:
                yield from store.drop()

    def _world(self, name: str, sandbox: Sandbox) -> Any:
        return {
            "name": name,
            "now": rfc3339(sandbox.clock.now()),
            "jobs": sandbox.count(),
            "requests": sandbox.journal.total,
        }


def _freed(jobs: list[Any]) -> Iterator[None]:
    """Frees a long list in pieces."""
    while jobs:
        del jobs[-PIECE:]
        yield


def _reset(request: RequestData, sandbox: Sandbox) -> Any:
    old = sandbox.stores
    sandbox.reset()
    return dropped(old, _nothing, request, sandbox)


def _nothing(*_: object) -> None:
    """Returns None, for a response without a body."""


def _new_clock(body: Mapping[str, Any], usual: SandboxClock, date: Moment) -> SandboxClock:
    """Returns the clock of a new sandbox, by default like the server's.

    With a speed it runs, and with a start it is frozen, unless `clock` says otherwise.
    """
    if not body.keys() & {"clock", "start", "speed"}:
        return usual
    frozen = "speed" not in body
    if "clock" in body:
        frozen = body["clock"] != "real"
    start = ManualClock.START if frozen else date
    if "start" in body:
        start = read_moment(body["start"])
    return SandboxClock(start, speed=body.get("speed", usual.speed), frozen=frozen)
