# Generated from specs/control.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .advance import Advance
from .change import Change
from .clock import Clock
from .clock_change import ClockChange
from .default_scenario import DefaultScenario
from .facts import Facts
from .health import Health
from .health_status import HealthStatus
from .job import Job
from .job_kind import JobKind
from .job_list import JobList
from .job_outcome import JobOutcome
from .job_parts import JobParts
from .journal import Journal
from .journal_body import JournalBody
from .journal_entry import JournalEntry
from .machine import Machine
from .machine_list import MachineList
from .new_event import NewEvent
from .new_event_data import NewEventData
from .new_job import NewJob
from .new_job_parts import NewJobParts
from .new_part import NewPart
from .new_part_parts import NewPartParts
from .new_sandbox import NewSandbox
from .new_sandbox_clock import NewSandboxClock
from .next_ import Next
from .part import Part
from .part_parts import PartParts
from .polled_job import PolledJob
from .polling_report import PollingReport
from .polling_rule import PollingRule
from .problem import Problem
from .progression import Progression
from .sandbox import Sandbox
from .sandbox_list import SandboxList
from .scenario import Scenario
from .sleep import Sleep
from .world import World

__all__ = (
    "Advance",
    "Change",
    "Clock",
    "ClockChange",
    "DefaultScenario",
    "Facts",
    "Health",
    "HealthStatus",
    "Job",
    "JobKind",
    "JobList",
    "JobOutcome",
    "JobParts",
    "Journal",
    "JournalBody",
    "JournalEntry",
    "Machine",
    "MachineList",
    "NewEvent",
    "NewEventData",
    "NewJob",
    "NewJobParts",
    "NewPart",
    "NewPartParts",
    "NewSandbox",
    "NewSandboxClock",
    "Next",
    "Part",
    "PartParts",
    "PolledJob",
    "PollingReport",
    "PollingRule",
    "Problem",
    "Progression",
    "Sandbox",
    "SandboxList",
    "Scenario",
    "Sleep",
    "World",
)
