"""Specs read from YAML and compiled: everything that the server, the tests and the docs need."""

from mockserver.spec.document import spec_folder
from mockserver.spec.spec import Credential, Spec, load, load_all
from mockserver.spec.values import Page, Problem

__all__ = ["Credential", "Page", "Problem", "Spec", "load", "load_all", "spec_folder"]
