"""Checks recorded and live traffic against a spec: its shapes and its state machines."""

from jobtwin.judge.exchange import Exchange, Unreadable
from jobtwin.judge.matching import Call, Matcher
from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.oracle.rules import RULES
from jobtwin.judge.traffic.recording import Recorder

__all__ = [
    "RULES",
    "Call",
    "Contradiction",
    "Exchange",
    "Matcher",
    "Oracle",
    "Recorder",
    "Unreadable",
]
