"""Handlers of the server's own API, `specs/control.yaml`, by operationId."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from itertools import islice
from time import perf_counter_ns
from typing import Any

from jobtwin.bounds import LAST_MOMENT
from jobtwin.deliveries import Courier
from jobtwin.errors import Refusal, UnknownScenario, WorldRefused, unknown
from jobtwin.http.control_deliveries import DeliveryControl
from jobtwin.http.control_faults import FaultControl
from jobtwin.http.control_limits import LimitControl
from jobtwin.http.events import stream
from jobtwin.http.finding import Handler
from jobtwin.http.inspection import answers, described_api, graph, timeline
from jobtwin.http.reply import Stream
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import Pause, until_news
from jobtwin.lifecycle import Machine, Milestone, Moment, PartBirth, Span, View
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Parameter
from jobtwin.openapi.schema import reason
from jobtwin.openapi.spec import machines_by_name
from jobtwin.openapi.times import moment, rfc3339, span
from jobtwin.sandboxes import (
    Clock,
    Entry,
    Item,
    Job,
    JobChanged,
    ManualClock,
    RealClock,
    Sandbox,
    Sandboxes,
    Setup,
)
from jobtwin.sandboxes.bodies import shown_body
from jobtwin.sandboxes.changes import ClockAdvanced
from jobtwin.sandboxes.journal import Skip
from jobtwin.sandboxes.polling import Report, reports
from jobtwin.stores.world import export_world, import_world

_VERSION = version("jobtwin")

LONGEST_HISTORY = 1000
"""Changes of a job that are shown, the latest; one that goes round for ever has millions."""

_SEEN_END = "seen-end"
"""What `until` says for: a client has seen that the job has ended."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")

SERVER_WIDE = frozenset(
    {"createSandbox", "deleteSandbox", "deleteSandboxes", "getHealth", "listApis", "listSandboxes"}
)
"""Operations that are about the whole server: whether a request's sandbox is there is all the same."""


class Control:
    """The control API of one server."""

    def __init__(
        self,
        specs: Sequence[Spec],
        sandboxes: Sandboxes,
        paths: Mapping[str, str],
        *,
        guarded: bool = False,
        courier: Courier,
    ) -> None:
        """`paths` are those of the APIs by name; `guarded` ones let in chosen credentials only."""
        self._described_apis = [
            described_api(spec, paths[spec.name], guarded=guarded) for spec in specs if spec.jobs
        ]
        self._specs = {spec.name: spec for spec in specs if spec.jobs}
        self._apis = {m: spec.name for spec in specs for m in spec.jobs.values()}
        self._machines = machines_by_name(specs)
        self._sessions = {c.session for spec in specs for c in spec.credentials.values()} - {None}
        self._sandboxes = sandboxes
        self._deliveries = DeliveryControl(courier, self._spec, paths)

    def handlers(self) -> Mapping[str, Handler]:
        """Every handler by its operationId."""
        return {
            **FaultControl(self._spec).handlers(),
            **self._deliveries.handlers(),
            **LimitControl(self._specs).handlers(),
            "advanceClock": self._advance_clock,
            "sleepOnClock": self._sleep,
            "clearJournal": lambda _, sandbox: sandbox.clear_journal(),
            "createJob": self._create_job,
            "createSandbox": self._create_sandbox,
            "deleteJob": lambda request, sandbox: sandbox.remove(self._job(request, sandbox)),
            "deleteSandbox": self._delete_sandbox,
            "deleteSandboxes": lambda *_: self._sandboxes.clear(),
            "exportSandbox": self._export_sandbox,
            "finishJob": self._finish_job,
            "followEvents": self._follow_events,
            "getClock": lambda _, sandbox: _clock(sandbox),
            "getHealth": lambda *_: {"status": "ok", "version": _VERSION},
            "getJob": lambda request, sandbox: self._shown(self._job(request, sandbox), sandbox),
            "getJobAnswers": self._get_job_answers,
            "getJobTimeline": self._get_job_timeline,
            "getJournal": self._get_journal,
            "getMachine": self._get_machine,
            "getPollingReport": self._get_report,
            "importSandbox": self._import_sandbox,
            "listApis": lambda *_: {"apis": self._described_apis},
            "listJobs": self._list_jobs,
            "listMachines": self._list_machines,
            "listSandboxes": self._list_sandboxes,
            "resetSandbox": lambda _, sandbox: sandbox.reset(),
            "sendEvent": self._send_event,
            "setClock": self._set_clock,
            "setDefaultScenario": self._set_default,
            "waitForJob": self._wait_for_job,
        }

    # -- finding ---------------------------------------------------------------------------------

    def _spec(self, name: str) -> Spec:
        if name not in self._specs:
            raise Refusal("not_there", why=unknown("twin", name, self._specs))
        return self._specs[name]

    def _machine(self, api: str, name: str | None) -> Machine:
        jobs = self._spec(api).jobs
        if name is None and len(jobs) == 1:
            return next(iter(jobs.values()))
        if name is None:
            able = ", ".join(jobs)
            raise Refusal("not_understood", why=f"{api} has several machines; name one of {able}")
        if name not in jobs:
            raise Refusal("not_there", why=unknown("machine", name, jobs, api))
        return jobs[name]

    def _job(self, request: RequestData, sandbox: Sandbox) -> Job:
        machine, text = (
            self._machine(request.path["api"], request.path["machine"]),
            request.path["id"],
        )
        try:
            job = sandbox.find(machine, _id(machine, text), unborn=True)
        except ValueError as error:
            raise Refusal("not_there", why=f"there is no job {text}: {error}") from error
        if job is None:
            raise Refusal("not_there", why=f"there is no job {text}")
        return job

    # -- jobs ------------------------------------------------------------------------------------

    def _create_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        body = request.body
        machine = self._machine(body["api"], body.get("machine"))
        spec = self._spec(body["api"])
        facts, parts = body.get("facts", {}), body.get("parts")
        if wrong := [*spec.misfits(machine, facts), *_misfit_parts(spec, machine, parts or {})]:
            raise Refusal("not_understood", why="; ".join(wrong))
        given = _new_id(spec, machine, body["id"]) if "id" in body else None
        if given is not None and sandbox.find(machine, given, unborn=True):
            raise Refusal("not_now", why=f"there is a job {given} already")
        try:
            job = sandbox.create(
                machine,
                id=given,
                at=_moment(body["at"]) if "at" in body else None,
                scenario=body.get("scenario"),
                facts=facts,
                parts=_parts(parts) if parts else None,
                by_polls=None if "progression" not in body else body["progression"] == "polls",
            )
        except UnknownScenario as error:
            raise Refusal("not_understood", why=str(error)) from error
        return self._shown(job, sandbox)

    def _list_jobs(self, request: RequestData, sandbox: Sandbox) -> Any:
        wanted, states = request.query["api"], request.query["state"]
        jobs = [
            job
            for machine, api in self._apis.items()
            if wanted in (None, api)
            for job in sandbox.jobs(machine)
        ]
        now = sandbox.clock.now()
        jobs = [job for job in jobs if not states or job.view(now).state.name in states]
        jobs.sort(key=lambda job: job.age, reverse=True)
        shown = jobs[: request.query["limit"]]
        return {"jobs": [self._shown(job, sandbox) for job in shown], "total": len(jobs)}

    def _send_event(self, request: RequestData, sandbox: Sandbox) -> Any:
        job, event = self._job(request, sandbox), request.body["event"]
        known = {t.event for t in job.record.machine.transitions if t.event}
        if event not in known:
            kind = f"{request.path['api']} {job.record.machine.name}"
            raise Refusal("not_understood", why=unknown("event", event, sorted(known), kind))
        _refuse_unborn(job, sandbox)
        if not sandbox.send_event(job, event, request.body.get("data")):
            view = job.view(sandbox.clock.now())
            able = ", ".join(_events(view)) or "none"
            why = f"the job is {view.state.name}, in which {event} is illegal; legal are: {able}"
            raise Refusal("not_now", why=why)
        return self._shown(job, sandbox)

    def _finish_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        job = self._job(request, sandbox)
        _refuse_unborn(job, sandbox)
        if not sandbox.finish(job):
            raise Refusal("not_now", why="its schedule holds no end to come to; send it an event")
        return self._shown(job, sandbox)

    def _wait_for_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        job, until = self._job(request, sandbox), request.query["until"]
        machine = job.record.machine
        if until != _SEEN_END and until not in machine.states:
            kind = f"{request.path['api']} {machine.name}"
            known = [*machine.states, _SEEN_END]
            raise Refusal("not_understood", why=unknown("state", until, known, kind))
        if self._has_come(job, until, sandbox):
            return self._shown(job, sandbox)
        passed = (perf_counter_ns() - request.started) / 1e9
        if (left := request.query["timeout"] - passed) <= 0:
            now = job.view(max(sandbox.clock.now(), job.record.at)).state.name
            raise Refusal("not_now", why=f"after {passed:.1f} s the job is {now}, and not {until}")
        return until_news(sandbox, left)

    def _has_come(self, job: Job, until: str, sandbox: Sandbox) -> bool:
        now = sandbox.clock.now()
        if until != _SEEN_END:
            return job.record.at <= now and job.view(now).entered_at(until) is not None
        wanted = self._apis[job.record.machine], job.record.machine.name, str(job.record.id)
        return any(
            seen.ended_at is not None and (entry.api, seen.machine, seen.job) == wanted
            for entry in reversed(sandbox.journal)
            for seen in entry.seen
        )

    # -- events ----------------------------------------------------------------------------------

    def _follow_events(self, request: RequestData, sandbox: Sandbox) -> Stream:
        return stream(sandbox, request.header["Last-Event-ID"], partial(self._event, sandbox))

    def _event(self, sandbox: Sandbox, item: Item) -> tuple[str, Mapping[str, Any]]:
        """An item of the feed, without facts: these may be secrets, as are the ids of sessions."""
        what = item.what
        if isinstance(what, Entry):
            return "request", _entry(what)
        api, _, machine = str(getattr(what, "machine", "")).rpartition("/")
        shown = {"at": rfc3339(what.at), "api": api, "machine": machine}
        if self._machines.get(f"{api}/{machine}") not in self._sessions:
            shown["id"] = str(getattr(what, "id", ""))
        if isinstance(what, JobChanged):
            return "job", {**shown, "state": what.state}
        for name in ("event", "scenario", "speed", "frozen", "callback"):
            shown[name] = getattr(what, name, "")
        shown |= {"kind": what.kind, "state": sandbox.state_after(what) or ""}
        if isinstance(what, ClockAdvanced):
            shown["now"] = rfc3339(what.at + what.by)
        return "change", {name: value for name, value in shown.items() if value != ""}

    def _shown(self, job: Job, sandbox: Sandbox) -> Any:
        now = sandbox.clock.now()
        view = View(job.timeline, max(job.moment(now), job.record.at))
        state = view.state
        shown: dict[str, Any] = {
            "api": self._apis[job.record.machine],
            "machine": job.record.machine.name,
            "id": str(job.record.id),
            "scenario": job.record.scenario.name,
            "state": state.name,
            "kind": state.kind.value,
            "created": rfc3339(job.record.at),
            "progression": "time" if job.reached is None else "polls",
            "facts": view.facts(),
            "history": _history(job, view),
            "events": _events(view) if job.record.at <= now else [],
        }
        if state.outcome:
            shown["outcome"] = state.outcome.value
        if not job.record.machine.rules:
            shown["progress"] = round(view.progress, 6)
        if (coming := job.timeline.schedule.due(view.index)) is not None:
            following = job.timeline.schedule[view.index + 1].state.name
            shown["next"] = {"at": rfc3339(job.record.at + coming), "state": following}
        if job.record.parts:
            shown["parts"] = _shown_parts(view)
        return shown

    def _get_job_timeline(self, request: RequestData, sandbox: Sandbox) -> Any:
        return timeline(self._job(request, sandbox), sandbox.clock.now())

    def _get_job_answers(self, request: RequestData, sandbox: Sandbox) -> Any:
        job = self._job(request, sandbox)
        _refuse_unborn(job, sandbox)
        return {"answers": answers(self._spec(request.path["api"]), job, sandbox.clock.now())}

    # -- machines --------------------------------------------------------------------------------

    def _list_machines(self, request: RequestData, sandbox: Sandbox) -> Any:
        wanted = request.query["api"]
        found = (m for m, api in self._apis.items() if wanted in (None, api))
        return {"machines": [self._described(machine, sandbox) for machine in found]}

    def _get_machine(self, request: RequestData, _sandbox: Sandbox) -> Any:
        api, name = request.path["api"], request.path["machine"]
        return graph(api, self._machine(api, name))

    def _set_default(self, request: RequestData, sandbox: Sandbox) -> Any:
        machine = self._machine(request.path["api"], request.path["machine"])
        name = request.body["scenario"]
        if name not in machine.scenarios:
            able = ", ".join(machine.scenarios)
            raise Refusal("not_understood", why=f"{name} is not one of its scenarios ({able})")
        sandbox.choose_default_scenario(machine, name)
        return self._described(machine, sandbox)

    def _described(self, machine: Machine, sandbox: Sandbox) -> Any:
        usual = sandbox.defaults.get(machine, machine.default_scenario.name)
        return {
            "api": self._apis[machine],
            "machine": machine.name,
            "summary": machine.summary,
            "states": list(machine.states),
            "events": list(dict.fromkeys(t.event for t in machine.transitions if t.event)),
            "scenarios": [
                {"name": s.name, "summary": s.summary, "default": s.name == usual}
                for s in machine.scenarios.values()
            ],
        }

    # -- clock -----------------------------------------------------------------------------------

    @staticmethod
    def _set_clock(request: RequestData, sandbox: Sandbox) -> Any:
        if request.body.keys() & {"speed", "frozen"}:
            sandbox.set_clock(speed=request.body.get("speed"), frozen=request.body.get("frozen"))
        if "progression" in request.body:
            sandbox.choose_progression(request.body["progression"])
        return _clock(sandbox)

    def _advance_clock(self, request: RequestData, sandbox: Sandbox) -> Any:
        now, body = sandbox.clock.now(), request.body
        if "by" in body:
            target: Moment | None = now + _span(body["by"])
        elif "to" in body:
            target = _moment(body["to"])
        else:
            target = self._deliveries.next_stop(sandbox)
        if target is None:
            raise Refusal("not_now", why="no job changes any more; there is nothing to go to")
        target = max(target, now) if "toNext" in body else target
        if target > LAST_MOMENT:
            raise Refusal("not_now", why=f"clocks end with {rfc3339(LAST_MOMENT)}")
        if target < now:
            why = f"{rfc3339(target)} is past: it is {rfc3339(now)}, and time goes forward only"
            raise Refusal("not_now", why=why)
        return self._deliveries.advance(target, lambda _, there: _clock(there), request, sandbox)

    @staticmethod
    def _sleep(request: RequestData, sandbox: Sandbox) -> Any:
        until = _moment(request.body["until"])
        if sandbox.clock.now() >= until:
            return _clock(sandbox)
        who = request.body.get("process"), request.body.get("thread")
        return Pause(partial(sandbox.waits.until, until, *who))

    # -- journal ---------------------------------------------------------------------------------

    def _get_journal(self, request: RequestData, sandbox: Sandbox) -> Any:
        limit = request.query["limit"]
        found: list[dict[str, Any]] = []
        for entry in reversed(sandbox.journal):
            if len(found) < limit and _wanted(entry, request.query):
                found.append(_entry(entry))
        journal = sandbox.journal
        skips = [_skip(skip) for skip in islice(reversed(journal.skips), limit)]
        counts = {"total": journal.total, "forgotten": journal.forgotten}
        return {"entries": found, **counts, **({"skips": skips} if skips else {})}

    def _get_report(self, request: RequestData, sandbox: Sandbox) -> Any:
        found = reports(sandbox.journal, self._polled)
        api, job = request.query["api"], request.query["job"]
        chosen = [r for r in found if api in (None, r.api) and job in (None, r.job)]
        return {"jobs": [_report(report) for report in chosen]}

    def _polled(self, api: str, machine: str) -> Machine | None:
        return self._specs[api].jobs.get(machine) if api in self._specs else None

    # -- sandboxes -------------------------------------------------------------------------------

    def _list_sandboxes(self, request: RequestData, _sandbox: Sandbox) -> Any:
        offset, names = request.query["offset"], self._sandboxes.names()
        shown = self._sandboxes.some(names[offset : offset + request.query["limit"]])
        listed = [self._world(name, sandbox) for name, sandbox in shown]
        return {"sandboxes": listed, "total": len(names)}

    def _create_sandbox(self, request: RequestData, _sandbox: Sandbox) -> Any:
        name, body, usual = request.path["name"], request.body or {}, self._sandboxes.fresh()
        setup = Setup(
            _new_clock(body, usual.clock),
            body.get("seed", usual.setup.seed),
            body.get("empty", usual.setup.empty),
            body.get("progression", usual.setup.progression),
            skips=body["clock"] == "skip" if "clock" in body else usual.setup.skips,
            limits=usual.setup.limits,
        )
        made = Sandbox(self._machines, setup)
        self._sandboxes.put(name, made)
        return self._world(name, made)

    def _delete_sandbox(self, request: RequestData, _sandbox: Sandbox) -> None:
        self._sandboxes.remove(self._known(request.path["name"]))

    def _known(self, name: str) -> str:
        """The name of a sandbox, which must be there."""
        if name not in self._sandboxes:
            raise Refusal("not_there", why=unknown("sandbox", name, self._sandboxes.names()))
        return name

    def _export_sandbox(self, request: RequestData, _sandbox: Sandbox) -> Any:
        return export_world(self._sandboxes[self._known(request.path["name"])], self._machines)

    def _import_sandbox(self, request: RequestData, _sandbox: Sandbox) -> Any:
        name, made = request.path["name"], self._sandboxes.fresh()
        try:
            import_world(request.body, made, self._machines)
        except WorldRefused as refused:
            raise Refusal("not_now", why=str(refused)) from refused
        self._sandboxes.put(name, made)
        return self._world(name, made)

    def _world(self, name: str, sandbox: Sandbox) -> Any:
        return {
            "name": name,
            "now": rfc3339(sandbox.clock.now()),
            "jobs": sandbox.count(),
            "requests": sandbox.journal.total,
        }


def _id(machine: Machine, text: str) -> str | int:
    """The id that a text shows; ValueError where no job of the machine's can have it."""
    if not machine.integer_ids:
        return text
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is no integer of at most 18 digits, as its ids are")
    return int(text)


def _new_id(spec: Spec, machine: Machine, text: str) -> str | int:
    """The id of a new job, read as the vendor's own operations read it, or refused."""
    try:
        given = _id(machine, text)
        for parameter in _id_parameters(spec, machine):
            given = _read(parameter, text)
    except ValueError as error:
        why = f"no {machine.name} of {spec.name} can have that id: {error}"
        raise Refusal("not_understood", why=why) from error
    return given


def _read(parameter: Parameter, text: str) -> Any:
    value = parameter.read(text)
    if wrong := next(parameter.validator.iter_errors(value), None):
        raise ValueError(reason(wrong))
    return value


def _id_parameters(spec: Spec, machine: Machine) -> Iterator[Parameter]:
    for operation in spec.operations:
        source = operation.job_id
        if operation.machine is machine and source is not None:
            place = source.place, source.name
            yield from (p for p in operation.parameters if (p.place, p.name) == place)


def _refuse_unborn(job: Job, sandbox: Sandbox) -> None:
    if job.record.at > sandbox.clock.now():
        raise Refusal("not_now", why=f"the job is not born before {rfc3339(job.record.at)}")


def _moment(text: str) -> Moment:
    try:
        return moment(text)
    except ValueError as error:
        raise Refusal("not_understood", why=str(error)) from error


def _span(text: str) -> Span:
    try:
        return span(text)
    except ValueError as error:
        raise Refusal("not_understood", why=str(error)) from error


def _new_clock(body: Mapping[str, Any], usual: Clock) -> Clock:
    """The clock of a new sandbox; where nothing is said, as the server's is.

    One that is given a speed runs, and one that is given a start stands still, unless `clock` says
    otherwise.
    """
    if not body.keys() & {"clock", "start", "speed"}:
        return usual
    frozen = "speed" not in body
    if "clock" in body:
        frozen = body["clock"] != "real"
    start = ManualClock.START if frozen else RealClock().now()
    if "start" in body:
        start = _moment(body["start"])
    return Clock(start, speed=body.get("speed", usual.speed), frozen=frozen)


def _parts(given: Mapping[str, Any]) -> dict[str, tuple[PartBirth, ...]]:
    return {
        name: tuple(
            PartBirth(
                scenario=part.get("scenario"),
                facts=part.get("facts", {}),
                parts=_parts(part.get("parts", {})),
            )
            for part in parts
        )
        for name, parts in given.items()
    }


def _misfit_parts(spec: Spec, machine: Machine, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parts that somebody gives, each in a sentence."""
    wrong = []
    for name, parts in given.items():
        if name not in machine.parts:
            able = ", ".join(machine.parts) or "there are none"
            wrong.append(f"{name} is not one of its parts ({able})")
            continue
        kind = machine.parts[name]
        for part in parts:
            scenario = part.get("scenario")
            if scenario is not None and scenario not in kind.scenarios:
                able = ", ".join(kind.scenarios)
                wrong.append(f"{scenario} is not one of the scenarios of {kind.name} ({able})")
            wrong += spec.misfits(kind, part.get("facts", {}))
            wrong += _misfit_parts(spec, kind, part.get("parts", {}))
    return wrong


def _events(view: View) -> list[str]:
    able = view.timeline.machine.events(view.state.name, view.facts())
    return [event for event in able if view.allows(event)]


def _history(job: Job, view: View) -> list[dict[str, Any]]:
    first = max(0, view.index + 1 - LONGEST_HISTORY)
    return [_change(job, job.timeline.schedule[n]) for n in range(first, view.index + 1)]


def _change(job: Job, milestone: Milestone) -> dict[str, Any]:
    change = {"at": rfc3339(job.record.at + milestone.at), "state": milestone.state.name}
    return {**change, "event": milestone.event.name} if milestone.event else change


def _shown_parts(view: View) -> dict[str, Any]:
    return {name: [_shown_part(part) for part in view.parts(name)] for name in view.timeline.parts}


def _shown_part(view: View) -> dict[str, Any]:
    record = view.timeline.record
    shown = {
        "id": str(record.id),
        "state": view.state.name,
        "scenario": record.scenario.name,
        "facts": view.facts(),
    }
    return {**shown, "parts": _shown_parts(view)} if record.parts else shown


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    clock = sandbox.clock
    progression = "polls" if sandbox.by_polls else "time"
    return {
        "now": rfc3339(clock.now()),
        "speed": clock.speed,
        "frozen": clock.frozen,
        "skips": sandbox.setup.skips,
        "progression": progression,
    }


_MATCHES: Mapping[str, Callable[[Entry], Any]] = {
    "api": lambda entry: entry.api,
    "operation": lambda entry: entry.operation,
    "status": lambda entry: entry.status,
}


def _wanted(entry: Entry, query: Mapping[str, Any]) -> bool:
    if query["job"] is not None and query["job"] not in {entry.job, *(s.job for s in entry.seen)}:
        return False
    return all(query[name] in (None, get(entry)) for name, get in _MATCHES.items())


def _entry(entry: Entry) -> dict[str, Any]:
    shown = {
        "number": entry.number,
        "at": rfc3339(entry.at),
        "api": entry.api,
        "operation": entry.operation,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query or None,
        "status": entry.status,
        "job": entry.job,
        "before": entry.before,
        "after": entry.after,
        "finding": entry.finding,
        "milliseconds": entry.took / 1000,
        "injected": entry.injected or None,
        "delivery": entry.delivery,
        "request": entry.request and shown_body(entry.request),
        "response": entry.response and shown_body(entry.response),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _skip(skip: Skip) -> dict[str, Any]:
    ends = {"from": rfc3339(skip.at), "to": rfc3339(skip.at + skip.by)}
    return {"after": skip.after, **ends}


def _report(report: Report) -> dict[str, Any]:
    shown = {
        "api": report.api,
        "operation": report.operation,
        "job": report.job,
        "polls": report.polls,
        "intervals": [interval / 1_000_000 for interval in report.intervals],
        "afterFinal": report.after_final,
        "noticed": None if report.noticed is None else report.noticed / 1_000_000,
        "refused": report.refused,
        "polite": report.polite,
        "rules": [
            {"rule": r.rule, "kept": r.kept, "says": r.says, "source": r.source}
            for r in report.rules
        ],
    }
    return {name: value for name, value in shown.items() if value is not None}
