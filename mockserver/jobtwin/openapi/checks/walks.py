"""Checks that scenarios and samples are possible, and reach the states that they name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from jobtwin.lifecycle import JobRecord, Machine, Scenario, ScenarioStep, Timeline, build_timeline
from jobtwin.lifecycle.machine import Spawn, example_of
from jobtwin.openapi.checks.names import steps_of
from jobtwin.openapi.checks.subject import Subject
from jobtwin.openapi.pointer import pointer

_MOST_CHANGES = 10_000


class Walks:
    """Checks the scenarios and samples of one machine."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        """Reports impossible scenarios and samples."""
        for name, scenario in self.machine.scenarios.items():
            if self.subject.is_fine(f"/scenarios/{name}"):
                self._scenario(scenario, f"/scenarios/{name}")
        for name, sample in zip(
            self.subject.source.get("samples", {}), self.machine.samples, strict=True
        ):
            where = f"/samples{pointer([name])}"
            if self.subject.is_fine(where, "/scenarios"):
                self._live(sample.scenario, sample.facts, sample.parts, where)

    def _scenario(self, scenario: Scenario, where: str) -> None:
        timeline = self._live(scenario.name, assumed_facts(scenario), {}, where)
        if timeline is None:
            return
        source = self.subject.source["scenarios"][scenario.name]
        steps = list(steps_of(source))
        wrong = [place for place, step in steps if self._forbidden(step, timeline, where + place)]
        if not wrong:
            self._reaches(timeline, _planned(source, steps), where)
        if (self.machine, scenario) in _offspring(self.machine, scenario):
            self.report(
                f"{where}/spawns",
                "such a job would spawn jobs without end; give the child a scenario that spawns nothing",
            )

    def _reaches(self, timeline: Timeline, planned: Iterable[tuple[str, str]], where: str) -> None:
        """Reports states of a scenario, each with its place, that the job never reaches."""
        visited = list(dict.fromkeys(each.state.name for each in timeline.schedule.milestones))
        for place, state in planned:
            if state not in visited:
                self.report(
                    where + place,
                    f"this scenario never reaches {state}; it reaches {', '.join(visited)}",
                )

    def _live(self, name: str | None, facts: Any, parts: Any, where: str) -> Timeline | None:
        """Returns the timeline of a scenario or sample; reports it and returns None if impossible."""
        able = self.machine.scenarios_for(facts)
        scenario = self.machine.scenarios[name] if name else able[0]
        if scenario not in able:
            when = ", ".join(
                f"facts.{fact}: {'/'.join(map(str, values))}"
                for fact, values in scenario.when.items()
            )
            self.report(where, f"its facts do not fit the `when` of {scenario.name} ({when})")
            return None
        record = JobRecord.of(
            self.machine, 0, 0, scenario=scenario.name, facts=facts, parts=parts or None
        )
        if (changes := _changes(record)) > _MOST_CHANGES:
            self.report(
                where,
                f"its parts go round, and it takes {changes} changes until they are all back; give their circles lengths that divide each other",
            )
            return None
        timeline = build_timeline(record)
        self._promises(timeline, where)
        return timeline

    def _promises(self, timeline: Timeline, where: str) -> None:
        """Reports changes of a derived state that its `transitions` do not declare."""
        if not self.machine.rules:
            return
        entered = [each.state.name for each in timeline.schedule.milestones if each.entered]
        for before, after in pairwise(entered):
            if not self.machine.between(before, after):
                self.report(
                    where,
                    f"goes from {before} to {after}, which {before} does not list in `then`; add it there",
                )

    def _forbidden(self, step: ScenarioStep, timeline: Timeline, where: str) -> bool:
        """Reports a step that the machine forbids. Returns True if it does."""
        facts = _facts_in(step.state, timeline)
        if step.event:
            return self._illegal(step.state, step.event, facts, where)
        if step.hold or any(self.machine.timed(step.state, known) for known in facts):
            return False
        self.report(where, f"{step.state} has no timed transition, so `after` needs an `event`")
        return True

    def _illegal(
        self, state: str, event: str, facts: Sequence[Mapping[str, Any]], where: str
    ) -> bool:
        """Reports an event that is illegal in a state with each of these facts. Returns True if so."""
        if any(self.machine.on(state, event, known) for known in facts):
            return False
        able = ", ".join(self.machine.events(state, facts[0])) or "none"
        self.report(
            f"{where}/event",
            f"{event!r} is not legal in {state} for such a job; legal are: {able}",
        )
        return True


def assumed_facts(scenario: Scenario) -> Mapping[str, Any]:
    """Returns facts that the scenario's `when` requires but it does not set, one value of each."""
    assumed: dict[str, Any] = {}
    for path, allowed in scenario.when.items():
        first, *deeper = path.split(".")
        if first not in scenario.facts:
            value = example_of(allowed)
            for key in reversed(deeper):
                value = {key: value}
            assumed[first] = value
    return assumed


def _changes(record: JobRecord) -> int:
    """Returns the number of changes of the parts until all of them repeat together."""
    followed = record.parts.get(record.machine.part or "", ())
    inner = max(map(_changes, followed), default=0)
    if inner > _MOST_CHANGES:
        return inner
    every = (build_timeline(part).schedule for part in followed)
    schedules = [schedule for schedule in every if schedule.loop is not None]
    whole = math.lcm(*(schedule.period for schedule in schedules))
    return sum(
        whole // schedule.period * len(schedule.milestones[schedule.loop :])
        for schedule in schedules
    )


def _children(machine: Machine, scenario: Scenario) -> Iterator[tuple[Machine, Scenario]]:
    for spawn in scenario.spawns:
        child = machine.siblings.get(spawn.job or machine.name)
        if child is not None:
            yield from ((child, each) for each in _chosen_by(spawn, child))


def _facts_in(state: str, timeline: Timeline) -> list[dict[str, Any]]:
    """Returns a job's facts at each visit to a state, or those of its creation if there is none."""
    born, milestones = timeline.record.facts, timeline.schedule.milestones
    facts = [{**born, **m.facts} for m in milestones if m.state.name == state]
    return facts or [dict(born)]


def _chosen_by(spawn: Spawn, child: Machine) -> list[Scenario]:
    """Returns the named scenario, or else the default ones."""
    if spawn.scenario:
        return [each for each in child.scenarios.values() if each.name == spawn.scenario]
    return [each for each in child.scenarios.values() if each.default]


def _planned(
    source: Mapping[str, Any], steps: Sequence[tuple[str, ScenarioStep]]
) -> list[tuple[str, str]]:
    """Returns the states that a scenario names, with their places."""
    spawns = source.get("spawns", {}).items()
    planned = [(place, step.state) for place, step in steps]
    return planned + [(f"/spawns/{name}/in", spawn["in"]) for name, spawn in spawns]


def _offspring(machine: Machine, scenario: Scenario) -> set[tuple[Machine, Scenario]]:
    """Returns all jobs that such a job creates, directly or through its children."""
    found: set[tuple[Machine, Scenario]] = set()
    todo = [*_children(machine, scenario)]
    while todo:
        child = todo.pop()
        if child not in found:
            found.add(child)
            todo += _children(*child)
    return found
