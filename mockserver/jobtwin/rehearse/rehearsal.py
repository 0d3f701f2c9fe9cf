"""A rehearsal: the command in its default fate, then in every other, with a verdict for each."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from jobtwin.errors import unknown
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.rehearse.fates import RehearsalFate, fates_of
from jobtwin.rehearse.rules import Broken, judge
from jobtwin.rehearse.stage import Played, Stage


class NotRehearsed(Exception):
    """The command could not be rehearsed; the message has the reason and a suggestion."""


@dataclass(frozen=True, slots=True)
class FateVerdict:
    """The verdict on one fate: the rules that the command broke."""

    played: Played
    broken: Sequence[Broken]

    @property
    def survived(self) -> bool:
        """True if no rule is broken."""
        return not self.broken

    def to_json(self) -> dict[str, Any]:
        """Returns the verdict as JSON."""
        broken = [
            {"rule": b.rule, "why": b.why, "exchange": b.exchange, "source": b.source}
            for b in self.broken
        ]
        fate, performance = self.played.fate, self.played.performance
        return {
            "name": fate.name,
            "api": fate.api,
            "machine": fate.machine,
            "summary": fate.summary,
            "expected": performance.expected,
            "exitCode": performance.code,
            "requests": len(performance.exchanges),
            "survived": self.survived,
            "broken": [{k: v for k, v in each.items() if v is not None} for each in broken],
        }

    def again(self, asked: Asked) -> dict[str, str]:
        """Returns the commands that repeat the fate and open its sandbox, and the job's URL."""
        fate, played = self.played.fate, self.played
        specs = list(asked.specs)
        words = ["jobtwin", "rehearse", *specs, "--fate", fate.name, "--show", "--", *asked.words]
        found = {"command": shlex.join(words)}
        if played.world is not None:
            found["world"] = str(played.world)
            found["serve"] = shlex.join(["jobtwin", "serve", *specs, "--from", str(played.world)])
            job = f"/{quote(str(played.record.id))}" if played.record else ""
            page = f"jobs/{fate.api}/{fate.machine}{job}" if job else "traffic"
            found["console"] = f"{CONSOLE}#/{page}"
        return found


CONSOLE = "http://127.0.0.1:8080/"
"""The console's URL of a server with default flags."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line of a rehearsal."""

    specs: Sequence[str]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The verdicts on all possible fates of the command's jobs, and the coverage."""

    verdicts: Sequence[FateVerdict]
    unmet: Sequence[RehearsalFate]
    coverage: Sequence[Coverage]

    @property
    def survived(self) -> bool:
        """True if the command survives every fate."""
        return all(verdict.survived for verdict in self.verdicts)

    def to_json(self, asked: Asked) -> dict[str, Any]:
        """Returns the rehearsal as JSON."""
        fates = [
            {**v.to_json(), **({} if v.survived else {"again": v.again(asked)})}
            for v in self.verdicts
        ]
        return {
            "fates": fates,
            "notMet": [fate.name for fate in self.unmet],
            "states": {f"{c.api}/{c.machine}": c.to_json() for c in self.coverage},
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """The states of one machine that the command has seen, over all fates."""

    api: str
    machine: str
    states: Mapping[str, bool]
    ends: Mapping[str, bool]

    def to_json(self) -> dict[str, Any]:
        """Returns the states and final states, each with True if it was shown."""
        return {"states": _by_shown(self.states), "ends": _by_shown(self.ends)}


def _by_shown(states: Mapping[str, bool]) -> dict[str, list[str]]:
    return {
        "shown": [name for name, shown in states.items() if shown],
        "missing": [name for name, shown in states.items() if not shown],
    }


def rehearse(
    stage: Stage,
    *,
    api: str | None = None,
    names: Sequence[str] = (),
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Rehearsal:
    """Runs the command in every fate of the jobs that it creates, or in those in `names`.

    Raises NotRehearsed if the command creates no job, or for an unknown name.
    """
    progress("the command in its default fate")
    made = list(_made(stage, api))
    usual = _usual_jobs(made)
    kinds = [(*_machine(stage, each.fate), each.record) for each in made]
    fates = _chosen([fate for kind in kinds for fate in fates_of(*kind)], names)

    def play(fate: RehearsalFate) -> Sequence[Played]:
        progress(f"{fate.name}: {fate.summary}")
        return list(stage.play(fate, usual))

    with ThreadPoolExecutor(workers) as pool:
        played = [*chain.from_iterable(pool.map(play, fates))]
    return _judged(played, [(spec, machine) for spec, machine, _ in kinds])


def _judged(played: Sequence[Played], kinds: Sequence[tuple[Spec, Machine]]) -> Rehearsal:
    """Returns the verdicts on the fates that the jobs had, and the coverage of their machines."""
    met = [each for each in played if each.met]
    verdicts = [FateVerdict(each, judge(each.performance)) for each in met]
    unmet = [each.fate for each in played if not each.met]
    return Rehearsal(verdicts, unmet, [_coverage(spec, machine, met) for spec, machine in kinds])


def _usual_jobs(made: Sequence[Played]) -> dict[str, int]:
    """Returns the number of jobs of each machine in the default fate."""
    return {
        f"{each.fate.api}/{each.fate.machine}": len(each.performance.jobs)
        for each in made
        if each.performance.says_success and each.performance.expected == "success"
    }


def _made(stage: Stage, api: str | None) -> Sequence[Played]:
    """Returns the performance in the default fate, for each machine of the command's jobs."""
    found = [each for each in stage.play(None) if api in (None, each.fate.api)]
    if not found:
        raise NotRehearsed(f"the command created no job of {api}")
    return found


def _machine(stage: Stage, fate: RehearsalFate) -> tuple[Spec, Machine]:
    spec = next(spec for spec in stage.specs if spec.name == fate.api)
    return spec, spec.jobs[fate.machine]


def _chosen(fates: Sequence[RehearsalFate], names: Sequence[str]) -> Sequence[RehearsalFate]:
    if not names:
        return fates
    able = [fate.name for fate in fates]
    for name in names:
        if name not in able:
            raise NotRehearsed(unknown("fate", name, able))
    return [fate for fate in fates if fate.name in names]


def _coverage(spec: Spec, machine: Machine, played: Sequence[Played]) -> Coverage:
    own = [p for p in played if (p.fate.api, p.fate.machine) == (spec.name, machine.name)]
    shown = frozenset[str]().union(*(each.states for each in own))
    states = {name: name in shown for name in machine.states}
    ends = {name: met for name, met in states.items() if machine.states[name].final}
    return Coverage(spec.name, machine.name, states, ends)
