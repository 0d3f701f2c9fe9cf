# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class ConnectionSourceType(StrEnum):
    CONNECTION = "connection"
