"""Whether machines make sense: their names and facts, their shape, and the walks through them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import (
    JobRecord,
    Machine,
    PartBirth,
    Scenario,
    Spawn,
    Step,
    Timeline,
    Transition,
    build_timeline,
)
from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import Report, listed, type_of
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.schema import Schemas

_LONGEST = 100 * 365 * 86400 * 1_000_000
_MOST_VISITS = 1000
_MOST_CHANGES = 10_000
_QUOTE = re.compile(r"\{([^{}]+)\}")


def _events(machine: Machine) -> list[str]:
    return list(dict.fromkeys(t.event for t in machine.transitions if t.event))


class Sense:
    """Whether all machines of a document make sense; mistakes go to `report`.

    A machine with wrong names has no shape to look at, and one of a wrong shape no walks: what is
    told is what is wrong, not what follows from it.
    """

    def __init__(
        self, document: Document, schemas: Schemas, machines: Mapping[str, Machine], report: Report
    ) -> None:
        self.document = document
        self.machines = machines
        self.source: Mapping[str, Any] = document.data.get("x-job-lifecycle", {})
        self._schemas = schemas
        self._report = report
        self._wrong: list[str] = []

    def check(self) -> None:
        """Report all that makes no sense."""
        subjects = [_Subject(self, machine) for machine in self.machines.values()]
        for subject in subjects:
            _Names(subject).check()
            if subject.fine("/initial", "/transitions", "/state_from"):
                _Shape(subject).check()
        for subject in subjects:
            if self._can_walk(subject.machine):
                _Walks(subject).check()

    def _can_walk(self, machine: Machine) -> bool:
        subject, parts = _Subject(self, machine), machine.parts.values()
        return (
            subject.fine("/initial", "/transitions", "/state_from", "/states")
            and any(scenario.default for scenario in machine.scenarios.values())
            and machine.parts.keys() == subject.parts.keys()
            and all(_Subject(self, part).fine("") and self._can_walk(part) for part in parts)
        )

    def owners(self, machine: Machine) -> list[str]:
        """The machines of which this is a part."""
        return [name for name, m in self.machines.items() if machine in m.parts.values()]

    def check_facts(self, machine: str, given: Mapping[str, Any], where: str) -> None:
        """Report facts that the machine does not declare, or that do not fit their schema."""
        declared = self.source[machine].get("facts", {})
        for name, value in given.items():
            place = where + pointer([name])
            if name not in declared:
                self.report(place, among(name, f"the facts of {machine}", declared))
                continue
            for at, why in self.misfits(declared[name], value):
                self.report(place + at, why)

    def misfits(self, schema: Any, value: Any) -> Iterator[tuple[str, str]]:
        """Where a value does not fit a schema, and why."""
        return ((pointer(path), why) for path, why in self._schemas.misfits(schema, value))

    def report(self, where: str, why: str) -> None:
        """Report a mistake."""
        self._wrong.append(where)
        self._report(where, why)

    def fine(self, where: str) -> bool:
        """Whether no mistake is known at a place, or below it."""
        return not any(wrong == where or wrong.startswith(f"{where}/") for wrong in self._wrong)


class _Subject:
    """One machine to be looked at, with what the spec says of it."""

    def __init__(self, sense: Sense, machine: Machine) -> None:
        self.sense = sense
        self.machine = machine
        self.where = f"/x-job-lifecycle/{machine.name}"
        self.source: Mapping[str, Any] = sense.source[machine.name]
        self.parts: Mapping[str, str] = self.source.get("parts", {})
        self.transitions = [
            (f"/transitions/{n}", t) for n, t in enumerate(self.source.get("transitions", ()))
        ]

    def report(self, where: str, why: str) -> None:
        self.sense.report(self.where + where, why)

    def fine(self, *places: str) -> bool:
        return all(self.sense.fine(self.where + place) for place in places)


class _Names:
    """What a machine names, and whether it is there."""

    def __init__(self, subject: _Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        if self.machine.initial is not None:
            self._state(self.machine.initial, "/initial")
        for name, body in self.subject.source["states"].items():
            self._body_of_state(body, f"/states{pointer([name])}")
        for where, body in self.subject.transitions:
            self._transition(body, where)
        if self.machine.rules:
            self._rules()
        self._defaults()
        self._counters()
        for index, transition in enumerate(self.machine.transitions):
            self._span(transition.after, f"/transitions/{index}/after")
        for scenario in self.machine.scenarios.values():
            self._scenario(scenario, f"/scenarios/{scenario.name}")
        self._samples()
        polling = self.machine.polling
        self._span(polling.first, "/polling/first")
        self._span(polling.at_most, "/polling/at_most")
        if polling.first and polling.at_most and polling.first > polling.at_most:
            self.report("/polling/first", "is longer than `at_most`; write the shorter one here")

    def _state(self, name: Any, where: str, machine: Machine | None = None) -> None:
        states = (machine or self.machine).states
        if name not in states:
            what = f"the states of {machine.name}" if machine else "its states"
            self.report(where, among(name, what, states))

    def _facts(self, given: Mapping[str, Any], where: str, machine: Machine | None = None) -> None:
        name = (machine or self.machine).name
        self.subject.sense.check_facts(name, given, self.subject.where + where)

    def _span(self, after: int | None, where: str) -> None:
        if after is not None and after > _LONGEST:
            self.report(where, "is longer than a hundred years; write a shorter time")

    # -- states and transitions ------------------------------------------------------------------

    def _body_of_state(self, body: Mapping[str, Any], where: str) -> None:
        self._log(body, where)
        first, last = body.get("progress", (0, 0))
        if self.machine.rules and "progress" in body:
            self.report(
                f"{where}/progress",
                "a state that follows from the parts has no progress of its own; leave it out",
            )
        elif first > last:
            self.report(
                f"{where}/progress", f"falls from {first} to {last}; write the smaller number first"
            )

    def _log(self, body: Mapping[str, Any], where: str) -> None:
        texts = [text for line in listed(body.get("log")) for text in line.values()]
        for quote in _QUOTE.findall(" ".join(text for text in texts if isinstance(text, str))):
            head, _, rest = quote.partition(".")
            name = rest.split(".")[0]
            if head == "facts" and name not in self.machine.facts:
                self.report(f"{where}/log", among(name, "its facts", self.machine.facts))
            elif head not in ("facts", "event") and quote not in ("id", "state"):
                known = ("id", "state", "facts.NAME", "event.NAME")
                self.report(f"{where}/log", among(quote, "what a line can quote", known))

    def _transition(self, body: Mapping[str, Any], where: str) -> None:
        for key in ("from", "to"):
            for state in listed(body.get(key)):
                self._state(state, f"{where}/{key}")
        self._when(body.get("when", {}), f"{where}/when")
        self._facts(body.get("set", {}), f"{where}/set")
        self._log(body, where)
        if self.machine.rules:
            self._promise(body, where)
        elif ("after" in body) == ("event" in body):
            self.report(where, "needs one of `after` and `event`, and not both")
        elif "after" in body and "to" not in body:
            self.report(where, "needs `to`: only an event can leave a job as it is")
        elif len(listed(body.get("to"))) > 1:
            self.report(f"{where}/to", "must be one state; write a transition for each")

    def _promise(self, body: Mapping[str, Any], where: str) -> None:
        """Report what a transition of a derived state cannot say."""
        part = self.machine.parts.get(self.machine.part or "")
        if "after" in body:
            self.report(
                f"{where}/after",
                "a state that follows from the parts changes with them; leave `after` out",
            )
        if part and "event" in body and "to" in body and body["event"] not in _events(part):
            self.report(
                f"{where}/event", among(body["event"], f"the events of {part.name}", _events(part))
            )

    def _when(self, condition: Mapping[str, Any], where: str) -> None:
        for name, allowed in condition.items():
            place = where + pointer([name])
            if name.split(".")[0] not in self.machine.facts:
                self.report(place, among(name, "its facts", self.machine.facts))
            elif "." not in name:
                for value in listed(allowed):
                    self._facts({name: value}, where)

    def _rules(self) -> None:
        name, rules = self.machine.part or "", self.subject.source["state_from"]["rules"]
        if name not in self.subject.parts:
            self.report("/state_from/part", among(name, "its parts", self.subject.parts))
        for index, body in enumerate(rules):
            where, part = f"/state_from/rules/{index}", self.machine.parts.get(name)
            self._state(body["then"], f"{where}/then")
            for key in ("all", "any") if part else ():
                for state in body.get(key, ()):
                    self._state(state, f"{where}/{key}", part)
            conditional, last = bool({"all", "any"} & body.keys()), index == len(rules) - 1
            if last and conditional:
                self.report(
                    where, "the last rule must hold always: leave `all` and `any` out of it"
                )
            elif not last and not conditional:
                self.report(where, "holds always, so that those after it never do; write it last")

    # -- facts and counters ----------------------------------------------------------------------

    def _defaults(self) -> None:
        for name, schema in self.subject.source.get("facts", {}).items():
            if schema.get("default") is not None:
                for at, why in self.subject.sense.misfits(schema, schema["default"]):
                    self.report(f"/facts/{name}/default{at}", why)

        for index, facts in enumerate(self.machine.fleet):
            self._facts(facts, f"/fleet/{index}")

    def _counters(self) -> None:
        facts = self.subject.source.get("facts", {})
        for name, counter in self.subject.source.get("counters", {}).items():
            where, limit = f"/counters/{name}", counter.get("at_most")
            for state in counter["in"]:
                self._state(state, f"{where}/in")
            if not isinstance(limit, str):
                continue
            able = [f"facts.{fact}" for fact, schema in facts.items() if self._numeric(schema)]
            if limit not in able:
                self.report(f"{where}/at_most", among(limit, "the facts that are numbers", able))

    def _numeric(self, schema: Any) -> bool:
        return type_of(self.subject.sense.document, schema) in ("integer", "number")

    # -- scenarios and samples -------------------------------------------------------------------

    def _scenario(self, scenario: Scenario, where: str) -> None:
        source = self.subject.source["scenarios"][scenario.name]
        self._when(source.get("when", {}), f"{where}/when")
        self._facts(scenario.facts, f"{where}/facts")
        self._parts(scenario.parts, self.machine, f"{where}/parts")
        if scenario.steps and self.machine.rules:
            self.report(
                f"{where}/steps",
                "a state that follows from the parts takes no steps; give the parts scenarios",
            )
            return
        for index, step in enumerate(scenario.steps):
            self._log(source["steps"][index], f"{where}/steps/{index}")
            self._step(step, f"{where}/steps/{index}")
        for index, spawn in enumerate(scenario.spawns):
            self._spawn(spawn, f"{where}/spawns/{index}")

    def _step(self, step: Step, where: str) -> None:
        events = _events(self.machine)
        self._state(step.state, f"{where}/in")
        self._span(step.after, f"{where}/after")
        self._facts(step.set, f"{where}/set")
        if step.event and step.event not in events:
            self.report(f"{where}/event", among(step.event, "its events", events))
        if step.times > _MOST_VISITS:
            self.report(
                f"{where}/times",
                f"is more than {_MOST_VISITS}; change the machine's own transition instead",
            )

    def _spawn(self, spawn: Spawn, where: str) -> None:
        sense, name = self.subject.sense, spawn.job or self.machine.name
        jobs = [job for job, machine in sense.machines.items() if not sense.owners(machine)]
        self._state(spawn.state, f"{where}/in")
        self._span(spawn.after, f"{where}/after")
        if name not in jobs:
            self.report(f"{where}/job", among(name, "the machines that are no part", jobs))
            return
        child = sense.machines[name]
        self._life(PartBirth(None, spawn.scenario, spawn.facts, spawn.parts), child, where)

    def _samples(self) -> None:
        owners = self.subject.sense.owners(self.machine)
        if self.machine.samples and owners:
            self.report(
                "/samples",
                f"parts come with their job; write this among the samples of {owners[0]}",
            )
        for index, sample in enumerate(self.machine.samples):
            where = f"/samples/{index}"
            self._span(sample.age, f"{where}/created")
            self._life(
                PartBirth(sample.id, sample.scenario, sample.facts, sample.parts),
                self.machine,
                where,
            )
            if sample.id in [other.id for other in self.machine.samples[:index]]:
                self.report(f"{where}/id", f"{sample.id!r} is there already; give each its own")

    def _parts(
        self, parts: Mapping[str, tuple[PartBirth, ...]], machine: Machine, where: str
    ) -> None:
        declared = self.subject.sense.source[machine.name].get("parts", {})
        for name, births in parts.items():
            if name not in declared:
                self.report(
                    f"{where}/{name}", among(name, f"the parts of {machine.name}", declared)
                )
            elif name in machine.parts:
                for index, record in enumerate(births):
                    self._life(record, machine.parts[name], f"{where}/{name}/{index}")

    def _life(self, record: PartBirth, machine: Machine, where: str) -> None:
        """Report what a sample, a part or a child says wrong of its own life."""
        if record.scenario is not None and record.scenario not in machine.scenarios:
            known = among(record.scenario, f"the scenarios of {machine.name}", machine.scenarios)
            self.report(f"{where}/scenario", known)
        if record.id is not None and isinstance(record.id, int) is not machine.integer_ids:
            wanted = "an integer" if machine.integer_ids else "a text; put it in quotes"
            self.report(f"{where}/id", f"is {record.id!r}; must be {wanted}")
        if record.scenario is None and not machine.scenarios_for(record.facts):
            self.report(
                where,
                f"no `when` of the scenarios of {machine.name} fits it; name one that it shall live by",
            )
        self._facts(record.facts, f"{where}/facts", machine)
        self._parts(record.parts, machine, f"{where}/parts")


class _Shape:
    """Whether every state can be reached and left, and every transition can happen."""

    def __init__(self, subject: _Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        defaults = [name for name, scenario in self.machine.scenarios.items() if scenario.default]
        if len(defaults) != 1:
            found = f"{' and '.join(defaults)} do" if defaults else "none does"
            self.report("/scenarios", f"exactly one must say `default: true`; {found}")
        self._exits()
        self._reach()
        self._ends()
        self._hurry()
        if not self.machine.rules:
            self._shadows()

    def _moves(self, transitions: Iterable[Transition]) -> dict[str, set[str]]:
        moves: dict[str, set[str]] = {state: set() for state in self.machine.states}
        for transition in transitions:
            for state in transition.sources if transition.to else ():
                moves[state].add(transition.to or "")
        return moves

    @staticmethod
    def _closure(start: set[str], moves: Mapping[str, set[str]]) -> set[str]:
        found, todo = set(start), list(start)
        while todo:
            fresh = moves[todo.pop()] - found
            found |= fresh
            todo += fresh
        return found

    def _exits(self) -> None:
        for where, body in self.subject.transitions:
            for state in listed(body["from"]):
                if self.machine.states[state].final and "to" in body:
                    self.report(
                        f"{where}/from",
                        f"{state} is final and cannot be left; take it out, or give it another kind",
                    )

    def _reach(self) -> None:
        start = {rule.then for rule in self.machine.rules} or {self.machine.initial or ""}
        moves = {} if self.machine.rules else self._moves(self.machine.transitions)
        reached = start if self.machine.rules else self._closure(start, moves)
        by = "rule" if self.machine.rules else "transition"
        for state in self.machine.states:
            if state not in reached:
                self.report(
                    f"/states/{state}", f"cannot be reached; let a {by} lead there, or take it out"
                )

    def _ends(self) -> None:
        finals = {name for name, state in self.machine.states.items() if state.final}
        if not finals:
            self.report(
                "/states", "none is final, but a job must be able to end; give one `kind: final`"
            )
        if not finals or self.machine.rules:
            return
        back: dict[str, set[str]] = {state: set() for state in self.machine.states}
        for state, targets in self._moves(self.machine.transitions).items():
            for target in targets:
                back[target].add(state)
        ending = self._closure(finals, back)
        for state in self.machine.states:
            if state not in ending:
                self.report(
                    f"/states/{state}", "no way leads from here to a final state; add a transition"
                )

    def _hurry(self) -> None:
        """Report a circle of timed transitions that takes no time: a walk would never end."""
        at_once = self._moves(t for t in self.machine.transitions if t.after == 0)
        for state, targets in at_once.items():
            if state in self._closure(targets, at_once):
                self.report(
                    f"/states/{state}",
                    "stands on a circle of transitions that takes no time; give one of them an `after` above PT0S",
                )

    def _shadows(self) -> None:
        """Report a transition that never happens, since one listed before it always fits."""
        transitions = self.machine.transitions
        for later, transition in enumerate(transitions):
            for earlier, first in enumerate(transitions[:later]):
                shared = first.sources & transition.sources
                if shared and first.event == transition.event and _covers(first, transition):
                    self.report(
                        f"/transitions/{later}",
                        f"never happens in {min(shared)}: transitions/{earlier} comes first; tell them apart by `when`",
                    )


def _covers(first: Transition, second: Transition) -> bool:
    """Whether the first transition's `when` holds wherever the second's does."""
    return all(
        name in second.when and all(value in allowed for value in second.when[name])
        for name, allowed in first.when.items()
    )


class _Walks:
    """Whether scenarios and samples walk through a machine as they say."""

    def __init__(self, subject: _Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        for name, scenario in self.machine.scenarios.items():
            if self.subject.fine(f"/scenarios/{name}"):
                self._scenario(scenario, f"/scenarios/{name}")
        for index, sample in enumerate(self.machine.samples):
            where = f"/samples/{index}"
            if self.subject.fine(where, "/scenarios"):
                self._live(sample.scenario, sample.facts, sample.parts, where)

    def _scenario(self, scenario: Scenario, where: str) -> None:
        timeline = self._live(scenario.name, _assumed(scenario), {}, where)
        if timeline is None:
            return
        visited = list(
            dict.fromkeys(milestone.state.name for milestone in timeline.schedule.milestones)
        )
        wrong = [
            n
            for n, step in enumerate(scenario.steps)
            if self._forbidden(step, timeline, f"{where}/steps/{n}")
        ]
        planned = [(f"steps/{n}", step.state) for n, step in enumerate(scenario.steps)]
        planned += [(f"spawns/{n}", spawn.state) for n, spawn in enumerate(scenario.spawns)]
        for key, state in planned if not wrong else ():
            if state not in visited:
                self.report(
                    f"{where}/{key}/in",
                    f"this walk never comes to {state}; it comes to {', '.join(visited)}",
                )
        if (self.machine, scenario) in _offspring(self.machine, scenario):
            self.report(
                f"{where}/spawns",
                "such a job would bring itself into the world without end; let a child live by a scenario that spawns nothing",
            )

    def _live(self, name: str | None, facts: Any, parts: Any, where: str) -> Timeline | None:
        """The timeline of a scenario or a sample; None where there can be none."""
        able = self.machine.scenarios_for(facts)
        scenario = self.machine.scenarios[name] if name else able[0]
        if scenario not in able:
            when = ", ".join(
                f"{fact}: {'/'.join(map(str, values))}" for fact, values in scenario.when.items()
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
        """Report changes of a derived state which its `transitions` do not promise."""
        milestones = (
            [milestone for milestone in timeline.schedule.milestones if milestone.entered]
            if self.machine.rules
            else []
        )
        for before, after in pairwise(milestone.state.name for milestone in milestones):
            if not self.machine.between(before, after):
                self.report(
                    where,
                    f"goes from {before} to {after}, which `transitions` do not list; add it there",
                )

    def _forbidden(self, step: Step, timeline: Timeline, where: str) -> bool:
        """Report a step that the machine forbids; True if it does."""
        born, milestones = timeline.record.facts, timeline.schedule.milestones
        facts = [{**born, **m.facts} for m in milestones if m.state.name == step.state] or [
            dict(born)
        ]
        if step.event:
            if any(self.machine.on(step.state, step.event, known) for known in facts):
                return False
            able = ", ".join(self.machine.events(step.state, facts[0])) or "none"
            self.report(
                f"{where}/event",
                f"{step.event!r} is not legal in {step.state} for such a job; legal are: {able}",
            )
            return True
        if step.hold or any(self.machine.timed(step.state, known) for known in facts):
            return False
        self.report(
            where, f"{step.state} has no timed transition for `after` to move; name an `event`"
        )
        return True


def _assumed(scenario: Scenario) -> Mapping[str, Any]:
    """Facts that the scenario's `when` asks for, one value of each."""
    assumed: dict[str, Any] = {}
    for path, allowed in scenario.when.items():
        first, *deeper = path.split(".")
        if first not in scenario.facts:
            value = allowed[0]
            for key in reversed(deeper):
                value = {key: value}
            assumed[first] = value
    return assumed


def _changes(record: JobRecord) -> int:
    """How often the parts from which a state follows change until they have all come round."""
    followed = record.parts.get(record.machine.part or "", ())
    inner = max(map(_changes, followed), default=0)
    if inner > _MOST_CHANGES:
        return inner
    schedules = [
        schedule
        for part in followed
        if (schedule := build_timeline(part).schedule).loop is not None
    ]
    whole = math.lcm(*(schedule.period for schedule in schedules))
    return sum(
        whole // schedule.period * len(schedule.milestones[schedule.loop :])
        for schedule in schedules
    )


def _children(machine: Machine, scenario: Scenario) -> Iterator[tuple[Machine, Scenario]]:
    for spawn in scenario.spawns:
        child = machine.siblings.get(spawn.job or machine.name)
        named = (
            (
                s
                for s in child.scenarios.values()
                if s.name == spawn.scenario or (not spawn.scenario and s.default)
            )
            if child
            else ()
        )
        yield from ((child, chosen) for chosen in named if child)


def _offspring(machine: Machine, scenario: Scenario) -> set[tuple[Machine, Scenario]]:
    """All that such a job brings into the world, directly or through its children."""
    found: set[tuple[Machine, Scenario]] = set()
    todo = [*_children(machine, scenario)]
    while todo:
        child = todo.pop()
        if child not in found:
            found.add(child)
            todo += _children(*child)
    return found
