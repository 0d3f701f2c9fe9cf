"""Generates docs from specs: diagrams and the fidelity ledger."""

from jobtwin.docs.fidelity import ledger
from jobtwin.docs.gallery import machines
from jobtwin.docs.mermaid import diagram
from jobtwin.docs.pages import differences, write

__all__ = ["diagram", "differences", "ledger", "machines", "write"]
