"""Judging sequences of requests and answers by the declaration alone, without the engine."""

from mockserver.judge.exchange import Exchange, Unreadable
from mockserver.judge.matching import Call, Matcher
from mockserver.judge.oracle import Contradiction, Oracle
from mockserver.judge.recording import Recorder
from mockserver.judge.rules import RULES

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
