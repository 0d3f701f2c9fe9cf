"""Judging sequences of requests and answers by the declaration alone, without the engine."""

from mockserver.judge.exchange import Exchange, Unreadable
from mockserver.judge.matching import Call, Matcher

__all__ = ["Call", "Exchange", "Matcher", "Unreadable"]
