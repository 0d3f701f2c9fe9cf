"""Jobs as data: machines, plans and lives. No I/O, no clock, no HTTP, no YAML."""

from mockserver.lifecycle.life import Birth, Entry, Life, View, lay_out
from mockserver.lifecycle.machine import (
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
)
from mockserver.lifecycle.plan import Event, Mark, Plan, derive, walk

__all__ = [
    "Birth",
    "Counter",
    "Entry",
    "Event",
    "Kind",
    "Life",
    "Machine",
    "Mark",
    "Moment",
    "Outcome",
    "PartBirth",
    "Plan",
    "Polling",
    "Rule",
    "Sample",
    "Scenario",
    "Span",
    "Spawn",
    "State",
    "Step",
    "Transition",
    "View",
    "derive",
    "lay_out",
    "walk",
]
