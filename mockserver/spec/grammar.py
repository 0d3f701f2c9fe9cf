"""`x-job-lifecycle` to machines: reads what is well-formed and reports what makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver.lifecycle import (
    Birth,
    Counter,
    Kind,
    Machine,
    Moment,
    Outcome,
    PartBirth,
    Polling,
    Rule,
    Sample,
    Scenario,
    Span,
    Spawn,
    State,
    Step,
    Transition,
    lay_out,
)

if TYPE_CHECKING:
    from mockserver.spec.document import Document
    from mockserver.spec.schema import Schemas

Report = Callable[[str, str], None]

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


def span(text: str) -> Span:
    """An ISO 8601 duration, such as PT1M30S, in microseconds; ValueError if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or text in ("P", "PT") or text.endswith("T"):
        raise ValueError(f"{text!r} is no ISO 8601 duration such as PT1M30S")
    parts = match.groupdict(default="0")
    return sum(round(float(parts[unit]) * 1_000_000) * size for unit, size in _SECONDS.items())


def moment(text: str) -> Moment:
    """An RFC 3339 date-time in microseconds since 1970; ValueError if it is none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write {text}Z")
    return round(at.timestamp() * 1_000_000)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _names(value: Any) -> list[str]:
    return [str(name) for name in _listed(value)]


def _frozen(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType(dict(value or {}))


def _condition(value: Mapping[str, Any] | None) -> Mapping[str, tuple[Any, ...]]:
    return _frozen({name: tuple(_listed(allowed)) for name, allowed in (value or {}).items()})


def _among(name: Any, what: str, known: Iterable[str]) -> str:
    return f"{name!r} is not one of {what} ({', '.join(known) or 'there are none'})"


class Grammar:
    """Reads the machines of one document."""

    def __init__(self, document: Document, schemas: Schemas, report: Report) -> None:
        self._document = document
        self._schemas = schemas
        self._report = report
        self._source: Mapping[str, Any] = document.data.get("x-job-lifecycle", {})
        self._machines: dict[str, Machine] = {}
        self._open: list[str] = []

    def machines(self) -> Mapping[str, Machine]:
        """Every machine by name; those with mistakes are reported, and may lack what is wrong."""
        for name in self._source:
            self._machine(name)
        for name, machine in self._machines.items():
            _Sense(machine, f"/x-job-lifecycle/{name}", self._source[name], self).check()
        return self._machines

    def _machine(self, name: str) -> Machine | None:
        if name in self._machines:
            return self._machines[name]
        self._open.append(name)
        source = self._source[name]
        parts = {}
        for part, kind in source.get("parts", {}).items():
            where = f"/x-job-lifecycle/{name}/parts/{part}"
            if kind not in self._source:
                self._report(where, _among(kind, "the machines", self._source))
            elif kind in self._open:
                self._report(where, f"{kind!r} would be a part of itself")
            elif machine := self._machine(kind):
                parts[part] = machine
        self._open.pop()
        made = self._made(name, source, parts)
        self._machines[name] = made
        return made

    def _made(self, name: str, source: Mapping[str, Any], parts: Mapping[str, Machine]) -> Machine:
        derived, ids, polling = source.get("state_from"), source.get("id", {}), source.get("polling", {})  # fmt: skip
        facts = {
            fact: self._document.resolve(schema).get("default", schema.get("default"))
            for fact, schema in source.get("facts", {}).items()
        }
        return Machine(
            name=name,
            summary=source["summary"],
            initial=source.get("initial"),
            states=_frozen({s: _state(s, body) for s, body in source["states"].items()}),
            transitions=tuple(self._transitions(source.get("transitions", ()))),
            part=derived["part"] if derived else None,
            rules=tuple(_rule(rule) for rule in derived["rules"]) if derived else (),
            parts=_frozen(parts),
            facts=_frozen(facts),
            counters=_frozen({c: _counter(body) for c, body in source.get("counters", {}).items()}),
            scenarios=_frozen({s: _scenario(s, body) for s, body in source["scenarios"].items()}),
            integer_ids=ids.get("type") == "integer",
            first_id=ids.get("first", 1),
            polling=Polling(
                first=span(polling["first"]) if "first" in polling else None,
                at_most=span(polling["at_most"]) if "at_most" in polling else None,
                factor=polling.get("factor"),
            ),
            samples=tuple(self._samples(name, source.get("samples", ()))),
            siblings=self._machines,
        )

    @staticmethod
    def _transitions(source: Iterable[Mapping[str, Any]]) -> Iterator[Transition]:
        for body in source:
            for target in _listed(body.get("to")) or [None]:
                yield Transition(
                    sources=frozenset(_names(body["from"])),
                    to=target,
                    after=span(body["after"]) if "after" in body else None,
                    event=body.get("event"),
                    when=_condition(body.get("when")),
                    set=_frozen(body.get("set")),
                    log=_log(body),
                )

    def _samples(self, name: str, source: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
        for index, body in enumerate(source):
            created, at, age = body.get("created"), None, 0
            try:
                if created is not None and created.startswith("-"):
                    age = span(created[1:])
                elif created is not None:
                    at = moment(created)
            except ValueError as error:
                self._report(f"/x-job-lifecycle/{name}/samples/{index}/created", str(error))
            facts, parts = _frozen(body.get("facts")), _parts(body.get("parts"))
            yield Sample(body["id"], body.get("scenario"), facts, parts, at, age)

    # -- facts -----------------------------------------------------------------------------------

    def check_facts(self, machine: str, given: Mapping[str, Any], where: str) -> None:
        """Report facts that the machine does not declare, or that do not fit their schema."""
        declared = self._source[machine].get("facts", {})
        for name, value in given.items():
            if name not in declared:
                self._report(f"{where}/{name}", _among(name, f"the facts of {machine}", declared))
                continue
            for error in self._schemas.validator(declared[name]).iter_errors(value):
                self._report(f"{where}/{name}", error.message)

    def report(self, where: str, why: str) -> None:
        """Report a mistake."""
        self._report(where, why)

    @property
    def known(self) -> Mapping[str, Machine]:
        """The machines read so far."""
        return self._machines


def _state(name: str, body: Mapping[str, Any]) -> State:
    progress = body.get("progress")
    return State(
        name,
        Kind(body["kind"]),
        Outcome(body["outcome"]) if "outcome" in body else None,
        (progress[0], progress[1]) if progress else None,
        _log(body),
    )


def _log(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(_frozen(line) for line in _listed(body.get("log")))


def _rule(body: Mapping[str, Any]) -> Rule:
    sets = {key: frozenset(_names(body[key])) if key in body else None for key in ("all", "any")}
    return Rule(body["then"], sets["all"], sets["any"])


def _counter(body: Mapping[str, Any]) -> Counter:
    return Counter(frozenset(_names(body["in"])), body["per_second"], body.get("at_most"))


def _parts(source: Mapping[str, Any] | None) -> Mapping[str, tuple[PartBirth, ...]]:
    return _frozen(
        {
            name: tuple(
                PartBirth(
                    part.get("id"),
                    part.get("scenario"),
                    _frozen(part.get("facts")),
                    _parts(part.get("parts")),
                )
                for part in parts
            )
            for name, parts in (source or {}).items()
        }
    )


def _scenario(name: str, body: Mapping[str, Any]) -> Scenario:
    return Scenario(
        name=name,
        summary=body["summary"],
        default=body.get("default", False),
        when=_condition(body.get("when")),
        facts=_frozen(body.get("facts")),
        steps=tuple(
            Step(
                state=str(step["in"]),
                after=span(step["after"]) if "after" in step else None,
                event=step.get("event"),
                hold=step.get("hold", False),
                times=step.get("times", 1),
                set=_frozen(step.get("set")),
                log=_log(step),
            )
            for step in body.get("steps", ())
        ),
        parts=_parts(body.get("parts")),
        spawns=tuple(
            Spawn(
                state=str(spawn["in"]),
                after=span(spawn.get("after", "PT0S")),
                job=spawn.get("job", ""),
                scenario=spawn.get("scenario"),
                facts=_frozen(spawn.get("facts")),
                parts=_parts(spawn.get("parts")),
            )
            for spawn in body.get("spawns", ())
        ),
    )


class _Sense:
    """Whether one machine makes sense."""

    def __init__(
        self, machine: Machine, where: str, source: Mapping[str, Any], grammar: Grammar
    ) -> None:
        self.machine = machine
        self.where = where
        self.source = source
        self.grammar = grammar
        self.sound = True

    def report(self, where: str, why: str) -> None:
        self.sound = False
        self.grammar.report(self.where + where, why)

    def check(self) -> None:
        self._names()
        self._facts()
        if self.sound:
            self._shape()
        if self.sound:
            self._scenarios()

    # -- names -----------------------------------------------------------------------------------

    def _state(self, name: Any, where: str, machine: Machine | None = None) -> None:
        states = (machine or self.machine).states
        if name not in states:
            self.report(where, _among(name, "its states", states))

    def _names(self) -> None:
        if self.machine.initial is not None:
            self._state(self.machine.initial, "/initial")
        for index, body in enumerate(self.source.get("transitions", ())):
            self._transition(body, f"/transitions/{index}")
        for name, counter in self.machine.counters.items():
            for state in sorted(counter.states):
                self._state(state, f"/counters/{name}/in")
            limit = counter.at_most
            if isinstance(limit, str) and limit.removeprefix("facts.").split(".")[0] not in self.machine.facts:  # fmt: skip
                self.report(f"/counters/{name}/at_most", _among(limit, "its facts", self.machine.facts))  # fmt: skip
        if self.machine.rules:
            self._rules()
        for name in self.machine.scenarios:
            self._scenario_names(name)
        for index, sample in enumerate(self.machine.samples):
            self._sample(index, sample)
        defaults = [n for n, scenario in self.machine.scenarios.items() if scenario.default]
        if len(defaults) != 1:
            found = f"{' and '.join(defaults)} are" if defaults else "none is"
            self.report("/scenarios", f"exactly one must say `default: true`; {found}")

    def _transition(self, body: Mapping[str, Any], where: str) -> None:
        for state in _names(body["from"]):
            self._state(state, f"{where}/from")
        for state in _names(body.get("to")):
            self._state(state, f"{where}/to")
        for name in body.get("when", {}):
            if name.split(".")[0] not in self.machine.facts:
                self.report(f"{where}/when", _among(name, "its facts", self.machine.facts))
        if self.machine.rules:
            if "after" in body:
                self.report(f"{where}/after", "a state that follows from the parts changes with them; leave `after` out")  # fmt: skip
        elif ("after" in body) == ("event" in body):
            self.report(where, "needs either `after` or `event`")
        elif "after" in body and "to" not in body:
            self.report(where, "needs `to`: only an event can leave a job as it is")
        elif len(_names(body.get("to"))) > 1:
            self.report(f"{where}/to", "must be one state")

    def _rules(self) -> None:
        part = self.source["state_from"]["part"]
        if part not in self.machine.parts:
            self.report("/state_from/part", _among(part, "its parts", self.machine.parts))
            return
        for index, body in enumerate(self.source["state_from"]["rules"]):
            where = f"/state_from/rules/{index}"
            self._state(body["then"], f"{where}/then")
            for key in ("all", "any"):
                for state in _names(body.get(key)):
                    self._state(state, f"{where}/{key}", self.machine.parts[part])
        if {"all", "any"} & self.source["state_from"]["rules"][-1].keys():
            self.report("/state_from/rules", "the last rule must hold always: leave `all` and `any` out of it")  # fmt: skip

    def _scenario_names(self, name: str) -> None:
        scenario, where = self.machine.scenarios[name], f"/scenarios/{name}"
        events = list(dict.fromkeys(t.event for t in self.machine.transitions if t.event))
        if scenario.steps and self.machine.rules:
            self.report(f"{where}/steps", "a state that follows from the parts takes no steps; give the parts scenarios")  # fmt: skip
        for index, step in enumerate(scenario.steps):
            self._state(step.state, f"{where}/steps/{index}/in")
            if step.event and step.event not in events:
                self.report(f"{where}/steps/{index}/event", _among(step.event, "its events", events))  # fmt: skip
        self._parts(scenario.parts, self.machine, f"{where}/parts")
        for index, spawn in enumerate(scenario.spawns):
            place, known = f"{where}/spawns/{index}", self.grammar.known
            self._state(spawn.state, f"{place}/in")
            job = spawn.job or self.machine.name
            if job not in known:
                self.report(f"{place}/job", _among(job, "the machines", known))
                continue
            self._scenario_of(spawn.scenario, known[job], f"{place}/scenario")
            self.grammar.check_facts(job, spawn.facts, f"{self.where}{place}/facts")
            self._parts(spawn.parts, known[job], f"{place}/parts")

    def _scenario_of(self, name: str | None, machine: Machine, where: str) -> None:
        if name is not None and name not in machine.scenarios:
            self.report(where, _among(name, f"the scenarios of {machine.name}", machine.scenarios))

    def _parts(
        self, parts: Mapping[str, tuple[PartBirth, ...]], machine: Machine, where: str
    ) -> None:
        for name, births in parts.items():
            if name not in machine.parts:
                self.report(f"{where}/{name}", _among(name, "its parts", machine.parts))
                continue
            kind = machine.parts[name]
            for index, birth in enumerate(births):
                place = f"{where}/{name}/{index}"
                self._scenario_of(birth.scenario, kind, f"{place}/scenario")
                self._id(birth.id, kind, f"{place}/id")
                self.grammar.check_facts(kind.name, birth.facts, f"{self.where}{place}/facts")
                self._parts(birth.parts, kind, f"{place}/parts")

    def _id(self, given: Any, machine: Machine, where: str) -> None:
        if given is not None and isinstance(given, int) is not machine.integer_ids:
            wanted = "an integer" if machine.integer_ids else "a text; put it in quotes"
            self.report(where, f"must be {wanted}")

    def _sample(self, index: int, sample: Sample) -> None:
        where = f"/samples/{index}"
        self._scenario_of(sample.scenario, self.machine, f"{where}/scenario")
        self._id(sample.id, self.machine, f"{where}/id")
        if sample.id in [other.id for other in self.machine.samples[:index]]:
            self.report(f"{where}/id", f"{sample.id!r} is there already")
        self._parts(sample.parts, self.machine, f"{where}/parts")

    # -- facts -----------------------------------------------------------------------------------

    def _facts(self) -> None:
        defaults = {n: v for n, v in self.machine.facts.items() if v is not None}
        self.grammar.check_facts(self.machine.name, defaults, f"{self.where}/facts")
        places = [
            (f"/{kind}/{key}/{what}", body)
            for kind, bodies, what in (
                ("transitions", enumerate(self.source.get("transitions", ())), "set"),
                ("samples", enumerate(self.source.get("samples", ())), "facts"),
                ("scenarios", self.source["scenarios"].items(), "facts"),
            )
            for key, source in bodies
            if (body := source.get(what))
        ]
        places += [
            (f"/scenarios/{name}/steps/{index}/set", step.set)
            for name, scenario in self.machine.scenarios.items()
            for index, step in enumerate(scenario.steps)
        ]
        for where, given in places:
            self.grammar.check_facts(self.machine.name, given, self.where + where)

    # -- shape -----------------------------------------------------------------------------------

    def _shape(self) -> None:
        self._exits()
        if self.machine.rules:
            reached = {rule.then for rule in self.machine.rules}
        else:
            reached = self._closure({self.machine.initial or ""}, self._moves())
        for state in self.machine.states:
            if state not in reached:
                self.report(f"/states/{state}", "cannot be reached: no transition, or rule, leads there")  # fmt: skip
        self._ends()
        self._hurry()

    def _moves(self) -> dict[str, set[str]]:
        moves: dict[str, set[str]] = {state: set() for state in self.machine.states}
        for transition in self.machine.transitions:
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
        for index, body in enumerate(self.source.get("transitions", ())):
            for state in _names(body["from"]):
                if self.machine.states[state].final and "to" in body:
                    self.report(f"/transitions/{index}", f"{state} is final and cannot be left; take it out of `from`, or give it another kind")  # fmt: skip

    def _ends(self) -> None:
        finals = {name for name, state in self.machine.states.items() if state.final}
        if not finals:
            self.report("/states", "none is final; a job must be able to end")
            return
        back: dict[str, set[str]] = {state: set() for state in self.machine.states}
        for state, targets in self._moves().items():
            for target in targets:
                back[target].add(state)
        if not self.machine.rules:
            for state in self.machine.states.keys() - self._closure(finals, back):
                self.report(f"/states/{state}", "no way leads from here to a final state")

    def _hurry(self) -> None:
        """Report a circle of timed transitions that takes no time: a plan would never end."""
        at_once = {
            state: {
                t.to
                for t in self.machine.transitions
                if t.after == 0 and t.to and state in t.sources
            }  # fmt: skip
            for state in self.machine.states
        }
        for state, targets in at_once.items():
            if state in self._closure(set(targets), at_once):
                self.report(f"/states/{state}", "stands on a circle of transitions that takes no time; give one of them an `after` above PT0S")  # fmt: skip

    # -- scenarios -------------------------------------------------------------------------------

    def _scenarios(self) -> None:
        for name in self.machine.scenarios:
            where = f"/scenarios/{name}"
            birth = Birth.of(self.machine, 0, 0, scenario=name, facts=self._assumed(name))
            life = lay_out(birth)
            visited = {mark.state.name for mark in life.plan.marks}
            for index, step in enumerate(self.machine.scenarios[name].steps):
                place = f"{where}/steps/{index}"
                legal = self.machine.on(step.state, step.event or "", birth.facts)
                if step.event and not legal:
                    able = self.machine.events(step.state, birth.facts)
                    self.report(f"{place}/event", f"{step.event!r} is not legal in {step.state} for such a job; legal are: {', '.join(able) or 'none'}")  # fmt: skip
                elif not step.event and not step.hold and not self.machine.timed(step.state, birth.facts):  # fmt: skip
                    self.report(place, f"{step.state} has no timed transition for `after` to move; name an `event`")  # fmt: skip
                elif step.state not in visited:
                    self.report(f"{place}/in", f"this walk never comes to {step.state}")
            self._promises(life, where)

    def _assumed(self, name: str) -> Mapping[str, Any]:
        """Facts that the scenario's `when` asks for, one value of each."""
        when = self.machine.scenarios[name].when
        given = self.machine.scenarios[name].facts
        return {fact: allowed[0] for fact, allowed in when.items() if fact not in given}

    def _promises(self, life: Any, where: str) -> None:
        """Report changes of a derived state which its `transitions` do not promise."""
        marks = [mark for mark in life.plan.marks if mark.entered] if self.machine.rules else []
        for before, after in zip(marks, marks[1:], strict=False):
            if not self.machine.between(before.state.name, after.state.name):
                self.report(where, f"goes from {before.state.name} to {after.state.name}, which `transitions` do not list")  # fmt: skip
