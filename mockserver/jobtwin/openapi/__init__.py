"""Specs read from YAML and compiled: everything that the server, the tests and the docs need."""

from jobtwin.openapi.loader import Source, find_source, spec_folder
from jobtwin.openapi.operations import Page, Problem
from jobtwin.openapi.spec import Credential, Spec, load, load_all, unchecked

__all__ = [
    "Credential",
    "Page",
    "Problem",
    "Source",
    "Spec",
    "find_source",
    "load",
    "load_all",
    "spec_folder",
    "unchecked",
]
