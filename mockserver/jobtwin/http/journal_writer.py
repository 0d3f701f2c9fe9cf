"""Writes requests into the journal: which job a client saw in which state, without credentials."""

from __future__ import annotations

from collections.abc import Collection
from email.utils import parsedate_to_datetime
from time import perf_counter_ns
from typing import Any

from starlette.types import Scope

from jobcall.secrets import MASK, mask_query
from jobtwin.http.paths import shown_path, split_path
from jobtwin.http.reply import Reply
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Machine, Span, View
from jobtwin.openapi import Page
from jobtwin.sandboxes import Body, Entry, Sandbox, Seen

MOST_SEEN = 100
"""Jobs of a list that an entry remembers."""


class JournalWriter:
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

    def write(  # noqa: PLR0913, PLR0917 - an entry has that many sources
        self,
        sandbox: Sandbox,
        scope: Scope,
        request: RequestData,
        result: Any,
        reply: Reply,
        started: int,
    ) -> None:
        """Add an entry before the reply is sent; `result` is what its body was made from.

        `started` is when the request began, by `perf_counter_ns`.
        """
        secretive = bool(self._sessions) and _machine(request, result) in self._sessions
        query = scope["query_string"]
        sandbox.answered(
            Entry(
                sandbox.journal.total + 1,
                sandbox.clock.now(),
                (perf_counter_ns() - started) // 1000,
                self._api,
                self._operation,
                scope["method"],
                shown_path(split_path(scope)),
                mask_query(query.decode("latin-1"), self._secret) if query else "",
                reply.status,
                None if secretive else _job(request, result),
                request.before.milestone.state.name if request.before else None,
                () if secretive else reply.seen,
                reply.situation,
                reply.injected,
                None
                if secretive or not request.raw
                else _body(request.raw, request.media_type, request),
                None
                if secretive or not reply.body
                else _body(reply.body, reply.media_type, request),
                _retry_after(reply) if reply.headers else None,
            )
        )


def _retry_after(reply: Reply) -> Span | None:
    """How long a reply asks a client to wait; dates are seconds from its own `Date`."""
    text = reply.headers.get("Retry-After")
    if text is None:
        return None
    try:
        if "Date" in reply.headers:
            then, now = (parsedate_to_datetime(t) for t in (text, reply.headers["Date"]))
            return round((then - now).total_seconds() * 1_000_000)
        return round(float(text) * 1_000_000)
    except (OverflowError, ValueError):  # a fault may ask for anything
        return None


def _body(raw: bytes, media_type: str, request: RequestData) -> Body | None:
    """What is kept of a body, without the credential that the request was let in with."""
    if raw and (credential := request.credential) and (secret := credential.encode()) in raw:
        raw = raw.replace(secret, MASK.encode())
    return Body.of(raw, media_type)


def _machine(request: RequestData, result: Any) -> Machine | None:
    if request.job is not None:
        return request.job.record.machine
    return result.timeline.machine if isinstance(result, View) else None


def _job(request: RequestData, result: Any) -> str | None:
    if request.job is not None:
        return str(request.job.record.id)
    return str(result.timeline.record.id) if isinstance(result, View) else None


def seen(result: Any) -> tuple[Seen, ...]:
    """The jobs that an answer shows, by what its body is made from."""
    if isinstance(result, View):
        return (_shown(result),)
    return tuple(map(_shown, result.jobs[:MOST_SEEN])) if isinstance(result, Page) else ()


def _shown(view: View) -> Seen:
    record = view.timeline.record
    return Seen(str(record.id), record.machine.name, view.state.name, view.ended_at)
