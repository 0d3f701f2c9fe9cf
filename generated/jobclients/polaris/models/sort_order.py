# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class SortOrder(OpenStrEnum):
    ASC = "ASC"
    DESC = "DESC"
