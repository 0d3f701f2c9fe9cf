# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class S3SourceType(StrEnum):
    S3 = "s3"
