"""Verifies received callbacks, and reads them into the snapshots that a poll would give."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic

from jobcall.answers import UNFIT
from jobwait.answers import dig
from jobwait.errors import CallbackUnreadable
from jobwait.lifecycle import Call, J, Lifecycle, State
from jobwait.reading import ResponseValues, read
from jobwait.signatures import TOLERANCE, Signature, verify
from jobwait.snapshot import Record, Seen, Snapshot
from jobwait.stopwatch import Clock


@dataclass(frozen=True, slots=True)
class Callback(Generic[J]):
    """A callback in a generated file: its lifecycle, the paths in its body, and its signature."""

    lifecycle: Lifecycle
    call: Call[J]
    signature: Signature | None = None


def read_callback(  # noqa: PLR0913 - a request has that many parts
    callback: Callback[J],
    headers: Mapping[str, str],
    body: bytes | str,
    secret: str,
    *,
    tolerance: float | None = TOLERANCE,
    clock: Clock | None = None,
) -> Snapshot[J]:
    """Verifies a request, and returns the job in its body. Raises CallbackRefused."""
    raw, now = body.encode() if isinstance(body, str) else body, (clock or time.time)()
    told = _verified(callback.signature, headers, raw, secret, tolerance, now)
    call, life = callback.call, callback.lifecycle
    found = read(call, told, str, None)
    id_ = dig(told, (*call.job, *(call.view.id or ())))
    if found is None or found.state is None or not isinstance(id_, str | int):
        raise CallbackUnreadable("the body does not tell which job it is about, or its state")
    at = datetime.fromtimestamp(now, UTC)
    record = Record(life.name, {life.key: id_}, life.policy, at, history=(Seen(found.state, at),))
    return _snapshot(found, found.state, life.states.get(found.state), record)


def _snapshot(
    found: ResponseValues[J], state: str, known: State | None, record: Record
) -> Snapshot[J]:
    return Snapshot(
        state=state,
        kind=known.kind if known else None,
        outcome=known.outcome if known else None,
        at=record.began,
        fraction=found.fraction,
        reason=found.reason if known and known.outcome not in (None, "success") else None,
        parts=found.parts,
        job=found.job,
        body=found.body,
        record=record,
    )


def read_body(  # noqa: PLR0913 - a request has that many parts
    model: Callable[[Mapping[str, Any]], J],
    signature: Signature | None,
    headers: Mapping[str, str],
    body: bytes | str,
    secret: str,
    *,
    tolerance: float | None = TOLERANCE,
    clock: Clock | None = None,
) -> J:
    """Verifies a request without a state, and returns its typed body. Raises CallbackRefused."""
    raw = body.encode() if isinstance(body, str) else body
    told = _verified(signature, headers, raw, secret, tolerance, (clock or time.time)())
    try:
        return model(told)
    except (*UNFIT, Warning) as error:
        raise CallbackUnreadable(f"the body is not as it is described: {error!r}") from error


def _verified(  # noqa: PLR0913, PLR0917 - as above
    signature: Signature | None,
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    tolerance: float | None,
    now: float,
) -> Mapping[str, Any]:
    """Returns the JSON object of a body if its signature is right. Raises CallbackRefused."""
    if signature is not None:
        verify(signature, headers, body, secret, tolerance=tolerance, now=now)
    try:
        told = json.loads(body)
    except (RecursionError, ValueError) as error:
        raise CallbackUnreadable("the body is no JSON") from error
    if not isinstance(told, Mapping):
        raise CallbackUnreadable("the body is no JSON object")
    return told
