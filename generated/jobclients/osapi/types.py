# Generated from specs/osapi.yaml by "make generate". Do not edit.
"""What functions and models of this API are written with; the same for all clients."""

from jobcall import UNSET, File, FileTypes, RequestFiles, Response, Unset

__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
