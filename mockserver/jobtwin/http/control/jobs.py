"""Handlers of the control API's jobs: created, listed, moved on, waited for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from time import perf_counter_ns
from typing import Any

from jobtwin.errors import Refusal, UnknownScenario, unknown
from jobtwin.http.control.lookup import ServedTwins, new_id, read_moment, refuse_unborn
from jobtwin.http.control.views import legal_events, shown_job
from jobtwin.http.finding import Handler
from jobtwin.http.inspection import answers, timeline
from jobtwin.http.pieces import PIECE, in_turn, pieces, settled
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import until_news
from jobtwin.lifecycle import Machine, Moment, PartBirth
from jobtwin.openapi import Spec
from jobtwin.sandboxes import Sandbox, StoredJob

_SHOWN_AT_ONCE = 100
"""The number of jobs of a long list that are shown at once: some milliseconds of work."""

_END = "end"
"""The value of `until` for any final state."""
_SEEN_END = "seen-end"
"""The value of `until` for: a client has seen the final state."""


class JobControl:
    """The jobs of a server's sandboxes."""

    def __init__(self, served: ServedTwins) -> None:
        self._served = served

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "createJob": self._create_job,
            "deleteJob": lambda request, sandbox: sandbox.remove(
                self._served.job(request, sandbox)
            ),
            "finishJob": self._finish_job,
            "getJob": self._get_job,
            "getJobAnswers": self._get_job_answers,
            "getJobTimeline": self._get_job_timeline,
            "listJobs": settled(self._list_jobs),
            "sendEvent": self._send_event,
            "waitForJob": self._wait_for_job,
        }

    def _get_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        return self._shown(self._served.job(request, sandbox), sandbox)

    def _create_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        body = request.body
        machine = self._served.machine(body["api"], body.get("machine"))
        spec = self._served.spec(body["api"])
        facts, parts = body.get("facts", {}), body.get("parts")
        if wrong := [*spec.misfits(machine, facts), *_misfit_parts(spec, machine, parts or {})]:
            raise Refusal("not_understood", why="; ".join(wrong))
        given = new_id(spec, machine, body["id"]) if "id" in body else None
        if given is not None and sandbox.find(machine, given, unborn=True):
            raise Refusal("not_now", why=f"there is a job {machine.shown_id(given)} already")
        try:
            job = sandbox.create(
                machine,
                id=given,
                at=read_moment(body["at"]) if "at" in body else None,
                scenario=body.get("scenario"),
                facts=facts,
                parts=_part_births(parts) if parts else None,
                by_polls=None if "progression" not in body else body["progression"] == "polls",
            )
        except UnknownScenario as error:
            raise Refusal("not_understood", why=str(error)) from error
        return self._shown(job, sandbox)

    def _list_jobs(self, request: RequestData, sandbox: Sandbox) -> Any:
        wanted, now = request.query["api"], sandbox.clock.now()
        apis = self._served.apis.items()
        lists = [sandbox.jobs(machine) for machine, api in apis if wanted in (None, api)]
        count, generation = sum(map(len, lists)), sandbox.generation
        whole = count <= PIECE and min(count, request.query["limit"]) <= _SHOWN_AT_ONCE
        lists = lists if whole else [jobs.copy() for jobs in lists]  # they may change meanwhile
        shown, total = list[Any](), 0

        def look() -> Iterator[None]:
            nonlocal total
            latest = list[StoredJob]()
            for piece in chain.from_iterable(map(pieces, lists)):
                able = [job for job in piece if _is_in(job, request.query["state"], now)]
                total += len(able)
                latest = nlargest(request.query["limit"], [*latest, *able], key=_age)
                yield
            # Those that move by polls may do so between the pieces.
            for job, moment in [(job, job.moment(now)) for job in latest]:
                shown.append(shown_job(self._served.apis[job.record.machine], job, now, moment))
                if len(shown) % _SHOWN_AT_ONCE == 0:
                    yield

        def found(request: RequestData, sandbox: Sandbox) -> Any:
            if sandbox.generation is not generation:  # reset meanwhile: its journal is another
                return settled(self._list_jobs)(request, sandbox)
            return {"jobs": shown, "total": total}

        return in_turn(look(), found, request, sandbox, at_once=whole)

    def _send_event(self, request: RequestData, sandbox: Sandbox) -> Any:
        job, event = self._served.job(request, sandbox), request.body["event"]
        known = {t.event for t in job.record.machine.transitions if t.event}
        if event not in known:
            kind = f"{request.path['api']} {job.record.machine.name}"
            raise Refusal("not_understood", why=unknown("event", event, sorted(known), kind))
        refuse_unborn(job, sandbox)
        if not sandbox.send_event(job, event, request.body.get("data")):
            view = job.view(sandbox.clock.now())
            able = ", ".join(legal_events(view)) or "none"
            why = f"the job is {view.state.name}, in which {event} is illegal; legal are: {able}"
            raise Refusal("not_now", why=why)
        return self._shown(job, sandbox)

    def _finish_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        job = self._served.job(request, sandbox)
        refuse_unborn(job, sandbox)
        if not sandbox.finish(job):
            raise Refusal("not_now", why="its schedule holds no end to come to; send it an event")
        return self._shown(job, sandbox)

    def _wait_for_job(self, request: RequestData, sandbox: Sandbox) -> Any:
        job, until = self._served.job(request, sandbox), request.query["until"]
        machine = job.record.machine
        if until not in (*machine.states, _END, _SEEN_END):
            kind = f"{request.path['api']} {machine.name}"
            known = [*machine.states, _END, _SEEN_END]
            raise Refusal("not_understood", why=unknown("state", until, known, kind))
        if self._has_come(job, until, sandbox):
            return self._shown(job, sandbox)
        passed = (perf_counter_ns() - request.started) / 1e9
        now = job.view(max(sandbox.clock.now(), job.record.at)).state
        if now.final and until != _SEEN_END:
            raise Refusal("not_now", why=f"the job has ended as {now.name}, and not {until}")
        if (left := request.query["timeout"] - passed) <= 0:
            why = f"after {passed:.1f} s the job is {now.name}, and not {until}"
            raise Refusal("not_now", why=why)
        return until_news(sandbox, left)

    def _has_come(self, job: StoredJob, until: str, sandbox: Sandbox) -> bool:
        now, states = sandbox.clock.now(), job.record.machine.states
        if until in states:
            return job.record.at <= now and job.view(now).entered_at(until) is not None
        if until == _END:
            return job.record.at <= now and job.view(now).state.final
        wanted = self._served.apis[job.record.machine], job.record.machine.name, job.record.shown_id
        return any(
            seen.ended_at is not None and (entry.api, seen.machine, seen.job) == wanted
            for entry in reversed(sandbox.journal)
            for seen in entry.seen
        )

    def _get_job_timeline(self, request: RequestData, sandbox: Sandbox) -> Any:
        return timeline(self._served.job(request, sandbox), sandbox.clock.now())

    def _get_job_answers(self, request: RequestData, sandbox: Sandbox) -> Any:
        job = self._served.job(request, sandbox)
        refuse_unborn(job, sandbox)
        return {
            "answers": answers(self._served.spec(request.path["api"]), job, sandbox.clock.now())
        }

    def _shown(self, job: StoredJob, sandbox: Sandbox) -> Any:
        now = sandbox.clock.now()
        return shown_job(self._served.apis[job.record.machine], job, now, job.moment(now))


_age = attrgetter("age")


def _is_in(job: StoredJob, states: Collection[str] | None, now: Moment) -> bool:
    return not states or job.view(now).state.name in states


def _part_births(given: Mapping[str, Any]) -> dict[str, tuple[PartBirth, ...]]:
    return {
        name: tuple(
            PartBirth(
                scenario=part.get("scenario"),
                facts=part.get("facts", {}),
                parts=_part_births(part.get("parts", {})),
            )
            for part in parts
        )
        for name, parts in given.items()
    }


def _misfit_parts(spec: Spec, machine: Machine, given: Mapping[str, Any]) -> list[str]:
    """Yields the mistakes in given parts, each as a sentence."""
    wrong = []
    for name, parts in given.items():
        if name not in machine.parts:
            able = ", ".join(machine.parts) or "there are none"
            wrong.append(f"{name} is not one of its parts ({able})")
            continue
        for part in parts:
            wrong += _misfit_part(spec, machine.parts[name], part)
    return wrong


def _misfit_part(spec: Spec, kind: Machine, part: Mapping[str, Any]) -> list[str]:
    wrong = list(spec.misfits(kind, part.get("facts", {})))
    wrong += _misfit_parts(spec, kind, part.get("parts", {}))
    scenario = part.get("scenario")
    if scenario is None or scenario in kind.scenarios:
        return wrong
    able = ", ".join(kind.scenarios)
    return [f"{scenario} is not one of the scenarios of {kind.name} ({able})", *wrong]
