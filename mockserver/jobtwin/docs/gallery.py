"""`docs/machines.md`: every state machine as a diagram and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jobtwin.docs import words
from jobtwin.docs.markdown import anchor, code, page, table, text
from jobtwin.docs.mermaid import diagram
from jobtwin.docs.walks import company, lived, walk
from jobtwin.lifecycle import Machine, Scenario
from jobtwin.openapi import Spec
from jobtwin.openapi.extensions import machine_sources

_INTRODUCTION = """\
The state machines of each API's jobs, as the twin runs them.

The label of an arrow is the cause of the change: time (`after 5 s`) or an event, with a \
condition in brackets. An arrow without a label follows the job's parts, by the rules in the \
note. An event marked "no change" keeps the state. Grey is waiting, blue active, violet paused, \
yellow transient; the final states are green (success), red (failure), orange (partial) and pale \
(cancelled).

The tables list the states of an undisturbed job in each scenario. To choose a scenario, create \
the job with `Prefer: scenario=NAME`."""


def machines(specs: Iterable[Spec]) -> str:
    """Returns the page of machines. Specs without machines are left out."""
    drawn = [spec for spec in specs if spec.machines]
    index = "\n".join(map(_entry, drawn))
    return page("# Machines", _INTRODUCTION, index, *(b for spec in drawn for b in _chapter(spec)))


def _entry(spec: Spec) -> str:
    return f"- [{text(spec.title)}]({anchor(spec.title)}): {', '.join(map(code, machine_sources(spec.document)))}"


def _chapter(spec: Spec) -> Iterator[str]:
    yield f"## {text(spec.title)}"
    for name, source in machine_sources(spec.document).items():
        yield from _machine(spec.machines[name], source)


def _machine(machine: Machine, source: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {code(machine.name)}"
    yield f"{text(machine.summary).rstrip('.')}."
    yield source.get("description", "").strip()
    yield f"```mermaid\n{diagram(machine)}```"
    yield table(["state", "kind", "meaning"], _states(machine, source["states"]))
    yield table(["scenario", "summary", "timeline"], map(_scenario, _scenarios(machine)))
    yield "\n".join(f"- {line}" for line in _remarks(machine))


def _states(machine: Machine, source: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for state in machine.states.values():
        summary = text(source[state.name].get("summary", ""))
        yield code(state.name), words.ending(state), summary


def _scenarios(machine: Machine) -> list[tuple[Machine, Scenario]]:
    return [(machine, scenario) for scenario in machine.scenarios.values()]


def _scenario(one: tuple[Machine, Scenario]) -> Sequence[str]:
    machine, scenario = one
    life = lived(machine, scenario)
    name = code(scenario.name) + (" (default)" if scenario.default else "")
    when = f"; only if {text(words.guard(scenario.when))}" if scenario.when else ""
    told = [walk(life.schedule, code), *company(life, code)]
    return name, text(scenario.summary) + when, "<br>".join(told)


def _remarks(machine: Machine) -> Iterator[str]:
    for name, kind in machine.parts.items():
        yield f"Its {code(name)} follow the machine {code(kind.name)}."
    if advice := words.polling(machine.polling):
        yield f"Polling: {advice}."
    if machine.keep:
        yield f"A record is kept for {words.keep(machine.keep)}, then deleted."
    if machine.samples:
        ids = ", ".join(code(str(sample.id)) for sample in machine.samples)
        yield f"Present at start-up: {ids}."
