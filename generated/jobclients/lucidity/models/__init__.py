# Generated from specs/lucidity.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .agent_install import AgentInstall
from .agent_install_response import AgentInstallResponse
from .agent_install_status import AgentInstallStatus
from .error import Error
from .error_response import ErrorResponse
from .instance_info import InstanceInfo
from .job import Job
from .job_response import JobResponse
from .mount_point_info import MountPointInfo
from .onboarding_status import OnboardingStatus

__all__ = (
    "AgentInstall",
    "AgentInstallResponse",
    "AgentInstallStatus",
    "Error",
    "ErrorResponse",
    "InstanceInfo",
    "Job",
    "JobResponse",
    "MountPointInfo",
    "OnboardingStatus",
)
