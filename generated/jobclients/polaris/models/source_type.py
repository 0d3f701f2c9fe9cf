# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class SourceType(OpenStrEnum):
    AZURE = "azure"
    CONNECTION = "connection"
    INLINE = "inline"
    S3 = "s3"
    TABLE = "table"
    UPLOADED = "uploaded"
