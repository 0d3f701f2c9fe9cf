"""Jobs as data: machines, schedules and timelines. No I/O, no clock, no HTTP, no YAML."""

from jobtwin.lifecycle.course import Course, course, course_entries
from jobtwin.lifecycle.machine import (
    Above,
    Counter,
    Default,
    DerivationRule,
    Keep,
    Kind,
    Machine,
    MachineState,
    Moment,
    Outcome,
    PartBirth,
    Polling,
    Sample,
    Scenario,
    ScenarioStep,
    Span,
    Spawn,
    Transition,
)
from jobtwin.lifecycle.planning import build_schedule
from jobtwin.lifecycle.record import JobRecord, quoted
from jobtwin.lifecycle.schedule import Event, Milestone, Schedule
from jobtwin.lifecycle.sharing import scenarios_for, shared
from jobtwin.lifecycle.timeline import Timeline, build_timeline, timeline_like
from jobtwin.lifecycle.view import JobView, LogEntry

__all__ = [
    "Above",
    "Counter",
    "Course",
    "Default",
    "DerivationRule",
    "Event",
    "JobRecord",
    "JobView",
    "Keep",
    "Kind",
    "LogEntry",
    "Machine",
    "MachineState",
    "Milestone",
    "Moment",
    "Outcome",
    "PartBirth",
    "Polling",
    "Sample",
    "Scenario",
    "ScenarioStep",
    "Schedule",
    "Span",
    "Spawn",
    "Timeline",
    "Transition",
    "build_schedule",
    "build_timeline",
    "course",
    "course_entries",
    "quoted",
    "scenarios_for",
    "shared",
    "timeline_like",
]
