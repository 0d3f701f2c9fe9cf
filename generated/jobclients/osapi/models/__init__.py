# Generated from specs/osapi.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .agent_response import AgentResponse
from .agent_responses import AgentResponses
from .agent_state import AgentState
from .agent_states import AgentStates
from .echo_error import EchoError
from .error_response import ErrorResponse
from .job import Job
from .job_status import JobStatus
from .operation import Operation
from .operation_data import OperationData
from .timeline_event import TimelineEvent
from .timeline_event_type import TimelineEventType

__all__ = (
    "AgentResponse",
    "AgentResponses",
    "AgentState",
    "AgentStates",
    "EchoError",
    "ErrorResponse",
    "Job",
    "JobStatus",
    "Operation",
    "OperationData",
    "TimelineEvent",
    "TimelineEventType",
)
