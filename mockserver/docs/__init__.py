"""Docs made from specs: diagrams and the fidelity ledger."""

from mockserver.docs.fidelity import ledger
from mockserver.docs.gallery import machines
from mockserver.docs.mermaid import diagram
from mockserver.docs.pages import differences, write

__all__ = ["diagram", "differences", "ledger", "machines", "write"]
