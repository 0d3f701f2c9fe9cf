# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class SampleCredentialPlace(OpenStrEnum):
    COOKIE = "cookie"
    HEADER = "header"
    QUERY = "query"
