"""Jobs as data: machines, schedules and timelines. No I/O, no clock, no HTTP, no YAML."""

from jobtwin.lifecycle.machine import (
    Above,
    Counter,
    Default,
    Keep,
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
from jobtwin.lifecycle.planning import build_schedule
from jobtwin.lifecycle.record import JobRecord, quoted
from jobtwin.lifecycle.schedule import Event, Milestone, Schedule
from jobtwin.lifecycle.sharing import scenarios_for, shared
from jobtwin.lifecycle.timeline import Timeline, build_timeline
from jobtwin.lifecycle.view import Entry, View

__all__ = [
    "Above",
    "Counter",
    "Default",
    "Entry",
    "Event",
    "JobRecord",
    "Keep",
    "Kind",
    "Machine",
    "Milestone",
    "Moment",
    "Outcome",
    "PartBirth",
    "Polling",
    "Rule",
    "Sample",
    "Scenario",
    "Schedule",
    "Span",
    "Spawn",
    "State",
    "Step",
    "Timeline",
    "Transition",
    "View",
    "build_schedule",
    "build_timeline",
    "quoted",
    "scenarios_for",
    "shared",
]
