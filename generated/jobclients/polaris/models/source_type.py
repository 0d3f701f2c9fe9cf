# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class SourceType(StrEnum):
    AZURE = "azure"
    CONNECTION = "connection"
    INLINE = "inline"
    S3 = "s3"
    TABLE = "table"
    UPLOADED = "uploaded"

    def __str__(self) -> str:
        return str(self.value)
