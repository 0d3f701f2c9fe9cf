"""Answers to polls, kept until their job changes: made once, judged once, sent as often as asked."""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

from jobtwin.http.answers import made
from jobtwin.lifecycle import Moment, Timeline, View
from jobtwin.openapi.operations import Operation

KEPT = 1024
"""Answers that one operation keeps; the oldest makes room."""


class _Kept(NamedTuple):
    """A body, and when it is right: for this timeline, from one moment until before another."""

    timeline: Timeline
    since: Moment
    until: float
    body: bytes


class Keeper:
    """Makes the bodies of one operation, those of its polls once for each change of a job.

    It cannot be wrong. A steady answer is made of a timeline and the milestones that have passed in it, of
    nothing else: the compiler says which answers are steady, and neither the request nor anything
    that flows goes into them. A timeline never changes; an event makes another. And before the next
    milestone is due, here or in a part, none passes. What is kept is a job's body by its timeline, which is
    compared by identity and held, so that no other takes its place.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._answer = operation.answer
        self._keeps = operation.answer.steady and operation.does == "read"
        self._kept: dict[int, _Kept] = {}

    def body(self, it: Any, asked: Any) -> bytes:
        """The body for what a handler returned; WrongAnswer if the spec does not allow it."""
        if not self._keeps:
            return made(self._name, self._answer, it, asked)
        kept = self._kept.get(id(it.timeline))
        if kept is not None and kept.timeline is it.timeline and kept.since <= it.now < kept.until:
            return kept.body
        body = made(self._name, self._answer, it, asked)
        self._keep(it, body)
        return body

    def _keep(self, view: View, body: bytes) -> None:
        self._kept.pop(id(view.timeline), None)
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        due = view.due
        self._kept[id(view.timeline)] = _Kept(
            view.timeline, view.now, inf if due is None else due, body
        )
