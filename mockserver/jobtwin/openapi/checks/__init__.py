"""Checks machines: their names and facts, their shape, and their scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from jobtwin.openapi.checks.names import NameChecks
from jobtwin.openapi.checks.shape import ShapeChecks
from jobtwin.openapi.checks.subject import Subject, Subjects
from jobtwin.openapi.checks.walks import Walks
from jobtwin.openapi.document import Document
from jobtwin.openapi.machines import ParsedMachine
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.schema import SchemaValidators

__all__ = ["check_machines"]


def check_machines(
    document: Document,
    schemas: SchemaValidators,
    parsed: Mapping[str, ParsedMachine],
    report: Report,
) -> None:
    """Reports the mistakes in the machines of a document.

    The shape is checked only if the names are right, and scenarios only if the shape is: causes are
    reported, not their consequences.
    """
    subjects = Subjects(document, schemas, parsed, report)
    for subject in subjects:
        NameChecks(subject).check()
        if subject.is_fine("/initial", "/states", "/events", "/state_from"):
            ShapeChecks(subject).check()
    for subject in subjects:
        if _can_walk(subject):
            Walks(subject).check()


def _can_walk(subject: Subject) -> bool:
    machine = subject.machine
    return (
        subject.is_fine("/initial", "/states", "/events", "/state_from")
        and any(scenario.default for scenario in machine.scenarios.values())
        and machine.parts.keys() == subject.parts.keys()
        and all(map(_part_can_walk, subject.parts_of(machine)))
    )


def _part_can_walk(part: Subject) -> bool:
    return part.is_fine("") and _can_walk(part)
