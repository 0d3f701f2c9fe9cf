"""Plays a command in one fate: a sandbox whose clock skips, the fate's faults, and bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from jobtwin.lifecycle import JobRecord, Machine, Moment
from jobtwin.openapi import Spec
from jobtwin.openapi.spec import machines_by_name
from jobtwin.rehearse.fates import OUTCOMES, RehearsalFate
from jobtwin.rehearse.performance import Expected, Performance, StagedExchange
from jobtwin.rehearse.rules import judge
from jobtwin.running import Ended, run_command
from jobtwin.running.authority import Authority
from jobtwin.running.twins import Outside, twins
from jobtwin.sandboxes import JournalEntry, Sandbox, StoredJob
from jobtwin.sandboxes.changes import JobCreated
from jobtwin.testing import Host, Jobtwin

SECOND = 1_000_000
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):", re.MULTILINE)
_ERROR = re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception|Timeout)\b.*)$", re.MULTILINE)


_OURS = re.compile(r"jobtwin run: .*")
"""What the module says that lets a program sleep on the sandbox's clock, when it fails."""


class NotPlayed(Exception):
    """The command ended for a reason of ours, so that it cannot be judged."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a command may take: real seconds, and seconds of the sandbox's clock."""

    real: float = 20.0
    virtual: float = 86_400.0

    def __str__(self) -> str:
        hours = self.virtual / 3600
        return f"{hours:g} hours of the job's time, or {self.real:g} real seconds"


@dataclass(frozen=True, slots=True)
class Played:
    """A fate as it was played. It was not `met` if the command made no job that could have it.

    `record` is that of the first job that the command made, if it made one; `world` is the file in
    which its sandbox was kept.
    """

    fate: RehearsalFate
    performance: Performance
    output: str
    met: bool
    record: JobRecord | None
    states: frozenset[str]
    ends: frozenset[str]
    world: Path | None = None


class SandboxHistory:
    """All that happens in a sandbox: it forgets jobs in time, and its journal the first requests."""

    def __init__(self, sandbox: Sandbox, specs: Sequence[Spec]) -> None:
        self._entries: list[tuple[JournalEntry, frozenset[tuple[int, int]]]] = []
        self._jobs: list[StoredJob] = []
        self._sandbox = sandbox
        self._machines = machines_by_name(specs)
        sandbox.feed.watch(self._note)

    def _note(self, what: object) -> None:
        if isinstance(what, JournalEntry):
            entry = what._replace(request=None, response=None)
            self._entries.append((entry, self._sandbox.waits.asleep))
        elif isinstance(what, JobCreated) and not what.lasting:
            machine = self._machines[what.machine]
            if (job := self._sandbox.find(machine, what.id, unborn=True)) is not None:
                self._jobs.append(job)

    def entries(self, api: str) -> list[tuple[JournalEntry, frozenset[tuple[int, int]]]]:
        """The requests to a twin, each with the threads that did not sleep then."""
        known = frozenset[tuple[int, int]]().union(*(asleep for _, asleep in self._entries))
        own = [each for each in self._entries if each[0].api == api and each[0].delivery is None]
        return [(entry, known - asleep) for entry, asleep in own]

    def jobs(self, machine: Machine) -> list[StoredJob]:
        """The jobs of one machine, first those that requests made, then those that jobs did."""
        made = [job for job in self._jobs if job.record.machine is machine]
        ids = {job.record.id for job in made}
        kept = self._sandbox.jobs(machine)
        return made + [job for job in kept if not job.lasting and job.record.id not in ids]


@dataclass(frozen=True)
class Stage:
    """Where fates are played: a server of this process, and the command.

    `kept` are the variables that the command has anyway, those of this process unless given;
    `outside` is what it may reach besides the twins. In `keep`, a folder, the sandboxes of the
    fates that the command does not survive are kept.
    """

    host: Host
    words: Sequence[str]
    bounds: Bounds
    kept: Mapping[str, str] | None = None
    outside: Outside = field(default_factory=lambda: Outside(authority=Authority()))
    keep: Path | None = None
    refused: dict[str, None] = field(default_factory=dict)
    """The hosts that the command has asked in vain, in their order."""

    @property
    def specs(self) -> Sequence[Spec]:
        """The specs that the server serves."""
        return self.host.specs

    def play(
        self, fate: RehearsalFate | None, usual: Mapping[str, int] | None = None
    ) -> Iterator[Played]:
        """Run the command in a fate; without one, in the default fates of all jobs.

        `usual` says how many jobs of a machine the command makes then. Yields one performance for
        each machine of which the command made jobs; NotPlayed if it made none in the default fates.
        """
        name = "rehearsal" if fate is None else f"fate-{fate.api}-{fate.name}"
        with (
            twins(self.host, self.specs, name, kept=self.kept, outside=self.outside) as made,
            TemporaryDirectory() as folder,
        ):
            if fate is not None:
                prepare(fate, self.host, made.jobtwin)
            seen = SandboxHistory(made.sandbox, self.specs)
            start = made.sandbox.clock.now()
            told = {"JOBTWIN_FATE": fate.name} if fate else {}
            ended = run_command(
                self.words,
                {**made.environment, **told},
                limit=self.bounds.real,
                output=Path(folder, "output"),
                over=lambda: made.sandbox.clock.now() - start > self.bounds.virtual * SECOND,
            )
            self.refused.update(made.hosts.refused)
            if ended.code and (why := _OURS.search(ended.output)):
                raise NotPlayed(why[0])
            performed = list(self._played(fate, made.sandbox, seen, ended))
            if fate is None and not performed:
                raise NotPlayed(_made_nothing(ended))
            for each in performed:
                yield self._kept(with_usual(each, usual or {}), made.jobtwin)

    def _kept(self, played: Played, jobtwin: Jobtwin) -> Played:
        if self.keep is None or not judge(played.performance):
            return played
        self.keep.mkdir(parents=True, exist_ok=True)
        file = self.keep / f"{played.fate.api}-{played.fate.machine}-{played.fate.name}.json"
        jobtwin.export(file)
        return replace(played, world=file)

    def _played(
        self, fate: RehearsalFate | None, sandbox: Sandbox, seen: SandboxHistory, ended: Ended
    ) -> Iterator[Played]:
        for spec in self.specs:
            for machine in spec.jobs.values():
                chosen = fate is None or (fate.api, fate.machine) == (spec.name, machine.name)
                if chosen and (seen.jobs(machine) or fate is not None):
                    now = sandbox.clock.now()
                    yield played(fate, spec, machine, seen, ended, now, self.bounds)


def prepare(fate: RehearsalFate, host: Host, jobtwin: Jobtwin) -> None:
    """Let the jobs that are made in a sandbox from now on have a fate."""
    spec = next(spec for spec in host.specs if spec.name == fate.api)
    if fate.scenario is not None:
        sandbox = host.found(jobtwin.name)
        sandbox.choose_default_scenario(spec.jobs[fate.machine], fate.scenario)
    with httpx.Client(transport=host.transport) as client:
        for fault in fate.faults:
            answer = client.post(f"{jobtwin.url}/_control/faults", json=dict(fault))
            answer.raise_for_status()


def played(  # noqa: PLR0913, PLR0917 - all that was seen of one command
    fate: RehearsalFate | None,
    spec: Spec,
    machine: Machine,
    seen: SandboxHistory,
    ended: Ended,
    over: Moment,
    bounds: Bounds,
) -> Played:
    """What was seen of a command, or of a test, as a performance."""
    jobs = seen.jobs(machine)
    shown = fate or RehearsalFate(machine.default_scenario.name, "", spec.name, machine.name)
    first = jobs[0] if jobs else None
    performance = Performance(
        expected=shown.expected or _expected(first),
        exchanges=[
            replace(_exchange(spec, machine, entry), senders=awake)
            for entry, awake in seen.entries(spec.name)
        ],
        code=ended.code,
        over=over,
        jobs=[str(job.record.id) for job in jobs],
        ended=_ended_at(first, over),
        crashed=_crash(ended.output) if ended.code else None,
        accident=shown.accident,
        limit=str(bounds),
    )
    record = first.record if first else None
    met = record is not None and shown.scenario in (None, record.scenario.name)
    states, ends = _shown_states(performance.exchanges)
    return Played(shown, performance, ended.output, met, record, states, ends)


def _shown_states(
    exchanges: Sequence[StagedExchange],
) -> tuple[frozenset[str], frozenset[str]]:
    """The states that the command was shown, and those of them that are ends."""
    shown = [(each.state, each.final) for each in exchanges if not each.injected]
    states = frozenset(state for state, _ in shown if state)
    return states, frozenset(state for state, final in shown if state and final)


def _exchange(spec: Spec, machine: Machine, entry: JournalEntry) -> StagedExchange:
    own = [o for o in spec.operations if o.id == entry.operation and o.machine is machine]
    state = entry.after if own else None
    known = machine.states.get(state or "")
    return StagedExchange(
        number=entry.number,
        at=entry.at,
        operation=entry.operation,
        does=own[0].does if own else None,
        status=entry.status,
        job=entry.job,
        state=state,
        final=bool(known and known.final),
        injected=entry.injected,
        retry_after=None if entry.retry_after is None else entry.retry_after / SECOND,
        finding=entry.finding,
    )


def _made_nothing(ended: Ended) -> str:
    """That a command made no job, how it ended, and how it would have found the twins."""
    lines = ended.output.strip().splitlines()
    how = "had not ended in time" if ended.code is None else f"ended with exit code {ended.code}"
    last = f'; the last that it printed: "{lines[-1].strip()[:200]}"' if lines else ""
    where = "JOBTWIN_URL and JOBTWIN_<NAME>_URL, or the vendor's own host"
    return f"the command made no job, and {how}{last}. It finds the twins by {where}"


def _expected(job: StoredJob | None) -> Expected:
    """How a job ends if nothing else happens to it."""
    at = None if job is None else job.timeline.schedule.ends
    if job is None or at is None:
        return "never"
    outcome = job.view(job.record.at + at).state.outcome
    return OUTCOMES[outcome] if outcome else "never"


def _ended_at(job: StoredJob | None, now: Moment) -> Moment | None:
    return job.view(now).ended_at if job is not None and job.record.at <= now else None


def _crash(output: str) -> str | None:
    """The exception that ended a program, from its output; None if it ended otherwise."""
    if not _TRACEBACK.search(output):
        return None
    found = _ERROR.findall(output)
    return str(found[-1])[:120] if found else "a traceback"


def with_usual(played: Played, usual: Mapping[str, int]) -> Played:
    """The same, with the number of jobs of its machine that the command makes where all goes well."""
    jobs = usual.get(f"{played.fate.api}/{played.fate.machine}", 1)
    return replace(played, performance=replace(played.performance, usual_jobs=jobs))


def without_output(played: Played) -> Played:
    """The same, without what the command printed."""
    return replace(played, output="")
