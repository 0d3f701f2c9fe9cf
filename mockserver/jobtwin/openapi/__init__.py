"""Reads specs and compiles them to frozen data, for the server, generator, judge and docs."""

from jobtwin.openapi.loader import SpecSource, find_source, spec_folder
from jobtwin.openapi.operations import JobPage, Problem
from jobtwin.openapi.spec import Credential, Spec, SpecCheck, check_all, load, load_all, unchecked

__all__ = [
    "Credential",
    "JobPage",
    "Problem",
    "Spec",
    "SpecCheck",
    "SpecSource",
    "check_all",
    "find_source",
    "load",
    "load_all",
    "spec_folder",
    "unchecked",
]
