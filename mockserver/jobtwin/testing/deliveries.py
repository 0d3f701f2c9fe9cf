"""Callbacks and webhooks of a sandbox, for a test: lists and sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.deliveries import deliver, list_deliveries
from jobclients.control.types import UNSET
from jobtwin.testing.control import done
from jobtwin.testing.journal import MOST

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""


class Delivery:
    """One callback or webhook with its attempts, as of the time it was listed."""

    def __init__(self, client: Client, found: m.Delivery) -> None:
        self._client = client
        self._found = found

    def __repr__(self) -> str:
        words = [str(attempt.status or attempt.error) for attempt in self.attempts]
        told = f": {', '.join(words)}" if words else ""
        return f"<{self.state} {self.callback} of {self.job}{told}>"

    @property
    def id(self) -> str:
        """Its id, the same in all attempts."""
        return self._found.id

    @property
    def callback(self) -> str:
        """The name of the callback or webhook in the spec."""
        return self._found.callback

    @property
    def job(self) -> str:
        """The job's id."""
        return self._found.job

    @property
    def url(self) -> str:
        """Its URL, without secrets."""
        return self._found.url

    @property
    def at(self) -> datetime:
        """The time of its event."""
        return self._found.at

    @property
    def due(self) -> datetime | None:
        """The time of the next automatic attempt, or None."""
        return self._found.due or None

    @property
    def state(self) -> str:
        """Its state: planned, pending, delivered or failed."""
        return self._found.state.value

    @property
    def body(self) -> Any:
        """The JSON of its body, without secrets."""
        return self._found.body.json if self._found.body else None

    @property
    def attempts(self) -> Sequence[m.DeliveryAttempt]:
        """The attempts so far: `at`, and a `status` or an `error`."""
        return self._found.attempts

    @property
    def statuses(self) -> list[int]:
        """The status codes of the answers."""
        return [attempt.status for attempt in self.attempts if attempt.status]

    def deliver(self, *, signature: str = "right") -> Delivery:
        """Sends it once, even if it was sent before, and returns it with the new attempt.

        `signature` is "right", "wrong", "missing", or "old": dated an hour ago. Raises ControlRefused
        if its event has not happened yet.
        """
        body = m.DeliveryByHand(signature=m.DeliveryByHandSignature(signature))
        return Delivery(self._client, done(deliver.sync, self.id, client=self._client, body=body))


def listed(
    client: Client, api: str, job: str | None = None, state: str | None = None
) -> list[Delivery]:
    """Returns the latest thousand deliveries of an API, in chronological order."""
    found = done(
        list_deliveries.sync,
        client=client,
        api=api,
        job=job or UNSET,
        state=UNSET if state is None else m.DeliveryState(state),
        limit=MOST,
    )
    return [Delivery(client, each) for each in found.deliveries]
