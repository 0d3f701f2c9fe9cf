"""Limits of one operation: counts and refuses requests, and adds headers to responses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from jobtwin.errors import Refusal
from jobtwin.http.error_bodies import error_reply
from jobtwin.http.reply import Reply
from jobtwin.http.request import Arrival, RequestData, RequestReader, job_id
from jobtwin.lifecycle.limits import SECOND, Allowance, Limit
from jobtwin.openapi import Spec
from jobtwin.openapi.emitting import Getter
from jobtwin.openapi.limits import header_getter
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.limits import Key, LimitId

REFUSED = "too_many_requests"
"""The situation of requests above a limit."""

_DIGITS = 8
"""Length of a credential's digest: enough to distinguish clients, too short to find the credential."""


class Limiter:
    """Counts the requests of one operation by the limits in force; prepared once."""

    def __init__(self, spec: Spec, operation: Operation, reader: RequestReader) -> None:
        self._spec = spec
        self._operation = operation
        self._reader = reader
        self._getters: dict[str, Getter] = {}

    def count(self, request: RequestData, arrival: Arrival, sandbox: Sandbox) -> None:
        """Counts a request, and sets its headers. Raises Refusal above the limit.

        A request that continues after a wait is not counted again.
        """
        keys = dict(self._keys(request, arrival, sandbox))
        if not keys:
            return
        now = sandbox.clock.now()
        before = [sandbox.limits[id_].allowance(key, now) for id_, key in keys.items()]
        if not request.resumed:
            sandbox.count_request(keys)
        after = [sandbox.limits[id_].allowance(key, now) for id_, key in keys.items()]
        request.limit_headers = self._headers(after, request)
        full = [each for each in before if not each.remaining]
        if full and not request.resumed:
            raise _refusal(max(full, key=lambda each: each.resets_at))

    def _keys(
        self, request: RequestData, arrival: Arrival, sandbox: Sandbox
    ) -> Iterator[tuple[LimitId, Key]]:
        """Returns the limits that count a request, with its key for each."""
        for each in sandbox.limits.of(self._spec.name, self._operation.id):
            key = self._key(each.limit, request, arrival)
            if key is not None:
                yield each.limit.id, key

    def _key(self, limit: Limit, request: RequestData, arrival: Arrival) -> Key | None:
        """Returns the key of a request, or None if the limit counts by job and there is none."""
        found = []
        if "credential" in limit.per:
            found.append(_digest(request.credential))
        if "operation" in limit.per:
            found.append(self._operation.id)
        if "job" in limit.per:
            id_ = job_id(self._operation, self._reader, arrival)
            if id_ is None:
                return None
            found.append(str(id_))
        return " ".join(found)

    def _headers(self, left: list[Allowance], request: RequestData) -> dict[str, str]:
        """Returns the headers of the limits; of two with one name, that with the least left."""
        made: dict[str, str] = {}
        for allowance in sorted(left, key=lambda each: -each.remaining):
            for name, said in allowance.limit.headers.items():
                if (told := self._getter(said)(allowance, request)) is not None:
                    made[name] = told
        return made

    def _getter(self, said: str) -> Getter:
        if said not in self._getters:
            self._getters[said] = header_getter(said, self._spec.document)
        return self._getters[said]

    def refused(self, due: Reply | None, refusal: Refusal, request: RequestData) -> Reply:
        """Returns the reply to a request above a limit.

        It is marked as injected if the spec has no such limit.
        """
        reply = due or error_reply(self._spec, self._operation, 429, request)
        headers = {**reply.headers, **refusal.quotes["headers"]}
        own = not self._operation.limits
        return reply._replace(headers=headers, situation=REFUSED, injected=own)


def _refusal(full: Allowance) -> Refusal:
    limit = full.limit
    headers = {"Retry-After": str(full.resets_in)} if limit.retry_after else {}
    return Refusal(
        REFUSED,
        requests=limit.requests,
        seconds=f"{limit.every / SECOND:g}",
        wait=full.resets_in,
        headers=headers,
    )


def _digest(credential: str | None) -> str:
    """Returns the key of a credential for counting."""
    return hashlib.sha256((credential or "").encode()).hexdigest()[:_DIGITS]
