"""A generated waiter with its twin: in process, on one clock, with troubles in transit."""

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import httpx
from openapi_python_client.strings import PythonIdentifier

import jobclients
from jobtwin.codegen.output import update
from jobtwin.http import base_path, create_app
from jobtwin.lifecycle import JobView, Machine
from jobtwin.openapi import Spec, find_source
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from jobtwin.sandboxes.polling import PollingReport, reports
from jobwait import Call, Snapshot, Target
from tests.asgi import respond, responded
from tests.loaded import loaded

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
WAYS = ("sync", "async")

Trouble = Callable[["WaiterStage", httpx.Request, httpx.Response], httpx.Response | None]
"""Changes an answer; None if it cannot be changed, and the next one should be."""


@contextmanager
def fifth(specs: Sequence[Path] = FIFTH) -> Iterator[None]:
    """Generates the clients of these specs for a limited time."""
    with TemporaryDirectory() as aside:
        update(specs, Path(aside), lambda _: None)
        with importable(Path(aside), specs):
            yield


@contextmanager
def importable(generated: Path, specs: Sequence[Path] = FIFTH) -> Iterator[None]:
    """Makes clients that were generated there importable for a limited time."""
    before = list(jobclients.__path__)
    jobclients.__path__ = [*before, str(generated / "jobclients")]
    yield
    jobclients.__path__ = before
    for spec in specs:
        package = f"jobclients.{find_source(spec).name}"
        for name in [name for name in sys.modules if name.startswith(package)]:
            del sys.modules[name]


@cache
def served(spec: Spec) -> tuple[ManualClock, Sandbox, Any]:
    """Returns a spec's clock, sandbox and application; cached, as connexion is slow to start."""
    clock = ManualClock()
    sandbox = Sandbox(spec.jobs.values(), Setup(clock, empty=True))
    return clock, sandbox, create_app([spec], sandbox)


class StagedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests to the application, sync or async, and applies the stage's troubles."""

    def __init__(self, app: Any, stage: "WaiterStage") -> None:
        self._app = app
        self._stage = stage

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; the twin runs on its own event loop."""
        fine = self._stage.known(request) or respond(self._app, request)
        return self._stage.troubled(request, fine)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        fine = self._stage.known(request) or await responded(self._app, request)
        return self._stage.troubled(request, fine)


class WaiterStage:
    """A waiter, sync or async, and a job to wait for."""

    def __init__(self, spec: Spec, machine: Machine, way: str) -> None:
        self.spec = spec
        self.machine = machine
        self.way = way
        self.clock, self.sandbox, self._app = self._twin()
        self.sandbox.reset()
        self.waiters: ModuleType = importlib.import_module(f"jobclients.{spec.name}.waiters")
        self.name = str(PythonIdentifier(machine.name, "field_"))
        self.life = getattr(self.waiters, self.name.upper())
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        self.shown: list[Snapshot[Any]] = []
        self.jumps: list[float] = []
        self._ahead = 0.0
        self.token = ""
        self._job: StoredJob | None = None
        self.script: list[Trouble] = []
        self.then: Trouble | None = None
        self._ended = False
        self._known: dict[httpx.URL, httpx.Response] = {}
        self.client = self._client()

    def _twin(self) -> tuple[ManualClock, Sandbox, Any]:
        """Returns the clock, the sandbox, and the application that serves it."""
        return served(self.spec)

    def _wire(self) -> tuple[str, Any]:
        """Returns the server's URL and the transport to it."""
        return "http://twin", StagedTransport(self._app, self)

    # -- the caller's side -------------------------------------------------------------------------

    def wait(self, job: StoredJob, **options: Any) -> Any:
        """Calls the generated wait function."""
        return self._called(f"wait_for_{self.name}", self.ids(job), options)

    def resume(self, document: str, **options: Any) -> Any:
        """Calls the generated resume function."""
        return self._called(f"resume_{self.name}", {"document": document}, options)

    def watch(
        self, job: StoredJob, at_most: int | None = None, **options: Any
    ) -> list[Snapshot[Any]]:
        """Returns the snapshots of the generated watch function, at most as many as given."""
        options = {"clock": self.now, "sleep": self.sleep, "rng": lambda: 0.5, **options}
        if self.way == "sync":
            watch = getattr(self.waiters, f"watch_{self.name}")
            return list(islice(watch(self.client, **self.ids(job), **options), at_most))
        watch = getattr(self.waiters, f"watch_{self.name}_async")

        async def watched() -> list[Snapshot[Any]]:
            seen: list[Snapshot[Any]] = []
            async with aclosing(watch(self.client, **self.ids(job), **options)) as snapshots:
                async for snapshot in snapshots:
                    seen.append(snapshot)
                    if len(seen) == at_most:
                        break
            return seen

        return asyncio.run(watched())

    def _called(self, name: str, ids: dict[str, Any], options: dict[str, Any]) -> Any:
        options = {"clock": self.now, "sleep": self.sleep, "rng": lambda: 0.5, **options}
        if self.way == "sync":
            return getattr(self.waiters, name)(self.client, **ids, **options)
        return asyncio.run(getattr(self.waiters, f"{name}_async")(self.client, **ids, **options))

    def ids(self, job: StoredJob) -> dict[str, Any]:
        """Returns the arguments that identify the job, with the types that the waiter expects."""
        asked = inspect.signature(getattr(self.waiters, f"wait_for_{self.name}")).parameters
        own = {str(PythonIdentifier(name, "field_")) for name in self._ways_to_name()}
        return {
            name: p.annotation(job.record.id if name in own else "clay-lane")
            for name, p in asked.items()
            if p.kind is p.KEYWORD_ONLY
        }

    def _ways_to_name(self) -> set[str]:
        reads = [o for o in self.spec.operations if o.machine is self.machine and o.does == "read"]
        return {o.job_id.name for o in reads if o.job_id} or {f"{self.machine.name}_id"}

    def now(self) -> float:
        """Returns seconds since 1970 on the twin's clock, plus the jumps of the caller's clock."""
        return self.clock.now() / 1e6 + self._ahead

    def sleep(self, seconds: float) -> None:
        """Move the twin's clock; the caller's clock may also jump."""
        self.slept.append(seconds)
        self.clock.advance(round(seconds * 1e6))
        if self.jumps:
            self._ahead += self.jumps.pop(0)

    def _client(self) -> Any:
        """Returns the generated client, with credentials for the spec's first security scheme."""
        package = importlib.import_module(f"jobclients.{self.spec.name}")
        offered = next((o.security[0] for o in self.spec.operations if o.security), {})
        chosen = [self.spec.credentials[name] for name in offered]
        sent = {c.field: c.const or c.example for c in chosen if c.place == "header"}
        in_query = {c.field: c.example for c in chosen if c.place == "query"}
        root, transport = self._wire()
        settings = {
            "base_url": f"{root}{base_path(self.spec)}",
            "httpx_args": {"transport": transport, "params": in_query},
        }
        self.token = str(next((c.example for c in chosen if c.const is None), "no token"))
        if not sent:
            return package.Client(**settings)
        field, token = next(iter(sent.items()))
        prefix = {"bearer": "Bearer", "basic": "Basic"}.get(chosen[0].kind, "")
        return package.AuthenticatedClient(
            token=token, prefix=prefix, auth_header_name=field, headers=sent, **settings
        )

    # -- the twin's side ---------------------------------------------------------------------------

    def born(self, scenario: str | None = None, *, ended: bool = False) -> StoredJob:
        """Returns a new job of this or the default scenario, already at its end if `ended`."""
        chosen = self.machine.scenarios[scenario] if scenario else self.machine.default_scenario
        asked = {name: some[0] for name, some in chosen.when.items() if name not in chosen.facts}
        make: dict[str, Any] = {"scenario": chosen.name, "facts": asked}
        job = self.sandbox.create(self.machine, **make)
        if ended and job.timeline.schedule.ends is not None:
            at = self.clock.now() - job.timeline.schedule.ends
            self.sandbox.remove(job)
            job = self.sandbox.create(self.machine, at=at, **make)
        self._job, self._ended = job, ended
        return job

    @property
    def job(self) -> StoredJob:
        """The latest new job."""
        assert self._job
        return self._job

    def view(self, job: StoredJob) -> JobView:
        """Returns the job's current state by the engine."""
        return JobView(job.timeline, self.clock.now())

    def there(self, job: StoredJob) -> bool:
        """True if the job still exists."""
        return self.sandbox.find(self.machine, job.record.id) is not None

    def politeness(self, job: StoredJob) -> list[PollingReport]:
        """Returns the twin's reports on the polling of the job."""
        made = reports(self.sandbox.journal, lambda _, name: self.spec.machines.get(name))
        return [report for report in made if report.job == str(job.record.id)]

    # -- the wire ----------------------------------------------------------------------------------

    def known(self, request: httpx.Request) -> httpx.Response | None:
        """Returns the twin's earlier answer about an ended job, as it does not change any more."""
        return self._known.get(request.url)

    def troubled(self, request: httpx.Request, fine: httpx.Response) -> httpx.Response:
        """Returns the answer after the script's next trouble, or after `then` if it is over."""
        self.requests.append(request)
        if self._ended:
            self._known[request.url] = fine
        scripted = bool(self.script)
        trouble = self.script.pop(0) if scripted else self.then
        answer = trouble(self, request, fine) if trouble else fine
        if answer is None and scripted and trouble:
            self.script.insert(0, trouble)
        return fine if answer is None else answer

    def call(self, request: httpx.Request, target: Target[Any]) -> Call[Any]:
        """Returns the waiter's call for a request."""
        path = request.url.path.removeprefix(base_path(self.spec))
        calls = [call for call in (target.meter, target.quick, target.whole) if call]
        return next((call for call in calls if call.request.get("url") == path), target.whole)

    def target(self, job: StoredJob) -> Target[Any]:
        """Returns the generated module's description of a job."""
        target: Target[Any] = getattr(self.waiters, f"_{self.name}")(**self.ids(job))
        return target

    def states(self, kind: str, outcome: str | None = None) -> Sequence[str]:
        """Returns the states of a kind."""
        states = self.life.states.items()
        return [name for name, s in states if (s.kind, s.outcome) == (kind, outcome)]


def waiters() -> list[tuple[Spec, Machine]]:
    """Returns every spec and machine with a waiter; those of the tests are last."""
    found = []
    for spec in (*loaded(), *loaded(FIFTH)):
        sessions = {credential.session for credential in spec.credentials.values()}
        found += [(spec, machine) for machine in spec.jobs.values() if machine not in sessions]
    return found
