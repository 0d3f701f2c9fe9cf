"""Checks that all names in a machine exist, and that its facts fit their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import Machine, PartBirth, Scenario, ScenarioStep, Spawn, Transition
from jobtwin.openapi.checks.subject import Subject, events
from jobtwin.openapi.machines import visits
from jobtwin.openapi.nodes import listed, type_of
from jobtwin.openapi.pointer import pointer

_LONGEST = 100 * 365 * 86400 * 1_000_000
_MOST_VISITS = 1000
_QUOTE = re.compile(r"\{([^{}]+)\}")


class NameChecks:
    """Checks the names in one machine."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.report = subject.report

    def check(self) -> None:
        """Reports names that do not exist."""
        if self.machine.initial is not None:
            self._state(self.machine.initial, "/initial")
        for name, body in self.subject.source["states"].items():
            self._body_of_state(body, f"/states{pointer([name])}")
        for place, transition in self.subject.transitions():
            self._transition(transition, place)
        if self.machine.rules:
            self._rules()
        self._defaults()
        self._counters()
        for name, scenario in self.machine.scenarios.items():
            self._scenario(scenario, f"/scenarios/{name}")
        self._samples()
        self._polling()
        keep = self.subject.source.get("keep", {})
        self._condition(keep.get("when", {}), "/keep/when")

    def _polling(self) -> None:
        polling = self.machine.polling
        self._span(polling.first, "/polling/first")
        self._span(polling.at_most, "/polling/at_most")
        if polling.first and polling.at_most and polling.first > polling.at_most:
            self.report("/polling/first", "is longer than `at_most`; write the shorter one here")

    def _state(self, name: Any, place: str, machine: Machine | None = None) -> None:
        states = (machine or self.machine).states
        if name not in states:
            what = f"the states of {machine.name}" if machine else "its states"
            self.report(place, among(name, what, states))

    def _span(self, after: int | None, place: str) -> None:
        if after is not None and after > _LONGEST:
            self.report(place, "is longer than a hundred years; write a shorter time")

    # -- states and transitions --------------------------------------------------------------------

    def _body_of_state(self, body: Mapping[str, Any], place: str) -> None:
        self._log(body, place)
        first, last = body.get("progress", (0, 0))
        if self.machine.rules and "progress" in body:
            self.report(
                f"{place}/progress",
                "a state that follows from the parts has no progress of its own; leave it out",
            )
        elif first > last:
            self.report(
                f"{place}/progress", f"falls from {first} to {last}; write the smaller number first"
            )
        self._leaving(body, place)

    def _leaving(self, body: Mapping[str, Any], place: str) -> None:
        """Reports impossible ways to leave a state."""
        ways = {f"{place}/ways/{name}": way for name, way in body.get("ways", {}).items()}
        timed = {place: body, **ways}
        if self.machine.rules:
            self._refuse_times(body, timed, place)
            return
        for where in [where for where, each in timed.items() if "then" in each]:
            if "lasts" not in timed[where]:
                self.report(where, "needs `lasts` beside `then`")
        if len(listed(body.get("then"))) > 1:
            why = "must be one state; name several `ways`, each with a `when`"
            self.report(f"{place}/then", why)

    def _refuse_times(
        self, body: Mapping[str, Any], timed: Mapping[str, Mapping[str, Any]], place: str
    ) -> None:
        """Reports times of a state that follows from the parts."""
        why = "a state that follows from the parts changes with them; leave `{}` out"
        if "changes" in body:
            self.report(f"{place}/changes", why.format("changes"))
        for where, each in timed.items():
            if "lasts" in each:
                self.report(f"{where}/lasts", why.format("lasts"))

    def _log(self, body: Mapping[str, Any], place: str, *more: str) -> None:
        for quote in _quotes(body.get("log")):
            head, _, rest = quote.partition(".")
            name = rest.split(".")[0]
            if head == "facts" and name not in self.machine.facts:
                self.report(f"{place}/log", among(name, "its facts", self.machine.facts))
            elif head not in ("facts", "event") and quote not in ("id", "state", *more):
                known = ("id", "state", *more, "facts.NAME", "event.NAME")
                self.report(f"{place}/log", among(quote, "the values that a line can quote", known))

    def _transition(self, transition: Transition, place: str) -> None:
        self._names_in(transition, place)
        body = self.subject.at(place)
        if isinstance(body, Mapping) and "kind" not in body:
            self._body_of_transition(body, place)
        if self.machine.rules:
            self._promise(transition, place)
        elif transition.event and len(_targets(body)) > 1:
            self.report(self.subject.below(place, "to"), "must be one state")

    def _body_of_transition(self, body: Mapping[str, Any], place: str) -> None:
        for key in ("when", "unless"):
            self._condition(body.get(key, {}), f"{place}/{key}")
        self.subject.check_facts(body.get("set", {}), f"{place}/set")
        self._log(body, place)

    def _promise(self, transition: Transition, place: str) -> None:
        """Reports an event that a derived state cannot have."""
        part = self.machine.parts.get(self.machine.part or "")
        if part and transition.event and transition.to and transition.event not in events(part):
            self.report(place, among(transition.event, f"the events of {part.name}", events(part)))

    def _condition(self, condition: Mapping[str, Any], place: str) -> None:
        for path, allowed in condition.items():
            name, at = path.removeprefix("facts."), place + pointer([path])
            if not self._fact(name, at):
                continue
            if isinstance(allowed, Mapping):
                self._above(name, allowed["above"], at)
            elif "." not in name:
                for value in listed(allowed):
                    self._allowed(name, value, at)

    def _fact(self, name: str, place: str) -> bool:
        """Returns True if a fact exists, by its dotted name; reports it if not."""
        known = name.removeprefix("facts.").split(".")[0] in self.machine.facts
        if not known:
            self.report(place, among(name, "its facts", self.machine.facts))
        return known

    def _above(self, name: str, limit: Any, place: str) -> None:
        """Reports values that cannot be compared as numbers."""
        if "." not in name and not self._numeric(name):
            self.report(place, f"{name} is not a number, which `above` needs")
        if isinstance(limit, str):
            self._fact(limit.removeprefix("facts."), f"{place}/above")

    def _allowed(self, name: str, value: Any, place: str) -> None:
        for at, why in self.subject.subjects.misfits(self.machine.schemas[name], value):
            self.report(place + at, why)

    def _names_in(self, transition: Transition, place: str) -> None:
        """Reports states and facts of a transition that the machine lacks."""
        for state in sorted(transition.sources):
            self._state(state, self.subject.below(place, "from"))
        if transition.to is not None:
            self._state(transition.to, self.subject.below(place, "then", "to"))
        lasts = self.subject.below(place, "lasts", "after")
        self._span(transition.after, lasts)
        for name in transition.until:
            self._fact(name, f"{lasts}/until")

    def _rules(self) -> None:
        name, derived = self.machine.part or "", self.subject.source["state_from"]
        if name not in self.subject.parts:
            self.report("/state_from/part", among(name, "its parts", self.subject.parts))
        self._state(derived["else"], "/state_from/else")
        part = self.machine.parts.get(name)
        for state, body in derived.get("rules", {}).items():
            place = f"/state_from/rules{pointer([state])}"
            self._state(state, place)
            if part is not None:
                self._part_states(body, place, part)

    def _part_states(self, rule: Mapping[str, Any], place: str, part: Machine) -> None:
        for key in ("all", "any"):
            for state in rule.get(key, ()):
                self._state(state, f"{place}/{key}", part)

    # -- facts and counters ------------------------------------------------------------------------

    def _defaults(self) -> None:
        self._facts()
        for name, body in self.subject.source.get("defaults", {}).items():
            self._condition(body["when"], f"/defaults{pointer([name])}/when")
            self.subject.check_facts(body["facts"], f"/defaults{pointer([name])}/facts")
        self._inherited()
        for name, facts in self.subject.source.get("fleet", {}).items():
            self.subject.check_facts(facts, f"/fleet{pointer([name])}")
        if self.machine.reason and self.machine.reason.split(".")[0] not in self.machine.facts:
            self.report("/reason", among(self.machine.reason, "its facts", self.machine.facts))

    def _facts(self) -> None:
        """Reports defaults of facts that their schemas do not allow."""
        for name, schema in self.subject.source.get("facts", {}).items():
            if schema.get("default") is not None:
                for at, why in self.subject.subjects.misfits(schema, schema["default"]):
                    self.report(f"/facts/{name}/default{at}", why)

    def _inherited(self) -> None:
        """Reports facts that a part cannot inherit."""
        subjects = self.subject.subjects
        owners = [subjects.machines[name] for name in subjects.owners(self.machine)]
        for name in sorted(self.machine.inherits):
            if self._fact(name, "/inherits") and not owners:
                self.report("/inherits", "is for parts, and this is no part; leave it out")
            for owner in [each for each in owners if name not in each.facts]:
                self.report("/inherits", among(name, f"the facts of {owner.name}", owner.facts))

    def _counters(self) -> None:
        able = [f"facts.{fact}" for fact in self.machine.schemas if self._numeric(fact)]
        for name, counter in self.subject.source.get("counters", {}).items():
            place, limit = f"/counters/{name}", counter.get("at_most")
            self._log(counter, place, "count")
            for state in listed(counter["in"]):
                self._state(state, f"{place}/in")
            if isinstance(limit, str) and limit not in able:
                self.report(f"{place}/at_most", among(limit, "the facts that are numbers", able))

    def _numeric(self, fact: str) -> bool:
        document = self.subject.subjects.document
        return type_of(document, self.machine.schemas[fact]) in ("integer", "number")

    # -- scenarios and samples ---------------------------------------------------------------------

    def _scenario(self, scenario: Scenario, place: str) -> None:
        source = self.subject.source["scenarios"][scenario.name]
        self._condition(source.get("when", {}), f"{place}/when")
        self.subject.check_facts(scenario.facts, f"{place}/facts")
        self._parts(scenario.parts, self.machine, f"{place}/parts")
        if scenario.steps and self.machine.rules:
            self.report(
                f"{place}/steps",
                "a state that follows from the parts takes no steps; give the parts scenarios",
            )
            return
        for where, step in steps_of(source):
            self._log(self.subject.at(place + where), place + where)
            self._step(step, place + where)
        for name, spawn in zip(source.get("spawns", {}), scenario.spawns, strict=True):
            self._spawn(spawn, f"{place}/spawns/{name}")

    def _step(self, step: ScenarioStep, place: str) -> None:
        known = events(self.machine)
        self._state(step.state, place)
        self._span(step.after, f"{place}/after")
        self.subject.check_facts(step.set, f"{place}/set")
        if step.event and step.event not in known:
            self.report(f"{place}/event", among(step.event, "its events", known))
        if step.times > _MOST_VISITS:
            self.report(
                f"{place}/times", f"is more than {_MOST_VISITS}; change how long the state lasts"
            )

    def _spawn(self, spawn: Spawn, place: str) -> None:
        subjects, name = self.subject.subjects, spawn.job or self.machine.name
        jobs = [job for job, machine in subjects.machines.items() if not subjects.owners(machine)]
        self._state(spawn.state, f"{place}/in")
        self._span(spawn.after, f"{place}/after")
        if name not in jobs:
            self.report(f"{place}/machine", among(name, "the machines that are not parts", jobs))
            return
        child = subjects.machines[name]
        self._birth(PartBirth(None, spawn.scenario, spawn.facts, spawn.parts), child, place)

    def _samples(self) -> None:
        owners = self.subject.subjects.owners(self.machine)
        if self.machine.samples and owners:
            self.report(
                "/samples",
                f"parts come with their job; write this among the samples of {owners[0]}",
            )
        source = self.subject.source.get("samples", {})
        for name, sample in zip(source, self.machine.samples, strict=True):
            place = f"/samples{pointer([name])}"
            self._span(sample.age, f"{place}/created")
            if isinstance(sample.id, int) is not self.machine.integer_ids:
                self.report(place, f"is {name!r}; the id must be an integer")
            birth = PartBirth(None, sample.scenario, sample.facts, sample.parts)
            self._birth(birth, self.machine, place)

    def _parts(
        self, parts: Mapping[str, tuple[PartBirth, ...]], machine: Machine, place: str
    ) -> None:
        declared = self.subject.subjects.of(machine).parts
        for name, births in parts.items():
            if name not in declared:
                self.report(
                    f"{place}/{name}", among(name, f"the parts of {machine.name}", declared)
                )
            elif name in machine.parts:
                for index, birth in enumerate(births):
                    self._birth(birth, machine.parts[name], f"{place}/{name}/{index}")

    def _birth(self, birth: PartBirth, machine: Machine, place: str) -> None:
        """Reports mistakes in a sample, a part or a spawned job."""
        self._chosen_scenario(birth, machine, place)
        if birth.id is not None and isinstance(birth.id, int) is not machine.integer_ids:
            wanted = "an integer" if machine.integer_ids else "a text; put it in quotes"
            self.report(f"{place}/id", f"is {birth.id!r}; must be {wanted}")
        self.subject.check_facts(birth.facts, f"{place}/facts", machine)
        self._parts(birth.parts, machine, f"{place}/parts")

    def _chosen_scenario(self, birth: PartBirth, machine: Machine, place: str) -> None:
        """Reports an unknown scenario, or that none fits the facts."""
        if birth.scenario is None:
            if not machine.scenarios_for(birth.facts):
                why = f"no `when` of the scenarios of {machine.name} fits it; name one"
                self.report(place, why)
        elif birth.scenario not in machine.scenarios:
            known = among(birth.scenario, f"the scenarios of {machine.name}", machine.scenarios)
            self.report(f"{place}/scenario", known)


def _quotes(log: Any) -> list[str]:
    """Returns all that the texts of log lines quote."""
    texts = [text for line in listed(log) for text in line.values() if isinstance(text, str)]
    return _QUOTE.findall(" ".join(texts))


def _targets(body: Any) -> list[Any]:
    return listed(body.get("to") if isinstance(body, Mapping) else body)


def steps_of(scenario: Mapping[str, Any]) -> Iterator[tuple[str, ScenarioStep]]:
    """Yields every step of a scenario's source, with its place below the scenario."""
    for state, body in scenario.get("steps", {}).items():
        yield from visits(state, body, f"/steps{pointer([state])}")
