"""Parses `x-jobs.machines` of a well-formed document. `checks` decides whether they make sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import (
    Above,
    Counter,
    Default,
    DerivationRule,
    Keep,
    Kind,
    Machine,
    MachineState,
    Outcome,
    PartBirth,
    Polling,
    Sample,
    Scenario,
    ScenarioStep,
    Spawn,
    Transition,
)
from jobtwin.lifecycle.faults import JobFault
from jobtwin.lifecycle.ids import IdPattern
from jobtwin.lifecycle.machine import Condition, Moment
from jobtwin.openapi.bindings import MachineUse
from jobtwin.openapi.document import Document
from jobtwin.openapi.evidence import Tree
from jobtwin.openapi.extensions import credential_settings
from jobtwin.openapi.faults import job_fault
from jobtwin.openapi.nodes import Report, listed
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.times import moment, span

MACHINES = "/x-jobs/machines"

Facts = Mapping[str, Mapping[str, Any]]
"""Schemas by the name of the fact."""


@dataclass(frozen=True, slots=True)
class ParsedMachine:
    """A machine with its path, its source, and the places of its transitions, in order."""

    machine: Machine
    source: Mapping[str, Any]
    where: str
    transitions: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Way:
    """A transition, and its place below the machine."""

    where: str
    transition: Transition


_UNUSED = MachineUse({}, frozenset(), ())


class MachineParser:
    """Parses the machines of one document; mistakes go to `report`.

    `uses` say by machine how operations use it.
    """

    def __init__(self, document: Document, report: Report, uses: Mapping[str, MachineUse]) -> None:
        self._document = document
        self._report = report
        self._evidence = Tree(document.data, extended=document.is_vendors)
        self._uses = uses
        self._source: Mapping[str, Any] = document.data.get("x-jobs", {}).get("machines", {})
        said = credential_settings(document).values()
        self._sessions = {each["session"] for each in said if "session" in each}
        self._parsed: dict[str, ParsedMachine] = {}
        self._siblings: dict[str, Machine] = {}
        self._open: list[str] = []

    def parsed(self) -> Mapping[str, ParsedMachine]:
        """Returns every machine by name; mistakes are reported, and left out of the machine."""
        for name in self._source:
            self._machine(name)
        return {name: self._parsed[name] for name in self._source}

    def _machine(self, name: str) -> Machine:
        if name not in self._parsed:
            self._open.append(name)
            parts = dict(self._parts(name))
            self._open.pop()
            self._parsed[name] = self._made(name, parts)
            self._siblings[name] = self._parsed[name].machine
        return self._parsed[name].machine

    def _parts(self, name: str) -> Iterator[tuple[str, Machine]]:
        for part, kind in self._source[name].get("parts", {}).items():
            where = f"{MACHINES}/{name}/parts/{part}"
            if kind not in self._source:
                self._report(where, among(kind, "the machines", self._source))
            elif kind in self._open:
                self._report(
                    where, f"{kind!r} would be a part of itself; take it out, here or further in"
                )
            else:
                yield part, self._machine(kind)

    def _made(self, name: str, parts: Mapping[str, Machine]) -> ParsedMachine:
        source, where = self._source[name], f"{MACHINES}/{name}"
        ways = list(_ways(source))
        derived, ids = source.get("state_from"), _id(source)
        use = self._uses.get(name, _UNUSED)
        schemas = {**use.echoed, **source.get("facts", {})}
        machine = Machine(
            name=name,
            summary=source.get("summary", name),
            initial=source.get("initial"),
            states=_frozen({s: _state(s, body) for s, body in source["states"].items()}),
            transitions=tuple(way.transition for way in ways),
            part=derived["part"] if derived else None,
            rules=tuple(_rules(derived)) if derived else (),
            parts=_frozen(parts),
            facts=_frozen({fact: self._default(schema) for fact, schema in schemas.items()}),
            schemas=_frozen(schemas),
            reason=source.get("reason", "").removeprefix("facts."),
            defaults=tuple(map(_default, source.get("defaults", {}).values())),
            inherits=frozenset(source.get("inherits", ())),
            asked=use.asked,
            excluding=use.excluding,
            counters=_frozen({c: _counter(body) for c, body in source.get("counters", {}).items()}),
            scenarios=_frozen({s: _scenario(s, body) for s, body in source["scenarios"].items()}),
            integer_ids=ids.get("type") == "integer",
            hex_ids=ids.get("type") == "hex",
            keep=_keep(source.get("keep")),
            fleet=tuple(source.get("fleet", {}).values()),
            first_id=ids.get("first", 1),
            id_pattern=self._id_pattern(ids.get("pattern"), f"{where}/id/pattern"),
            polling=self._polling(name, source),
            samples=tuple(self._samples(source, where)),
            siblings=self._siblings,
            secret_ids=name in self._sessions,
        )
        return ParsedMachine(machine, source, where, [way.where for way in ways])

    def _id_pattern(self, said: str | None, where: str) -> IdPattern | None:
        try:
            return None if said is None else IdPattern.of(said)
        except ValueError as error:
            self._report(where, str(error))
            return None

    def _default(self, schema: Mapping[str, Any]) -> Any:
        return schema.get("default", self._document.resolve(schema).get("default"))

    def _polling(self, name: str, source: Mapping[str, Any]) -> Polling:
        polling, path = source.get("polling", {}), ("x-jobs", "machines", name)
        known = self._evidence.evidence((*path, "polling") if "polling" in source else path)
        return Polling(
            first=span(polling["first"]) if "first" in polling else None,
            at_most=span(polling["at_most"]) if "at_most" in polling else None,
            factor=polling.get("factor"),
            source=": ".join(filter(None, [known.kind, known.text])),
        )

    def _created(self, said: str | None, place: str) -> tuple[Moment | None, int]:
        """Returns the time at which a sample was created, or else its age."""
        if said is None:
            return None, 0
        try:
            return (None, span(said[1:])) if said.startswith("-") else (moment(said), 0)
        except ValueError as error:
            self._report(place, str(error))
            return None, 0

    def _samples(self, source: Mapping[str, Any], where: str) -> Iterator[Sample]:
        integers = _id(source).get("type") == "integer"
        for id_, body in source.get("samples", {}).items():
            at, age = self._created(body.get("created"), f"{where}/samples{pointer([id_])}/created")
            name = int(id_) if integers and id_.removeprefix("-").isdecimal() else id_
            facts, parts = _frozen(body.get("facts")), _parts_of(body.get("parts"))
            yield Sample(name, body.get("scenario"), facts, parts, at, age)


def _frozen(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType(dict(value or {}))


def _names(value: Any) -> frozenset[str]:
    return frozenset(map(str, listed(value)))


def _condition(value: Mapping[str, Any] | None) -> Condition:
    """Parses a condition on facts; their paths begin with `facts.`."""
    return _frozen({_fact(path): _allowed(able) for path, able in (value or {}).items()})


def _fact(path: str) -> str:
    return path.removeprefix("facts.")


def _allowed(said: Any) -> tuple[Any, ...]:
    """Returns the values that a condition allows, or its lower limit."""
    if not isinstance(said, Mapping):
        return tuple(listed(said))
    limit = said["above"]
    return (Above(_fact(limit) if isinstance(limit, str) else limit),)


def _id(source: Mapping[str, Any]) -> Mapping[str, Any]:
    said = source.get("id", {})
    return {"type": said} if isinstance(said, str) else said


# -- states and transitions ------------------------------------------------------------------------


def _state(name: str, body: Mapping[str, Any]) -> MachineState:
    progress, kind = body.get("progress"), body["kind"]
    end = kind in list(Outcome)
    return MachineState(
        name,
        Kind.FINAL if end else Kind(kind),
        Outcome(kind) if end else None,
        (progress[0], progress[1]) if progress else None,
        _log(body),
        body.get("reopens", False),
    )


def _log(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(map(_frozen, listed(body.get("log"))))


def _ways(source: Mapping[str, Any]) -> Iterator[_Way]:
    """Yields every transition of a machine: those of its states, then those of all states."""
    states = source["states"]
    for name, body in states.items():
        place = f"/states{pointer([name])}"
        yield from _timed(name, body, place)
        for change, said in body.get("changes", {}).items():
            yield _Way(f"{place}/changes/{change}", _change(name, said))
        for event, said in body.get("events", {}).items():
            yield from _happening(event, said, {name}, f"{place}/events/{event}")
    for event, said in source.get("events", {}).items():
        yield from _happening(event, said, _open_to(event, said, states), f"/events/{event}")


def transition_places(source: Mapping[str, Any]) -> list[str]:
    """Returns the places of a machine's transitions below the machine, in their order."""
    return [way.where for way in _ways(source)]


def _timed(name: str, body: Mapping[str, Any], place: str) -> Iterator[_Way]:
    sources = frozenset({name})
    for target in listed(body.get("then")):
        yield _Way(place, Transition(sources, target, **_lasting(body)))
    for way, said in body.get("ways", {}).items():
        where, conditions = f"{place}/ways/{way}", {**_lasting(said), **_conditions(said)}
        yield _Way(where, Transition(sources, said["then"], **conditions))


def _change(state: str, said: Mapping[str, Any]) -> Transition:
    """Returns the timed changes within a state."""
    conditions = _conditions(said)
    return Transition(frozenset({state}), None, span(said["after"]), **conditions)


def _lasting(body: Mapping[str, Any]) -> dict[str, Any]:
    """Parses how long a state lasts: a duration, or until a moment in a fact, or else a duration."""
    lasts = body.get("lasts", {})
    said = lasts if isinstance(lasts, Mapping) else {"else": lasts}
    return {
        "after": span(said["else"]) if "else" in said else None,
        "until": tuple(map(_fact, listed(said.get("until")))),
    }


def _happening(event: str, said: Any, sources: set[str], place: str) -> Iterator[_Way]:
    form = said if isinstance(said, Mapping) else {"to": said}
    for target in listed(form.get("to")) or [None]:
        transition = Transition(frozenset(sources), target, None, event, **_conditions(form))
        yield _Way(place, transition)


def _open_to(event: str, said: Any, states: Mapping[str, Any]) -> set[str]:
    """Returns the states in which an event of the whole machine can happen.

    These are the states in `from`, or all that are neither final nor its target, without those that
    declare the event themselves.
    """
    form = said if isinstance(said, Mapping) else {"to": said}
    ends = {*Outcome}
    able = {name for name, body in states.items() if body["kind"] not in ends}
    able = set(_names(form["from"])) if "from" in form else able - _names(form.get("to"))
    return {name for name in able if event not in states.get(name, {}).get("events", {})}


def _conditions(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "when": _condition(body.get("when")),
        "unless": _condition(body.get("unless")),
        "set": _frozen(body.get("set")),
        "log": _log(body),
    }


def _rules(derived: Mapping[str, Any]) -> Iterator[DerivationRule]:
    for state, body in derived.get("rules", {}).items():
        sets = {key: _names(body[key]) if key in body else None for key in ("all", "any")}
        yield DerivationRule(state, sets["all"], sets["any"])
    yield DerivationRule(derived["else"])


def _keep(body: Mapping[str, Any] | None) -> Keep | None:
    if body is None:
        return None
    return Keep(span(body["for"]), body.get("since", "created_at"), _condition(body.get("when")))


def _counter(body: Mapping[str, Any]) -> Counter:
    return Counter(
        _names(body["in"]),
        body.get("per_second", 0.0),
        body.get("at_most"),
        span(body["over"]) if "over" in body else None,
        _log(body),
    )


# -- scenarios -------------------------------------------------------------------------------------


def _parts_of(source: Mapping[str, Any] | None) -> Mapping[str, tuple[PartBirth, ...]]:
    return _frozen(
        {
            name: tuple(
                PartBirth(
                    part.get("id"),
                    part.get("scenario"),
                    _frozen(part.get("facts")),
                    _parts_of(part.get("parts")),
                )
                for part in parts
            )
            for name, parts in (source or {}).items()
        }
    )


def _scenario(name: str, body: Mapping[str, Any]) -> Scenario:
    steps = body.get("steps", {}).items()
    return Scenario(
        name=name,
        summary=body.get("summary", name.replace("_", " ").capitalize()),
        default=body.get("default", False),
        when=_condition(body.get("when")),
        facts=_frozen(body.get("facts")),
        steps=tuple(step for state, said in steps for _, step in visits(state, said)),
        parts=_parts_of(body.get("parts")),
        spawns=tuple(map(_spawn, body.get("spawns", {}).values())),
        faults=tuple(_possible_faults(body.get("faults", {}).values())),
    )


def _possible_faults(source: Iterable[Mapping[str, Any]]) -> Iterator[JobFault]:
    """Yields the faults of a scenario; `checks` reports impossible ones."""
    for said in source:
        with suppress(ValueError):
            yield job_fault(said)


def visits(
    state: str, body: Mapping[str, Any], where: str = ""
) -> Iterator[tuple[str, ScenarioStep]]:
    """Yields the steps of a state in order, each with its place below the first."""
    yield (
        where,
        ScenarioStep(
            state=state,
            after=span(body["after"]) if "after" in body else None,
            event=body.get("event"),
            hold=body.get("hold", False),
            times=body.get("times", 1),
            set=_frozen(body.get("set")),
            log=_log(body),
        ),
    )
    if "again" in body:
        yield from visits(state, body["again"], f"{where}/again")


def _spawn(body: Mapping[str, Any]) -> Spawn:
    return Spawn(
        state=str(body["in"]),
        after=span(body.get("after", "0s")),
        job=body.get("machine", ""),
        scenario=body.get("scenario"),
        facts=_frozen(body.get("facts")),
        parts=_parts_of(body.get("parts")),
    )


def _default(body: Mapping[str, Any]) -> Default:
    return Default(_condition(body.get("when")), _frozen(body["facts"]))
