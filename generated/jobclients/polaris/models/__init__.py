# Generated from specs/polaris.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .azure_source import AzureSource
from .azure_source_type import AzureSourceType
from .batch_spec import BatchSpec
from .batch_spec_type import BatchSpecType
from .column_mapping import ColumnMapping
from .connection_source import ConnectionSource
from .connection_source_type import ConnectionSourceType
from .context import Context
from .delete_data_spec import DeleteDataSpec
from .delete_data_spec_type import DeleteDataSpecType
from .desired_execution_status import DesiredExecutionStatus
from .drop_table_spec import DropTableSpec
from .drop_table_spec_type import DropTableSpecType
from .error_response import ErrorResponse
from .execution_status import ExecutionStatus
from .format_settings import FormatSettings
from .granularity import Granularity
from .health import Health
from .health_status import HealthStatus
from .ingestion_mode import IngestionMode
from .inline_source import InlineSource
from .inline_source_type import InlineSourceType
from .inner_error import InnerError
from .input_field import InputField
from .job import Job
from .job_details import JobDetails
from .job_list import JobList
from .job_logs import JobLogs
from .job_metrics import JobMetrics
from .job_progress import JobProgress
from .job_properties import JobProperties
from .job_status import JobStatus
from .job_summary import JobSummary
from .job_totals import JobTotals
from .job_type import JobType
from .job_update import JobUpdate
from .log_entry import LogEntry
from .read_from_point import ReadFromPoint
from .restore_data_spec import RestoreDataSpec
from .restore_data_spec_type import RestoreDataSpecType
from .s3_source import S3Source
from .s3_source_type import S3SourceType
from .sort_column import SortColumn
from .sort_order import SortOrder
from .source_summary import SourceSummary
from .source_type import SourceType
from .sql_parameter import SqlParameter
from .sql_spec import SqlSpec
from .sql_spec_type import SqlSpecType
from .streaming_spec import StreamingSpec
from .streaming_spec_type import StreamingSpecType
from .table_source import TableSource
from .table_source_type import TableSourceType
from .target import Target
from .target_type import TargetType
from .unknown_job_spec import UnknownJobSpec
from .unknown_source import UnknownSource
from .updated_job import UpdatedJob
from .uploaded_source import UploadedSource
from .uploaded_source_type import UploadedSourceType
from .user import User

__all__ = (
    "AzureSource",
    "AzureSourceType",
    "BatchSpec",
    "BatchSpecType",
    "ColumnMapping",
    "ConnectionSource",
    "ConnectionSourceType",
    "Context",
    "DeleteDataSpec",
    "DeleteDataSpecType",
    "DesiredExecutionStatus",
    "DropTableSpec",
    "DropTableSpecType",
    "ErrorResponse",
    "ExecutionStatus",
    "FormatSettings",
    "Granularity",
    "Health",
    "HealthStatus",
    "IngestionMode",
    "InlineSource",
    "InlineSourceType",
    "InnerError",
    "InputField",
    "Job",
    "JobDetails",
    "JobList",
    "JobLogs",
    "JobMetrics",
    "JobProgress",
    "JobProperties",
    "JobStatus",
    "JobSummary",
    "JobTotals",
    "JobType",
    "JobUpdate",
    "LogEntry",
    "ReadFromPoint",
    "RestoreDataSpec",
    "RestoreDataSpecType",
    "S3Source",
    "S3SourceType",
    "SortColumn",
    "SortOrder",
    "SourceSummary",
    "SourceType",
    "SqlParameter",
    "SqlSpec",
    "SqlSpecType",
    "StreamingSpec",
    "StreamingSpecType",
    "TableSource",
    "TableSourceType",
    "Target",
    "TargetType",
    "UnknownJobSpec",
    "UnknownSource",
    "UpdatedJob",
    "UploadedSource",
    "UploadedSourceType",
    "User",
)
