# Generated from specs/control.yaml by "make generate". Do not edit.
"""The types that functions and models use; the same for all clients."""

from jobcall import UNSET, File, FileTypes, RequestFiles, Response, Unset

__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
