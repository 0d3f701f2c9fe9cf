# Generated from specs/control.yaml by "make generate". Do not edit.
"""The errors of a call that got a response; the same classes for all clients."""

from jobcall import ApiError, DocumentedError, UnexpectedStatus, UnreadableAnswer

__all__ = ["ApiError", "DocumentedError", "UnexpectedStatus", "UnreadableAnswer"]
