"""`x-job-lifecycle` to machines: reads what is well-formed; `sense` tells what makes no sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import (
    Counter,
    Keep,
    Kind,
    Machine,
    Outcome,
    PartBirth,
    Polling,
    Rule,
    Sample,
    Scenario,
    Spawn,
    State,
    Step,
    Transition,
)
from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import Report, listed
from jobtwin.openapi.schema import Schemas
from jobtwin.openapi.sense import Sense
from jobtwin.openapi.times import moment, span


def _names(value: Any) -> list[str]:
    return [str(name) for name in listed(value)]


def _frozen(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType(dict(value or {}))


def _condition(value: Mapping[str, Any] | None) -> Mapping[str, tuple[Any, ...]]:
    return _frozen({name: tuple(listed(allowed)) for name, allowed in (value or {}).items()})


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
        Sense(self._document, self._schemas, self._machines, self._report).check()
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
                self._report(where, among(kind, "the machines", self._source))
            elif kind in self._open:
                self._report(
                    where, f"{kind!r} would be a part of itself; take it out, here or further in"
                )
            elif machine := self._machine(kind):
                parts[part] = machine
        self._open.pop()
        made = self._made(name, source, parts)
        self._machines[name] = made
        return made

    def _made(self, name: str, source: Mapping[str, Any], parts: Mapping[str, Machine]) -> Machine:
        derived, ids, polling = (
            source.get("state_from"),
            source.get("id", {}),
            source.get("polling", {}),
        )
        facts = {
            fact: schema.get("default", self._document.resolve(schema).get("default"))
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
            hex_ids=ids.get("type") == "hex",
            keep=_keep(source.get("keep")),
            fleet=tuple(source.get("fleet", ())),
            first_id=ids.get("first", 1),
            polling=Polling(
                first=span(polling["first"]) if "first" in polling else None,
                at_most=span(polling["at_most"]) if "at_most" in polling else None,
                factor=polling.get("factor"),
                source=self._said(polling.get("x-evidence", source.get("x-evidence"))),
            ),
            samples=tuple(self._samples(name, source.get("samples", ()))),
            siblings=self._machines,
        )

    def _said(self, evidence: Any) -> str:
        """Where something is said: the documented page, or what its evidence names."""
        if isinstance(evidence, Mapping):
            return "; ".join(f"{how}: {where}" for how, where in evidence.items())
        return f"documented: {self._document.data['info']['title']}"

    @staticmethod
    def _transitions(source: Iterable[Mapping[str, Any]]) -> Iterator[Transition]:
        for body in source:
            for target in listed(body.get("to")) or [None]:
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
    return tuple(_frozen(line) for line in listed(body.get("log")))


def _rule(body: Mapping[str, Any]) -> Rule:
    sets = {key: frozenset(_names(body[key])) if key in body else None for key in ("all", "any")}
    return Rule(body["then"], sets["all"], sets["any"])


def _keep(body: Mapping[str, Any] | None) -> Keep | None:
    return (
        Keep(span(body["for"]), body.get("since", "created_at"), _condition(body.get("when")))
        if body
        else None
    )


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
