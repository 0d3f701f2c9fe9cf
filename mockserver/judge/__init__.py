"""Judging sequences of requests and answers by the declaration alone, without the engine."""

from mockserver.judge.exchange import Exchange, Unreadable
from mockserver.judge.matching import Call, Matcher
from mockserver.judge.oracle.oracle import Contradiction, Oracle
from mockserver.judge.oracle.rules import RULES
from mockserver.judge.traffic.recording import Recorder

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
