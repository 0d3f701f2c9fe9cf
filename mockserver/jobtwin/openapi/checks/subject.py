"""The subject of the checks: one machine, its source, and their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import Machine, Transition
from jobtwin.openapi.document import Document
from jobtwin.openapi.machines import ParsedMachine
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.schema import SchemaValidators


class Subjects:
    """The machines of a document, and the mistakes found so far."""

    def __init__(
        self,
        document: Document,
        schemas: SchemaValidators,
        parsed: Mapping[str, ParsedMachine],
        report: Report,
    ) -> None:
        self.document = document
        self.machines = {name: each.machine for name, each in parsed.items()}
        self._parsed = parsed
        self._schemas = schemas
        self._report = report
        self._wrong: dict[tuple[str, str], None] = {}

    def __iter__(self) -> Iterator[Subject]:
        return map(self.of, self.machines.values())

    def of(self, machine: Machine) -> Subject:
        """Returns one machine as a subject."""
        return Subject(self, self._parsed[machine.name])

    def owners(self, machine: Machine) -> list[str]:
        """Returns the machines of which this is a part."""
        return [name for name, m in self.machines.items() if machine in m.parts.values()]

    def check_facts(self, machine: Machine, given: Mapping[str, Any], where: str) -> None:
        """Reports facts that the machine does not declare, or that do not fit their schema."""
        for name, value in given.items():
            place = where + pointer([name])
            if name not in machine.schemas:
                self.report(place, among(name, f"the facts of {machine.name}", machine.schemas))
                continue
            for at, why in self.misfits(machine.schemas[name], value):
                self.report(place + at, why)

    def misfits(self, schema: Any, value: Any) -> Iterator[tuple[str, str]]:
        """Yields the places where a value does not fit a schema, and why."""
        return ((pointer(path), why) for path, why in self._schemas.misfits(schema, value))

    def report(self, where: str, why: str) -> None:
        """Reports a mistake, once."""
        if (where, why) not in self._wrong:
            self._wrong[where, why] = None
            self._report(where, why)

    def is_fine(self, where: str) -> bool:
        """Returns True if there is no mistake at or below a place so far."""
        return not any(wrong == where or wrong.startswith(f"{where}/") for wrong, _ in self._wrong)


class Subject:
    """One machine to check, with its source."""

    def __init__(self, subjects: Subjects, parsed: ParsedMachine) -> None:
        self.subjects = subjects
        self.machine = parsed.machine
        self.source = parsed.source
        self.parts: Mapping[str, str] = parsed.source.get("parts", {})
        self._where = parsed.where
        self._places = parsed.transitions

    def transitions(self) -> Iterator[tuple[str, Transition]]:
        """Yields every transition with its place."""
        return zip(self._places, self.machine.transitions, strict=True)

    def parts_of(self, machine: Machine) -> Iterator[Subject]:
        """Yields the machines of a machine's parts."""
        return map(self.subjects.of, machine.parts.values())

    def below(self, place: str, *keys: str) -> str:
        """Returns the place of the first key that exists at a place, or the place itself."""
        node = self.at(place)
        found = (f"{place}/{key}" for key in keys if isinstance(node, Mapping) and key in node)
        return next(found, place)

    def at(self, place: str) -> Any:
        """Returns the source at a place."""
        node: Any = self.source
        for token in place.split("/")[1:]:
            node = node[token.replace("~1", "/").replace("~0", "~")]
        return node

    def report(self, place: str, why: str) -> None:
        """Reports a mistake."""
        self.subjects.report(self._where + place, why)

    def check_facts(
        self, given: Mapping[str, Any], place: str, machine: Machine | None = None
    ) -> None:
        """Reports invalid facts."""
        self.subjects.check_facts(machine or self.machine, given, self._where + place)

    def is_fine(self, *places: str) -> bool:
        """Returns True if there is no mistake at these places so far."""
        return all(self.subjects.is_fine(self._where + place) for place in places)


def events(machine: Machine) -> list[str]:
    """Returns the events of a machine."""
    return list(machine.event_names)
