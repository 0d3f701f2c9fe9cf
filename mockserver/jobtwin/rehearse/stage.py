"""Runs a command in one fate: a sandbox with a skipping clock, the fate's faults, and limits."""

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
from jobtwin.openapi.untyped import filled
from jobtwin.rehearse.fates import OUTCOMES, RehearsalFate
from jobtwin.rehearse.performance import Expected, Performance, StagedExchange
from jobtwin.rehearse.rules import judge
from jobtwin.running import Ended, run_command
from jobtwin.running.authority import Authority
from jobtwin.running.twins import Outside, Twins, twins
from jobtwin.sandboxes import JournalEntry, Sandbox, StoredJob
from jobtwin.sandboxes.changes import JobCreated
from jobtwin.testing import Host, Jobtwin

SECOND = 1_000_000
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):", re.MULTILINE)
_ERROR = re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception|Timeout)\b.*)$", re.MULTILINE)


_OURS = re.compile(r"jobtwin run: .*")
"""The message of the sleep module when it fails."""


class NotPlayed(Exception):
    """The command ended because of jobtwin itself, so it cannot be judged."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The time limits of a command: real seconds, and seconds of the sandbox's clock."""

    real: float = 20.0
    virtual: float = 86_400.0

    def __str__(self) -> str:
        return f"{self.reached(self.virtual + 1)}, or {self.reached(0)}"

    def reached(self, virtual: float) -> str:
        """Returns the limit that a command has reached after some seconds of the sandbox's clock."""
        if virtual > self.virtual:
            hours = self.virtual / 3600
            return f"{hours:g} hour{'' if hours == 1 else 's'} of the job's time"
        return f"{self.real:g} real seconds"


@dataclass(frozen=True, slots=True)
class Played:
    """The run of a fate. It was not `met` if the command created no job that could have it.

    `record` is that of the first job that the command created, if any; `world` is the file with
    its sandbox.
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
    """The complete history of a sandbox, including expired jobs and dropped journal entries."""

    def __init__(self, sandbox: Sandbox, specs: Sequence[Spec]) -> None:
        self._entries: list[tuple[JournalEntry, frozenset[tuple[int, int]]]] = []
        self._jobs: list[StoredJob] = []
        self._sandbox = sandbox
        self.start = sandbox.clock.now()
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
        """Returns the requests to a twin, each with the awake threads."""
        known = frozenset[tuple[int, int]]().union(*(asleep for _, asleep in self._entries))
        own = [each for each in self._entries if each[0].api == api and each[0].delivery is None]
        return [(entry, known - asleep) for entry, asleep in own]

    def jobs(self, machine: Machine) -> list[StoredJob]:
        """Returns the jobs of one machine, first those created by requests, then those created by jobs."""
        made = [job for job in self._jobs if job.record.machine is machine]
        ids = {job.record.id for job in made}
        kept = self._sandbox.jobs(machine)
        return made + [job for job in kept if not job.lasting and job.record.id not in ids]


@dataclass(frozen=True)
class Stage:
    """Runs fates: a server in this process, and the command.

    `kept` are the command's other environment variables, by default those of this process;
    `outside` are the other hosts that it may use. `keep` is a folder for the sandboxes of the
    fates that the command does not survive.
    """

    host: Host
    words: Sequence[str]
    bounds: Bounds
    kept: Mapping[str, str] | None = None
    outside: Outside = field(default_factory=lambda: Outside(authority=Authority()))
    keep: Path | None = None
    refused: dict[str, None] = field(default_factory=dict)
    """The hosts that were refused, in order."""

    @property
    def specs(self) -> Sequence[Spec]:
        """The specs that the server serves."""
        return self.host.specs

    def play(
        self, fate: RehearsalFate | None, usual: Mapping[str, int] | None = None
    ) -> Iterator[Played]:
        """Runs the command in a fate, or in the default fates of all jobs.

        `usual` is the number of jobs that the command creates then. Yields one performance for
        each machine of its jobs. Raises NotPlayed if it created none in the default fates.
        """
        name = "rehearsal" if fate is None else f"fate-{fate.api}-{fate.name}"
        with (
            twins(self.host, self.specs, name, kept=self.kept, outside=self.outside) as made,
            TemporaryDirectory() as folder,
        ):
            if fate is not None:
                prepare(fate, self.host, made.jobtwin)
            seen = SandboxHistory(made.sandbox, self.specs)
            ended = self._run(fate, made, Path(folder, "output"))
            self.refused.update(made.hosts.refused)
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

    def _run(self, fate: RehearsalFate | None, made: Twins, output: Path) -> Ended:
        """Runs the command. Raises NotPlayed if it failed for a reason of ours."""
        start = made.sandbox.clock.now()
        ended = run_command(
            self.words,
            {**made.environment, **filled(JOBTWIN_FATE=fate and fate.name)},
            limit=self.bounds.real,
            output=output,
            over=lambda: made.sandbox.clock.now() - start > self.bounds.virtual * SECOND,
        )
        if ended.code and (why := _OURS.search(ended.output)):
            raise NotPlayed(why[0])
        return ended

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
    """Prepares a sandbox so that its next jobs have a fate."""
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
    """Returns the performance of a command or a test."""
    jobs = seen.jobs(machine)
    shown = fate or RehearsalFate(machine.default_scenario.name, "", spec.name, machine.name)
    first = jobs[0] if jobs else None
    performance = Performance(
        expected=shown.expected or _expected(first),
        exchanges=_exchanges(spec, machine, seen),
        code=ended.code,
        over=over,
        jobs=[str(job.record.id) for job in jobs],
        ended=_ended_at(first, over),
        crashed=_crash(ended.output) if ended.code else None,
        accident=shown.accident,
        limit=bounds.reached((over - seen.start) / SECOND),
    )
    record = first.record if first else None
    met = record is not None and shown.scenario in (None, record.scenario.name)
    states, ends = _shown_states(performance.exchanges)
    return Played(shown, performance, ended.output, met, record, states, ends)


def _exchanges(spec: Spec, machine: Machine, seen: SandboxHistory) -> list[StagedExchange]:
    return [
        replace(_exchange(spec, machine, entry), senders=awake)
        for entry, awake in seen.entries(spec.name)
    ]


def _shown_states(
    exchanges: Sequence[StagedExchange],
) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the states that the command was shown, and those of them that are ends."""
    shown = {each.state: each.final for each in exchanges if each.state and not each.injected}
    return frozenset(shown), frozenset(state for state, final in shown.items() if final)


def _exchange(spec: Spec, machine: Machine, entry: JournalEntry) -> StagedExchange:
    does = next((o.does for o in spec.operations if o.id == entry.operation and o.machine is machine), None)  # fmt: skip
    state = entry.after if does else None
    known = machine.states.get(state or "")
    return StagedExchange(
        number=entry.number,
        at=entry.at,
        operation=entry.operation,
        does=does,
        status=entry.status,
        job=entry.job,
        state=state,
        final=bool(known and known.final),
        injected=entry.injected,
        retry_after=None if entry.retry_after is None else entry.retry_after / SECOND,
        finding=entry.finding,
    )


def _made_nothing(ended: Ended) -> str:
    """Returns the error message for a command that created no job."""
    lines = ended.output.strip().splitlines()
    how = "had not ended in time" if ended.code is None else f"ended with exit code {ended.code}"
    last = f'; its last output: "{lines[-1].strip()[:200]}"' if lines else ""
    where = "JOBTWIN_URL and JOBTWIN_<NAME>_URL, or the vendor's own host"
    return f"the command created no job, and {how}{last}. It can find the twins by {where}"


def _expected(job: StoredJob | None) -> Expected:
    """Returns the outcome of an undisturbed job."""
    at = None if job is None else job.timeline.schedule.ends
    if job is None or at is None:
        return "never"
    outcome = job.view(job.record.at + at).state.outcome
    return OUTCOMES[outcome] if outcome else "never"


def _ended_at(job: StoredJob | None, now: Moment) -> Moment | None:
    return job.view(now).ended_at if job is not None and job.record.at <= now else None


def _crash(output: str) -> str | None:
    """Returns the exception that ended a program, from its output, or None."""
    if not _TRACEBACK.search(output):
        return None
    found = _ERROR.findall(output)
    return str(found[-1])[:120] if found else "a traceback"


def with_usual(played: Played, usual: Mapping[str, int]) -> Played:
    """Returns a copy with the number of jobs that the command creates in the default fate."""
    jobs = usual.get(f"{played.fate.api}/{played.fate.machine}", 1)
    return replace(played, performance=replace(played.performance, usual_jobs=jobs))


def without_output(played: Played) -> Played:
    """Returns a copy without the command's output."""
    return replace(played, output="")
