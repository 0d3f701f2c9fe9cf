"""Scenarios as lines of text, from the same schedules that the server follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from jobtwin.docs.words import Markup, plain, span
from jobtwin.lifecycle import (
    JobRecord,
    Machine,
    Milestone,
    Scenario,
    Schedule,
    Timeline,
    build_timeline,
)
from jobtwin.lifecycle.machine import example_of


def lived(machine: Machine, scenario: Scenario) -> Timeline:
    """Returns the timeline of an undisturbed job, with the facts that the scenario requires."""
    asked = {
        fact: example_of(allowed)
        for fact, allowed in scenario.when.items()
        if fact not in scenario.facts
    }
    return build_timeline(JobRecord.of(machine, 0, 0, scenario=scenario.name, facts=asked))


def births(machine: Machine) -> list[str]:
    """Returns the initial states of jobs, in the order of the spec."""
    if machine.initial is not None:
        return [machine.initial]
    plans = [lived(machine, scenario).schedule for scenario in machine.scenarios.values()]
    first = {plan.milestones[0].state.name for plan in plans}
    return [state for state in machine.states if state in first]


def walk(plan: Schedule, mark: Markup = plain) -> str:
    """Returns a schedule as a line: `QUEUED → 5 s → PREPARING → 20 s, fail → FAILED`."""
    line, entered = [mark(plan.milestones[0].state.name)], plan.milestones[0].at
    for each in plan.milestones[1:]:
        if each.entered:
            line += [_reason(each, entered), mark(each.state.name)]
            entered = each.at
        else:
            line[-1] += f" ({_reason(each, entered)})"
    return " → ".join([*line[:-1], line[-1] + _rest(plan, entered, mark)])


def _reason(each: Milestone, entered: int) -> str:
    waited = span(each.at - entered)
    return f"{waited}, {each.event.name}" if each.event else waited


def _rest(plan: Schedule, entered: int, mark: Markup) -> str:
    """Returns the end of a line: a final state, a state that lasts, or the start of a loop."""
    if plan.loop is not None:
        again = plan.milestones[plan.loop]
        back = span(again.at + plan.period - entered)
        return f" → {back} → {mark(again.state.name)} → …"
    return "" if plan.milestones[-1].state.final else ", for ever"


def company(life: Timeline, mark: Markup = plain) -> Iterator[str]:
    """Yields the parts that a job is created with, and the jobs that it creates."""
    for name, parts in life.parts.items():
        if parts:
            yield f"{name}: {_counted(mark(part.record.scenario.name) for part in parts)}"
    for spawn in life.record.scenario.spawns:
        kind = life.machine.sibling(spawn.job)
        scenario = spawn.scenario or kind.default_scenario.name
        yield f"{span(spawn.after)} after {mark(spawn.state)}: a new {mark(kind.name)}, {mark(scenario)}"


def _counted(names: Iterable[str]) -> str:
    groups = [(name, len(list(group))) for name, group in groupby(names)]
    return ", ".join(name if count == 1 else f"{name} ({count} times)" for name, count in groups)
