# Generated from specs/polaris.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .column_mapping import ColumnMapping
from .desired_execution_status import DesiredExecutionStatus
from .error_detail import ErrorDetail
from .error_response import ErrorResponse
from .error_response_innererror import ErrorResponseInnererror
from .execution_status import ExecutionStatus
from .health import Health
from .health_status import HealthStatus
from .ingestion_mode import IngestionMode
from .job import Job
from .job_details import JobDetails
from .job_list import JobList
from .job_metrics import JobMetrics
from .job_properties import JobProperties
from .job_spec import JobSpec
from .job_status import JobStatus
from .job_summary import JobSummary
from .job_totals import JobTotals
from .job_type import JobType
from .job_update import JobUpdate
from .sort_column import SortColumn
from .sort_order import SortOrder
from .source import Source
from .source_type import SourceType
from .target import Target
from .target_type import TargetType
from .updated_job import UpdatedJob
from .user import User

__all__ = (
    "ColumnMapping",
    "DesiredExecutionStatus",
    "ErrorDetail",
    "ErrorResponse",
    "ErrorResponseInnererror",
    "ExecutionStatus",
    "Health",
    "HealthStatus",
    "IngestionMode",
    "Job",
    "JobDetails",
    "JobList",
    "JobMetrics",
    "JobProperties",
    "JobSpec",
    "JobStatus",
    "JobSummary",
    "JobTotals",
    "JobType",
    "JobUpdate",
    "SortColumn",
    "SortOrder",
    "Source",
    "SourceType",
    "Target",
    "TargetType",
    "UpdatedJob",
    "User",
)
