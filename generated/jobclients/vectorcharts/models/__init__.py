# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .account import Account
from .chart_file import ChartFile
from .error import Error
from .job import Job
from .job_activity import JobActivity
from .job_list import JobList
from .job_parameters import JobParameters
from .job_result import JobResult
from .job_started import JobStarted
from .job_state import JobState
from .log_entry import LogEntry
from .log_type import LogType
from .login import Login
from .new_job import NewJob
from .new_upload import NewUpload
from .pagination import Pagination
from .session_token import SessionToken
from .signed_in import SignedIn
from .startable_job_type import StartableJobType
from .step import Step
from .step_result import StepResult
from .upload import Upload
from .upload_deletion import UploadDeletion
from .upload_list import UploadList
from .upload_pagination import UploadPagination
from .upload_received import UploadReceived
from .upload_response import UploadResponse
from .upload_status import UploadStatus
from .user import User

__all__ = (
    "Account",
    "ChartFile",
    "Error",
    "Job",
    "JobActivity",
    "JobList",
    "JobParameters",
    "JobResult",
    "JobStarted",
    "JobState",
    "LogEntry",
    "Login",
    "LogType",
    "NewJob",
    "NewUpload",
    "Pagination",
    "SessionToken",
    "SignedIn",
    "StartableJobType",
    "Step",
    "StepResult",
    "Upload",
    "UploadDeletion",
    "UploadList",
    "UploadPagination",
    "UploadReceived",
    "UploadResponse",
    "UploadStatus",
    "User",
)
