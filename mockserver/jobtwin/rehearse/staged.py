"""A test in one fate: its sandbox is prepared, and its requests are held to the rules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from jobtwin.errors import unknown
from jobtwin.openapi import Spec, load_all
from jobtwin.rehearse.fates import RehearsalFate, fates_of, outcome_of
from jobtwin.rehearse.rules import Broken, judge
from jobtwin.rehearse.stage import Bounds, Played, SandboxHistory, played, prepare, with_usual
from jobtwin.running import Ended
from jobtwin.testing import Host, Jobtwin
from jobtwin.testing.fate import Fate

OF_REQUESTS = frozenset({"stops-after-end", "makes-one-job", "heeds-retry-after", "pauses"})
"""The rules that need no exit code; the test itself asserts the rest."""


class WrongFates(Exception):
    """A mark names no twin, or no machine of it; the message says which there are."""


def fates_named(specs: Sequence[str], wanted: str) -> Sequence[RehearsalFate]:
    """The fates of a twin's jobs, `TWIN` or `TWIN/MACHINE`."""
    loaded = {spec.name: spec for spec in load_all(specs) if spec.jobs}
    api, _, name = wanted.partition("/")
    if api not in loaded:
        raise WrongFates(unknown("twin", api, loaded))
    spec = loaded[api]
    if name and name not in spec.jobs:
        raise WrongFates(unknown("machine", name, spec.jobs, api))
    if not name and len(spec.jobs) > 1:
        raise WrongFates(f"{api} has several machines; name one of {', '.join(spec.jobs)}")
    return fates_of(spec, spec.jobs[name] if name else next(iter(spec.jobs.values())))


@dataclass(frozen=True)
class Staged:
    """A test's sandbox in one fate, and what has happened there."""

    fate: RehearsalFate
    host: Host
    jobtwin: Jobtwin
    seen: SandboxHistory

    @classmethod
    def of(cls, host: Host, jobtwin: Jobtwin, fate: RehearsalFate) -> Staged:
        """Prepare a test's sandbox for a fate, and tell the test."""
        sandbox = host.found(jobtwin.name)
        prepare(fate, host, jobtwin)
        machine = _spec(host, fate).jobs[fate.machine]
        jobtwin.fate = Fate(fate.name, fate.summary, outcome_of(fate, machine))
        return cls(fate, host, jobtwin, SandboxHistory(sandbox, host.specs))

    def met(self) -> bool:
        """Whether the test's job could have the fate; also where it made none yet."""
        performed = self._played()
        ends = performed.performance.expected
        return not performed.performance.jobs or (
            performed.met and ends == self.jobtwin.fate.outcome
        )

    def broken(self) -> Sequence[Broken]:
        """The rules that the test's requests break, of those that they alone can tell."""
        return [b for b in judge(self._played().performance) if b.rule in OF_REQUESTS]

    def _played(self) -> Played:
        spec = _spec(self.host, self.fate)
        machine = spec.jobs[self.fate.machine]
        over = self.host.found(self.jobtwin.name).clock.now()
        performed = played(self.fate, spec, machine, self.seen, Ended(0), over, Bounds())
        # A test may ask for several jobs; only after a lost reply one more is one too many.
        usual = 1 if self.fate.loses_reply else sys.maxsize
        return with_usual(performed, {f"{self.fate.api}/{self.fate.machine}": usual})


def _spec(host: Host, fate: RehearsalFate) -> Spec:
    return next(spec for spec in host.specs if spec.name == fate.api)
