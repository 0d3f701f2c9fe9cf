# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class OnboardingStatus(OpenStrEnum):
    CANCELLED = "Cancelled"
    COMPLETED = "Completed"
    FAILED = "Failed"
    IN_PROGRESS = "In Progress"
    ONBOARDED = "Onboarded"
    ONBOARDING_SCHEDULED = "Onboarding Scheduled"
    QUEUED_FOR_ONBOARDING = "Queued for onboarding"
    RESCHEDULED = "Rescheduled"
