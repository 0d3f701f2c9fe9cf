"""Requests into the journal: who saw which job in which state; credentials stay out of it."""

from __future__ import annotations

from collections.abc import Collection
from time import perf_counter_ns
from typing import Any, NamedTuple

from starlette.types import Scope

from jobcall.secrets import mask_query
from jobtwin.http.paths import shown_path, split_path
from jobtwin.http.request import Asked
from jobtwin.lifecycle import Machine, View
from jobtwin.openapi import Page
from jobtwin.sandboxes import Entry, Sandbox, Seen

MOST_SEEN = 100
"""Jobs of a list that an entry remembers."""


class Outcome(NamedTuple):
    """How a request ended; `started` is when it began, by `perf_counter_ns`."""

    status: int
    finding: str | None
    started: int


class Journalist:
    """Writes the entries of one operation.

    `secret` names query parameters whose values are hidden; the ids of `sessions` are tokens, and
    hidden as well.
    """

    def __init__(
        self,
        api: str,
        operation: str | None,
        secret: Collection[str] = (),
        sessions: Collection[Machine | None] = (),
    ) -> None:
        self._api = api
        self._operation = operation
        self._secret = frozenset(name.lower() for name in secret)
        self._sessions = sessions

    def write(
        self, sandbox: Sandbox, scope: Scope, asked: Asked, it: Any, outcome: Outcome
    ) -> None:
        """Add an entry; `it` is what the answer was made from."""
        journal = sandbox.journal
        secretive = self._sessions and self._machine(asked, it) in self._sessions
        query = scope["query_string"]
        sandbox.answered(
            Entry(
                journal.total + 1,
                sandbox.clock.now(),
                (perf_counter_ns() - outcome.started) // 1000,
                self._api,
                self._operation,
                scope["method"],
                shown_path(split_path(scope)),
                self._redacted(query.decode("latin-1")) if query else "",
                outcome.status,
                None if secretive else _job(asked, it),
                asked.before.milestone.state.name if asked.before else None,
                () if secretive else _seen(it),
                outcome.finding,
            )
        )

    @staticmethod
    def _machine(asked: Asked, it: Any) -> Machine | None:
        if asked.job is not None:
            return asked.job.record.machine
        return it.timeline.machine if isinstance(it, View) else None

    def _redacted(self, query: str) -> str:
        return mask_query(query, self._secret)


def _job(asked: Asked, it: Any) -> str | None:
    if asked.job is not None:
        return str(asked.job.record.id)
    return str(it.timeline.record.id) if isinstance(it, View) else None


def _seen(it: Any) -> tuple[Seen, ...]:
    if isinstance(it, View):
        return (_shown(it),)
    return tuple(map(_shown, it.jobs[:MOST_SEEN])) if isinstance(it, Page) else ()


def _shown(view: View) -> Seen:
    record = view.timeline.record
    return Seen(str(record.id), record.machine.name, view.state.name, view.ended_at)
