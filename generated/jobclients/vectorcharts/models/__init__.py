# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .job import Job
from .job_list import JobList
from .job_parameters import JobParameters
from .job_result import JobResult
from .job_state import JobState
from .log_entry import LogEntry
from .log_type import LogType
from .pagination import Pagination
from .step import Step
from .step_result import StepResult

__all__ = (
    "Error",
    "Job",
    "JobList",
    "JobParameters",
    "JobResult",
    "JobState",
    "LogEntry",
    "LogType",
    "Pagination",
    "Step",
    "StepResult",
)
