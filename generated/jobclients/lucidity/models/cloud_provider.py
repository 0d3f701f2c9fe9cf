# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class CloudProvider(OpenStrEnum):
    AWS = "AWS"
    AZURE = "AZURE"
    GCP = "GCP"
