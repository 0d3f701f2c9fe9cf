"""Limits at work on one operation: each request is counted, refused, or told what is left."""

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
"""Hexadecimal digits of a credential's digest: enough to tell clients apart, too few to find it by."""


class Limiter:
    """Counts the requests of one operation by the limits in force; prepared once."""

    def __init__(self, spec: Spec, operation: Operation, reader: RequestReader) -> None:
        self._spec = spec
        self._operation = operation
        self._reader = reader
        self._getters: dict[str, Getter] = {}

    def count(self, request: RequestData, arrival: Arrival, sandbox: Sandbox) -> None:
        """Count a request that was let in, and note its headers; Refusal if nothing was left.

        One that goes on after a wait has been counted.
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
        """The limits that count a request, and what each counts it by."""
        for each in sandbox.limits.of(self._spec.name, self._operation.id):
            key = self._key(each.limit, request, arrival)
            if key is not None:
                yield each.limit.id, key

    def _key(self, limit: Limit, request: RequestData, arrival: Arrival) -> Key | None:
        """What a request is counted by; None if it is about no job, and jobs are what counts."""
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
        """The headers of the limits; of two alike, that of the limit with the least left."""
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
        """The reply to a request above a limit: the one `due`, if the spec has some.

        Where the spec has no such limit, it is none of the vendor's, and marked as injected.
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
    """What stands for a credential where it is counted."""
    return hashlib.sha256((credential or "").encode()).hexdigest()[:_DIGITS]
