"""Checks responses about a job against its state machine. Durations are not checked."""

from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.oracle.rules import RULES

__all__ = ["RULES", "Contradiction", "Oracle"]
