"""A test in one fate: prepares its sandbox, and checks its requests against the rules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from jobtwin.errors import unknown
from jobtwin.lifecycle.machine import Machine
from jobtwin.openapi import Spec, load_all
from jobtwin.rehearse.fates import RehearsalFate, fates_of, outcome_of
from jobtwin.rehearse.rules import Broken, judge
from jobtwin.rehearse.stage import Bounds, Played, SandboxHistory, played, prepare, with_usual
from jobtwin.running import Ended
from jobtwin.testing import Host, Jobtwin
from jobtwin.testing.fate import Fate

OF_REQUESTS = frozenset({"stops-after-end", "makes-one-job", "heeds-retry-after", "pauses"})
"""The rules that need no exit code; the test asserts the rest."""


class WrongFates(Exception):
    """A mark names an unknown twin or machine; the message lists the known ones."""


def fates_named(specs: Sequence[str], wanted: str) -> Sequence[RehearsalFate]:
    """Returns the fates of a twin's jobs, `TWIN` or `TWIN/MACHINE`."""
    loaded = {spec.name: spec for spec in load_all(specs) if spec.jobs}
    api, _, name = wanted.partition("/")
    if api not in loaded:
        raise WrongFates(unknown("twin", api, loaded))
    return fates_of(loaded[api], _machine_named(loaded[api], name))


def _machine_named(spec: Spec, name: str) -> Machine:
    """Returns a machine of a spec, or the only one if no name is given."""
    if name and name not in spec.jobs:
        raise WrongFates(unknown("machine", name, spec.jobs, spec.name))
    if not name and len(spec.jobs) > 1:
        raise WrongFates(f"{spec.name} has several machines; name one of {', '.join(spec.jobs)}")
    return spec.jobs[name or next(iter(spec.jobs))]


@dataclass(frozen=True)
class Staged:
    """A test's sandbox in one fate, and its history."""

    fate: RehearsalFate
    host: Host
    jobtwin: Jobtwin
    seen: SandboxHistory

    @classmethod
    def of(cls, host: Host, jobtwin: Jobtwin, fate: RehearsalFate) -> Staged:
        """Prepares a test's sandbox for a fate, and sets the test's `fate`."""
        sandbox = host.found(jobtwin.name)
        prepare(fate, host, jobtwin)
        machine = _spec(host, fate).jobs[fate.machine]
        jobtwin.fate = Fate(fate.name, fate.summary, outcome_of(fate, machine))
        return cls(fate, host, jobtwin, SandboxHistory(sandbox, host.specs))

    def met(self) -> bool:
        """Returns True if the test's job could have the fate, or there is no job yet."""
        performed = self._played()
        ends = performed.performance.expected
        return not performed.performance.jobs or (
            performed.met and ends == self.jobtwin.fate.outcome
        )

    def broken(self) -> Sequence[Broken]:
        """Returns the rules broken by the test's requests."""
        return [b for b in judge(self._played().performance) if b.rule in OF_REQUESTS]

    def _played(self) -> Played:
        spec = _spec(self.host, self.fate)
        machine = spec.jobs[self.fate.machine]
        over = self.host.found(self.jobtwin.name).clock.now()
        performed = played(self.fate, spec, machine, self.seen, Ended(0), over, Bounds())
        # A test may create several jobs; only after a lost response is one more too many.
        usual = 1 if self.fate.loses_reply else sys.maxsize
        return with_usual(performed, {f"{self.fate.api}/{self.fate.machine}": usual})


def _spec(host: Host, fate: RehearsalFate) -> Spec:
    return next(spec for spec in host.specs if spec.name == fate.api)
