# Generated from specs/osapi.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .agent_response import AgentResponse
from .agent_responses import AgentResponses
from .agent_state import AgentState
from .agent_states import AgentStates
from .create_job_request import CreateJobRequest
from .create_job_response import CreateJobResponse
from .echo_error import EchoError
from .error_response import ErrorResponse
from .job import Job
from .job_list import JobList
from .job_status import JobStatus
from .job_summary import JobSummary
from .new_operation import NewOperation
from .operation import Operation
from .operation_data import OperationData
from .retry_job_request import RetryJobRequest
from .status_counts import StatusCounts
from .timeline_event import TimelineEvent
from .timeline_event_type import TimelineEventType

__all__ = (
    "AgentResponse",
    "AgentResponses",
    "AgentState",
    "AgentStates",
    "CreateJobRequest",
    "CreateJobResponse",
    "EchoError",
    "ErrorResponse",
    "Job",
    "JobList",
    "JobStatus",
    "JobSummary",
    "NewOperation",
    "Operation",
    "OperationData",
    "RetryJobRequest",
    "StatusCounts",
    "TimelineEvent",
    "TimelineEventType",
)
