"""A job's record at creation, made from a machine, a scenario and the request."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobtwin.lifecycle.machine import (
    NOTHING,
    Facts,
    Machine,
    Moment,
    PartBirth,
    Scenario,
    lookup,
    nothing,
)
from jobtwin.lifecycle.sharing import facts_at_birth, scenarios_for

QUOTE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The data of a job or a part at its creation."""

    machine: Machine
    id: str | int
    at: Moment
    scenario: Scenario
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[JobRecord, ...]] = field(default_factory=nothing)
    spawned_by: str | int | None = None
    number: int = 0

    @classmethod
    def of(  # noqa: PLR0913 - the record has that many fields
        cls,
        machine: Machine,
        id: str | int,  # noqa: A002 - the field's name
        at: Moment,
        *,
        scenario: str | None = None,
        facts: Facts = NOTHING,
        parts: Mapping[str, Sequence[PartBirth]] | None = None,
        spawned_by: str | int | None = None,
        number: int = 0,
    ) -> JobRecord:
        """Returns the record of a new job; arguments override its scenario."""
        chosen = machine.scenarios[scenario] if scenario else scenarios_for(machine, facts)[0]
        merged = facts_at_birth(machine, chosen, facts)
        births = _parts(machine, chosen, id, at, facts=merged, given=parts)
        return cls(machine, id, at, chosen, merged, births, spawned_by, number)

    @property
    def shown_id(self) -> str:
        """The id as shown to users; if ids are credentials, a handle in place of it."""
        return self.machine.shown_id(self.id) if self.machine.secret_ids else str(self.id)

    def pattern(self) -> PartBirth:
        """Returns the data to create another part like it."""
        parts = {name: tuple(p.pattern() for p in parts) for name, parts in self.parts.items()}
        return PartBirth(None, None, self.facts, parts)


def _parts(  # noqa: PLR0913 - a birth has that many sides
    machine: Machine,
    scenario: Scenario,
    owner: str | int,
    at: Moment,
    *,
    facts: Facts,
    given: Mapping[str, Sequence[PartBirth]] | None,
) -> Mapping[str, tuple[JobRecord, ...]]:
    if not machine.parts:
        return NOTHING
    return {
        name: tuple(
            _part(kind, _heir(kind, part, facts), f"{owner}/{name}/{number}", number, at)
            for number, part in enumerate(_patterned(scenario.parts.get(name, ()), given, name))
        )
        for name, kind in machine.parts.items()
    }


def _patterned(
    pattern: Sequence[PartBirth], given: Mapping[str, Sequence[PartBirth]] | None, name: str
) -> Sequence[PartBirth]:
    """Returns the given parts, each with the timeline of the pattern's entry at its position."""
    if given is None or name not in given:
        return pattern
    if not pattern:
        return given[name]
    last = len(pattern) - 1
    return [_over(pattern[min(n, last)], part) for n, part in enumerate(given[name])]


def _over(pattern: PartBirth, given: PartBirth) -> PartBirth:
    names = {**pattern.parts, **given.parts}
    parts = {n: tuple(_patterned(pattern.parts.get(n, ()), given.parts or None, n)) for n in names}
    facts = {**pattern.facts, **given.facts}
    return PartBirth(given.id, given.scenario or pattern.scenario, facts, parts)


def _heir(machine: Machine, part: PartBirth, facts: Facts) -> PartBirth:
    """Returns a part with the facts that it inherits from its job."""
    taken = {name: facts[name] for name in machine.inherits if facts.get(name) is not None}
    return replace(part, facts={**taken, **part.facts}) if taken else part


def _part(machine: Machine, part: PartBirth, path: str, number: int, at: Moment) -> JobRecord:
    name = part.scenario or scenarios_for(machine, part.facts)[0].name
    chosen = machine.scenarios[name]
    given = part.id if part.id is not None else _part_id(machine, path, number)
    facts = facts_at_birth(machine, chosen, part.facts)
    parts = _parts(machine, chosen, path, at, facts=facts, given=part.parts or None)
    return JobRecord(machine, given, at, chosen, facts, parts)


def _part_id(machine: Machine, path: str, number: int) -> str | int:
    if machine.integer_ids:
        return machine.first_id + number
    if machine.id_pattern is not None:
        return machine.id_pattern.drawn(path)
    drawn = uuid.UUID(bytes=hashlib.md5(path.encode()).digest(), version=4)  # noqa: S324 - an id, not a secret
    return drawn.hex if machine.hex_ids else str(drawn)


def quoted(value: Any, record: JobRecord) -> Any:
    """Fills `{id}` and `{facts.NAME}` in a value; a lone placeholder keeps the type of its value."""
    if isinstance(value, Mapping):
        return {name: quoted(inner, record) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    if alone := QUOTE.fullmatch(value):
        return _of_birth(alone[1], record)
    return QUOTE.sub(lambda match: str(_of_birth(match[1], record)), value)


def _of_birth(path: str, record: JobRecord) -> Any:
    return record.id if path == "id" else lookup(record.facts, path.removeprefix("facts."))
