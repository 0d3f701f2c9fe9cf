# Generated from specs/lucidity.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .access_token import AccessToken
from .access_token_problem import AccessTokenProblem
from .access_token_request import AccessTokenRequest
from .agent_install import AgentInstall
from .agent_install_request import AgentInstallRequest
from .agent_install_response import AgentInstallResponse
from .agent_install_status import AgentInstallStatus
from .agent_installs_response import AgentInstallsResponse
from .bulk_schedule import BulkSchedule
from .bulk_schedule_response import BulkScheduleResponse
from .cloud_instance import CloudInstance
from .cloud_provider import CloudProvider
from .error import Error
from .error_response import ErrorResponse
from .instance_info import InstanceInfo
from .job import Job
from .job_response import JobResponse
from .mount_point_info import MountPointInfo
from .onboarding_status import OnboardingStatus
from .scheduled_instance import ScheduledInstance
from .scheduled_job import ScheduledJob

__all__ = (
    "AccessToken",
    "AccessTokenProblem",
    "AccessTokenRequest",
    "AgentInstall",
    "AgentInstallRequest",
    "AgentInstallResponse",
    "AgentInstallsResponse",
    "AgentInstallStatus",
    "BulkSchedule",
    "BulkScheduleResponse",
    "CloudInstance",
    "CloudProvider",
    "Error",
    "ErrorResponse",
    "InstanceInfo",
    "Job",
    "JobResponse",
    "MountPointInfo",
    "OnboardingStatus",
    "ScheduledInstance",
    "ScheduledJob",
)
