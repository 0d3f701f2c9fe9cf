"""Sends one call of a generated client and parses the response. Knows no vendor.

Its modules are imported when a name of theirs is first used, since httpx takes long to import.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
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

_MODULES = {
    "answers": ("read", "wanted"),
    "clients": ("AuthenticatedClient", "Client", "InsecureURLWarning"),
    "enums": ("OpenIntEnum", "OpenStrEnum", "UnknownValueWarning"),
    "errors": ("ApiError", "DocumentedError", "UnexpectedStatus", "UnreadableAnswer"),
    "paths": ("segment",),
    "types": ("UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"),
    "unions": ("unknown",),
}
"""The names of each module."""


def __getattr__(name: str) -> typing.Any:
    for module, names in _MODULES.items():
        if name in names:
            found = globals()[name] = getattr(importlib.import_module(f"jobcall.{module}"), name)
            return found
    raise AttributeError(f"module 'jobcall' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
