"""The oracle: takes exchanges one by one, and finds those that contradict each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from jobtwin.judge.exchange import Exchange, Unreadable
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.oracle.beliefs import JobBelief, RuleViolation, ordered
from jobtwin.judge.oracle.exclusion import Exclusion
from jobtwin.judge.oracle.graph import TransitionGraph, could_fit
from jobtwin.judge.oracle.lists import ListChecker
from jobtwin.judge.oracle.observations import Observation, ResponseContents, canonical, read
from jobtwin.judge.oracle.refusals import Refusals
from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import FIRST_ERROR, DeclaredCallback, RequestSource, as_read

_APPLIED = re.compile(r'scenario\s*=\s*"?([^",;\s]+)', re.IGNORECASE)


class JobKey(NamedTuple):
    """Identifies a job: the name of its machine, and its id."""

    machine: str
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Contradiction:
    """Two exchanges that contradict each other; `earlier` is `later` if one is enough."""

    rule: str
    job: str
    why: str
    earlier: Exchange
    later: Exchange

    def __str__(self) -> str:
        said = f"{self.rule}: {self.why}\n  {self.later}"
        return said if self.earlier is self.later else f"{said}\n  {self.earlier}"


class Oracle:
    """Checks the exchanges of one API, in the order in which they were sent.

    `alone` means that no other client acts on the jobs, and that no proxy or log rotation hides
    anything: then all commands are among the requests, jobs disappear only when they are deleted or
    expire, and every list is complete.
    """

    def __init__(self, spec: Spec, *, alone: bool = False) -> None:
        self.spec = spec
        self.alone = alone
        self._matcher = Matcher(spec)
        self._secret = {c.session.name for c in spec.credentials.values() if c.session}
        self._beliefs: dict[JobKey, JobBelief] = {}
        self._within: dict[JobKey, set[tuple[str, str]]] = {}
        self._gone: dict[JobKey, Exchange] = {}
        self._exclusion = Exclusion()
        self._graphs = cache(self._graph_of)
        self._part_graph = cache(_part_graph)
        self._refusals = {o.id: Refusals(o) for o in spec.operations}

    def check(self, exchange: Exchange) -> list[Contradiction]:
        """Processes an exchange. Returns its contradictions, in the order in which they are found."""
        call = self._matcher.match(exchange)
        if call is None or call.operation.machine is None or not self._answers(call):
            return []
        return [
            Contradiction(c.rule, job, c.why, c.earlier or exchange, exchange)
            for job, c in self._violations(exchange, call, call.operation.machine)
        ]

    def _violations(
        self, exchange: Exchange, call: MatchedExchange, machine: Machine
    ) -> Iterable[tuple[str, RuleViolation]]:
        """Returns the rules that a call violates, each with its job."""
        if exchange.granted or self._shows_state(call):
            return self._granted(call, machine)
        if exchange.status < 500:  # noqa: PLR2004  # the server's own faults tell of no job
            return self._refused(call, machine)
        return ()

    def called_back(
        self, callback: DeclaredCallback, at: datetime, body: bytes
    ) -> list[Contradiction]:
        """Processes what a callback shows, as if the job had been read at its moment."""
        operation = as_read(callback)
        told = Exchange(
            at=at,
            method=callback.method,
            url=operation.path,
            status=callback.answer.status,
            request_headers={},
            request_body=None,
            response_headers={"Content-Type": callback.answer.media_type},
            response_body=body,
        )
        found = self._granted(MatchedExchange(operation, told, {}, {}), callback.machine)
        return [Contradiction(c.rule, job, c.why, c.earlier or told, told) for job, c in found]

    def _answers(self, call: MatchedExchange) -> bool:
        """Returns True if the API itself responded, as far as is known.

        A web page in place of JSON is a gateway's. An undocumented success, such as 202, may grant
        less than the documented one.
        """
        exchange = call.exchange
        own = call.operation.responses.get(str(exchange.status))
        page = isinstance(exchange.answered, Unreadable) and own is not None and own.json
        declared = call.operation.response(exchange.status) is not None
        return not page and (declared or not exchange.granted)

    def _shows_state(self, call: MatchedExchange) -> bool:
        """Returns True if a redirect or an error shows the state of the job, and nothing else."""
        operation, exchange = call.operation, call.exchange
        if operation.does != "read" or operation.states(exchange.status) is None:
            return False
        refusals = self._refusals[operation.id]
        return exchange.status < FIRST_ERROR or (
            exchange.status < 500 and refusals.are_by_state(exchange)  # noqa: PLR2004  # the server's own faults
        )

    # -- granted ---------------------------------------------------------------------------------

    def _granted(
        self, call: MatchedExchange, machine: Machine
    ) -> Iterator[tuple[str, RuleViolation]]:
        seen = read(call)
        subject = self._subject(call, machine)
        if subject is not None:
            yield from self._named(subject, self._about(subject, machine, call))
        if call.operation.does == "list":
            yield from self._listed(call, machine, seen)
        calls = _by_item(call, len(seen.jobs))
        if calls is None:
            yield machine.name, RuleViolation("page-miscounted", _miscounted(call, len(seen.jobs)))
        for own, observation in zip(calls or (), seen.jobs, strict=False):
            yield from self._job(own, machine, observation, subject)

    def _about(
        self, subject: JobKey, machine: Machine, call: MatchedExchange
    ) -> Iterator[RuleViolation]:
        """Checks a granted request for the job that it names, whatever the response shows."""
        yield from self._alive(subject, call.exchange)
        belief = self._belief(subject, machine)
        self._within.setdefault(subject, set()).update(self._scope(call))
        event = self._event(call)
        if event is not None:
            yield from belief.command(event, call.exchange)
        if call.operation.does == "delete":
            self._gone[subject] = call.exchange

    def _job(
        self,
        call: MatchedExchange,
        machine: Machine,
        observation: Observation,
        subject: JobKey | None,
    ) -> Iterator[tuple[str, RuleViolation]]:
        new = call.operation.does in ("create", "clone")
        key = JobKey(machine.name, observation.id) if observation.id else (None if new else subject)
        if key is None or (new and self._is_repeated(key, call)):
            return
        if new:
            yield from self._named(key, self._born(key, machine, call))
        else:
            yield from self._asked_for(subject, key)
            yield from self._named(key, self._alive(key, call.exchange))
        yield from self._observed(call, machine, observation, key)

    def _observed(
        self, call: MatchedExchange, machine: Machine, observation: Observation, key: JobKey
    ) -> Iterator[tuple[str, RuleViolation]]:
        """Compares what a response shows of a job with what is known of it."""
        if call.operation.does == "list":
            self._within.setdefault(key, set()).update(self._scope(call))
        belief = self._belief(key, machine)
        operation, does = call.operation.id, call.operation.does
        yield from self._named(key, belief.observe(observation, call.exchange, operation, does))
        yield from self._named(key, self._exclusion.seen(key, belief, call.exchange))

    def _asked_for(
        self, subject: JobKey | None, key: JobKey
    ) -> Iterator[tuple[str, RuleViolation]]:
        """Checks that the job in a response is the one that was asked for."""
        if subject is not None and key != subject:
            why = f"{self._name(subject)} was asked for, and {self._name(key)} answered"
            yield self._name(subject), RuleViolation("another-job", why)

    def _is_repeated(self, key: JobKey, call: MatchedExchange) -> bool:
        """Returns True if a create request can be one that was sent before, answered as it was then."""
        creation = call.operation.creation
        return bool(creation and creation.idempotency) and key in self._beliefs

    def _alive(self, key: JobKey, exchange: Exchange) -> Iterator[RuleViolation]:
        gone = self._gone.get(key)
        if gone is not None and ordered(gone, exchange):
            del self._gone[key]
            why = f"{self._name(key)} is answered for after it was gone"
            yield RuleViolation("answer-after-deletion", why, gone)

    # -- births ----------------------------------------------------------------------------------

    def _born(
        self, key: JobKey, machine: Machine, call: MatchedExchange
    ) -> Iterator[RuleViolation]:
        old = self._beliefs.pop(key, None)
        # An overlapping list may show it first; a session may be shared.
        seen = old.seen if old is not None and key.machine not in self._secret else None
        if seen is not None and ordered(seen.exchange, call.exchange):
            why = f"{self._name(key)} was there before, and its id is given to a new job"
            yield RuleViolation("id-given-twice", why, seen.exchange)
        belief = self._belief(key, machine)
        given = _facts(call)
        belief.given(given)
        belief.scenarios = self._scenario_of(machine, call)
        belief.bear(call.exchange)
        self._within.setdefault(key, set()).update(self._scope(call))
        self._gone.pop(key, None)
        yield from self._exclusion.born(key, self._gone, call, given)

    def _scenario_of(self, machine: Machine, call: MatchedExchange) -> frozenset[str] | None:
        """Returns the scenario of a new job, if it is known."""
        applied = _APPLIED.search(call.exchange.answer_header("Preference-Applied") or "")
        if applied:
            return frozenset((applied[1],)) & machine.scenarios.keys()
        if call.operation.does == "clone":
            return None
        able = machine.scenarios_for(_facts(call))
        return frozenset(scenario.name for scenario in able[:1])

    def _belief(self, key: JobKey, machine: Machine) -> JobBelief:
        if key not in self._beliefs:
            belief = JobBelief(self._name(key), self._graphs(machine), self._part_graph)
            belief.alone = self.alone
            samples = {canonical(s.id): s.scenario for s in machine.samples}
            if key.id in samples:
                name = samples[key.id]
                belief.scenarios = None if name is None else frozenset((name,))
            self._beliefs[key] = belief
            self._exclusion.watch(key, belief)
        return self._beliefs[key]

    # -- lists -----------------------------------------------------------------------------------

    def _listed(
        self, call: MatchedExchange, machine: Machine, seen: ResponseContents
    ) -> Iterator[tuple[str, RuleViolation]]:
        listing = ListChecker(call, seen, alone=self.alone)
        for violation in listing.violations():
            yield machine.name, violation
        ids = [job.id for job in seen.jobs]
        if self.alone and listing.whole and all(ids) and not machine.keep:
            yield from self._unlisted(call, machine, set(map(str, ids)))

    def _unlisted(
        self, call: MatchedExchange, machine: Machine, listed: AbstractSet[str]
    ) -> Iterator[tuple[str, RuleViolation]]:
        """Yields a violation for each known job that a complete list lacks."""
        for key in self._beliefs:
            if key.machine == machine.name and key.id not in listed and key not in self._gone:
                known = self._known_within(key, call)
                if known is not None:
                    why = f"{self._name(key)} was answered for before, and every job is listed here"
                    yield self._name(key), RuleViolation("list-and-detail-disagree", why, known)

    def _known_within(self, key: JobKey, call: MatchedExchange) -> Exchange | None:
        """Returns the exchange that showed a job in the scope of a call before it, or None."""
        seen = self._beliefs[key].seen
        if seen is None or not ordered(seen.exchange, call.exchange):
            return None
        within = set(self._scope(call)) <= self._within.get(key, set())
        return seen.exchange if within else None

    # -- refused ---------------------------------------------------------------------------------

    def _refused(
        self, call: MatchedExchange, machine: Machine
    ) -> Iterator[tuple[str, RuleViolation]]:
        subject = self._subject(call, machine)
        if subject is None or subject not in self._beliefs:
            return
        refusals, belief = self._refusals[call.operation.id], self._beliefs[subject]
        event = self._event(call)
        if event is not None and refusals.is_("illegal_event", call.exchange):
            refused = belief.refuse(event, call.exchange, narrow=self.alone)
            yield from self._named(subject, refused)
        if refusals.is_("unknown_job", call.exchange):
            yield from self._named(subject, self._unknown(subject, belief, call))

    def _unknown(
        self, key: JobKey, belief: JobBelief, call: MatchedExchange
    ) -> Iterator[RuleViolation]:
        known = None if key in self._gone else self._known_within(key, call)
        if known is None:
            return
        if self.alone or known is not belief.born:  # a new job may become visible a little later
            self._gone[key] = call.exchange
            if not self._may_go(belief):
                why = f"{self._name(key)} was answered for before, and nothing has deleted it"
                yield RuleViolation("vanished", why, known)

    def _may_go(self, belief: JobBelief) -> bool:
        """Returns True if a job can be gone without an observed deletion."""
        machine = belief.graph.machine
        if not self.alone and self.spec.operations_of(machine, "delete"):
            return True
        if machine.keep is None or could_fit(machine.keep.when, belief.facts) is False:
            return False
        return machine.keep.since == "created_at" or bool(belief.now & belief.graph.final)

    # -- the spec --------------------------------------------------------------------------------

    def _subject(self, call: MatchedExchange, machine: Machine) -> JobKey | None:
        source = call.operation.job_id
        sent = None if source is None else canonical(call.at(source))
        return None if sent is None else JobKey(machine.name, sent)

    def _event(self, call: MatchedExchange) -> str | None:
        command = call.operation.command
        if command is None:
            return None
        if command.source is None:
            return command.events.get(None)
        sent = call.at(command.source)
        return command.events.get(sent) if isinstance(sent, str | int | bool) else None

    def _scope(self, call: MatchedExchange) -> Iterable[tuple[str, str]]:
        """Returns the request's parameters that scope jobs, such as a project."""
        return [(fact, str(call.at(place))) for fact, place in call.operation.within.items()]

    def _graph_of(self, machine: Machine) -> TransitionGraph:
        events = frozenset(machine.event_names)
        if not self.alone:
            return TransitionGraph(machine, events)
        parents = [
            other
            for other in self.spec.machines.values()
            for scenario in other.scenarios.values()
            if any(spawn.job == machine.name for spawn in scenario.spawns)
        ]
        heard = frozenset().union(*map(self._commands, parents))
        return TransitionGraph(machine, (events - self._commands(machine)) | heard)

    def _commands(self, machine: Machine) -> frozenset[str]:
        """Returns the events that operations trigger in jobs of a machine."""
        commands = [o.command for o in self.spec.operations if o.machine is machine and o.command]
        return frozenset(event for command in commands for event in command.events.values())

    def _name(self, key: JobKey) -> str:
        """Returns a name for a job. The id of a session is a credential, so it is hashed."""
        if key.machine not in self._secret:
            return f"{key.machine} {key.id}"
        return f"{key.machine} #{hashlib.sha256(key.id.encode()).hexdigest()[:6]}"

    def _named(
        self, key: JobKey, violations: Iterable[RuleViolation]
    ) -> Iterator[tuple[str, RuleViolation]]:
        return ((self._name(key), violation) for violation in violations)


def _part_graph(machine: Machine) -> TransitionGraph:
    """Returns the graph of a part. All of its events may come from its job."""
    return TransitionGraph(machine, frozenset(machine.event_names))


def _by_item(call: MatchedExchange, jobs: int) -> Sequence[MatchedExchange] | None:
    """Returns a call for each job that an answer shows, with its item; None if they do not agree.

    An answer that shows none of the jobs that a request made agrees with any.
    """
    items = _items(call)
    if items is None or not jobs:
        return [call] * jobs
    return [replace(call, item=item) for item in items] if len(items) == jobs else None


def _items(call: MatchedExchange) -> Sequence[Any] | None:
    """Returns the items of which a request makes jobs; None if it makes no more than one."""
    creation = call.operation.creation
    items = call.at(creation.each) if creation and creation.each else None
    return items if isinstance(items, list) else None


def _miscounted(call: MatchedExchange, jobs: int) -> str:
    return f"{len(_items(call) or ())} jobs were asked for, and {jobs} answered"


def _facts(call: MatchedExchange) -> dict[str, Any]:
    """Returns the facts that a request gives a new job."""
    creation = call.operation.creation
    if creation is None:
        return {}
    made = {
        fact: call.at(source) if isinstance(source, RequestSource) else source.value
        for fact, source in creation.facts.items()
    }
    return {fact: value for fact, value in made.items() if value is not None}
