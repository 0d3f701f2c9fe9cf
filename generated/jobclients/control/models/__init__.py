# Generated from specs/control.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .advance import Advance
from .api import Api
from .api_environment import ApiEnvironment
from .api_list import ApiList
from .assumption import Assumption
from .change import Change
from .clock import Clock
from .clock_change import ClockChange
from .default_scenario import DefaultScenario
from .delivery import Delivery
from .delivery_attempt import DeliveryAttempt
from .delivery_by_hand import DeliveryByHand
from .delivery_by_hand_signature import DeliveryByHandSignature
from .delivery_list import DeliveryList
from .delivery_settings import DeliverySettings
from .delivery_settings_change import DeliverySettingsChange
from .delivery_state import DeliveryState
from .endpoint import Endpoint
from .facts import Facts
from .fault import Fault
from .fault_effect import FaultEffect
from .fault_effect_credential import FaultEffectCredential
from .fault_effect_delayed import FaultEffectDelayed
from .fault_effect_drop import FaultEffectDrop
from .fault_effect_encoding import FaultEffectEncoding
from .fault_effect_fields import FaultEffectFields
from .fault_effect_headers import FaultEffectHeaders
from .fault_list import FaultList
from .fault_preset import FaultPreset
from .field_damage import FieldDamage
from .graph_state import GraphState
from .graph_transition import GraphTransition
from .health import Health
from .health_status import HealthStatus
from .job import Job
from .job_answer import JobAnswer
from .job_answers import JobAnswers
from .job_kind import JobKind
from .job_list import JobList
from .job_outcome import JobOutcome
from .job_parts import JobParts
from .journal import Journal
from .journal_body import JournalBody
from .journal_entry import JournalEntry
from .lane import Lane
from .limit import Limit
from .limit_headers import LimitHeaders
from .limit_list import LimitList
from .limited_by import LimitedBy
from .machine import Machine
from .machine_graph import MachineGraph
from .machine_list import MachineList
from .new_endpoint import NewEndpoint
from .new_event import NewEvent
from .new_event_data import NewEventData
from .new_fault import NewFault
from .new_job import NewJob
from .new_job_parts import NewJobParts
from .new_limit import NewLimit
from .new_limit_headers import NewLimitHeaders
from .new_part import NewPart
from .new_part_parts import NewPartParts
from .new_sandbox import NewSandbox
from .new_sandbox_clock import NewSandboxClock
from .next_ import Next
from .outcome import Outcome
from .part import Part
from .part_parts import PartParts
from .plan import Plan
from .planned_state import PlannedState
from .polled_job import PolledJob
from .polling_report import PollingReport
from .polling_rule import PollingRule
from .problem import Problem
from .progression import Progression
from .sample_credential import SampleCredential
from .sample_credential_place import SampleCredentialPlace
from .sample_request import SampleRequest
from .sample_request_headers import SampleRequestHeaders
from .sample_request_query import SampleRequestQuery
from .sandbox import Sandbox
from .sandbox_list import SandboxList
from .scenario import Scenario
from .skip import Skip
from .sleep import Sleep
from .state_kind import StateKind
from .timeline import Timeline
from .timeline_change import TimelineChange
from .timestamps import Timestamps
from .world import World

__all__ = (
    "Advance",
    "Api",
    "ApiEnvironment",
    "ApiList",
    "Assumption",
    "Change",
    "Clock",
    "ClockChange",
    "DefaultScenario",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryByHand",
    "DeliveryByHandSignature",
    "DeliveryList",
    "DeliverySettings",
    "DeliverySettingsChange",
    "DeliveryState",
    "Endpoint",
    "Facts",
    "Fault",
    "FaultEffect",
    "FaultEffectCredential",
    "FaultEffectDelayed",
    "FaultEffectDrop",
    "FaultEffectEncoding",
    "FaultEffectFields",
    "FaultEffectHeaders",
    "FaultList",
    "FaultPreset",
    "FieldDamage",
    "GraphState",
    "GraphTransition",
    "Health",
    "HealthStatus",
    "Job",
    "JobAnswer",
    "JobAnswers",
    "JobKind",
    "JobList",
    "JobOutcome",
    "JobParts",
    "Journal",
    "JournalBody",
    "JournalEntry",
    "Lane",
    "Limit",
    "LimitedBy",
    "LimitHeaders",
    "LimitList",
    "Machine",
    "MachineGraph",
    "MachineList",
    "NewEndpoint",
    "NewEvent",
    "NewEventData",
    "NewFault",
    "NewJob",
    "NewJobParts",
    "NewLimit",
    "NewLimitHeaders",
    "NewPart",
    "NewPartParts",
    "NewSandbox",
    "NewSandboxClock",
    "Next",
    "Outcome",
    "Part",
    "PartParts",
    "Plan",
    "PlannedState",
    "PolledJob",
    "PollingReport",
    "PollingRule",
    "Problem",
    "Progression",
    "SampleCredential",
    "SampleCredentialPlace",
    "SampleRequest",
    "SampleRequestHeaders",
    "SampleRequestQuery",
    "Sandbox",
    "SandboxList",
    "Scenario",
    "Skip",
    "Sleep",
    "StateKind",
    "Timeline",
    "TimelineChange",
    "Timestamps",
    "World",
)
