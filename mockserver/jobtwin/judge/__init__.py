"""Checks recorded and live traffic against a spec: its shapes and its state machines."""

from jobtwin.judge.exchange import Exchange, Unreadable
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.oracle.rules import RULES
from jobtwin.judge.traffic.recording import Recorder

__all__ = [
    "RULES",
    "Contradiction",
    "Exchange",
    "MatchedExchange",
    "Matcher",
    "Oracle",
    "Recorder",
    "Unreadable",
]
