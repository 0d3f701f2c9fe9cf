# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class DeleteDataSpecType(StrEnum):
    DELETE_DATA = "delete_data"
