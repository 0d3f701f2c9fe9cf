"""Sends one call of a generated client and parses the response. Knows no vendor."""

from jobcall.answers import read, wanted
from jobcall.clients import AuthenticatedClient, Client, InsecureURLWarning
from jobcall.enums import OpenIntEnum, OpenStrEnum, UnknownValueWarning
from jobcall.errors import ApiError, DocumentedError, UnexpectedStatus, UnreadableAnswer
from jobcall.paths import segment
from jobcall.types import UNSET, File, FileTypes, RequestFiles, Response, Unset
from jobcall.unions import unknown

__all__ = [
    "UNSET",
    "ApiError",
    "AuthenticatedClient",
    "Client",
    "DocumentedError",
    "File",
    "FileTypes",
    "InsecureURLWarning",
    "OpenIntEnum",
    "OpenStrEnum",
    "RequestFiles",
    "Response",
    "UnexpectedStatus",
    "UnknownValueWarning",
    "UnreadableAnswer",
    "Unset",
    "read",
    "segment",
    "unknown",
    "wanted",
]
