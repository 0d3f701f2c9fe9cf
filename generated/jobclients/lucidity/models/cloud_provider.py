# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from enum import StrEnum


class CloudProvider(StrEnum):
    AWS = "AWS"
    AZURE = "AZURE"
    GCP = "GCP"

    def __str__(self) -> str:
        return str(self.value)
