"""One API of a sandbox, and its jobs, for a test."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar, overload
from uuid import UUID

import httpx

from jobcall import AuthenticatedClient
from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.deliveries import choose_endpoint
from jobclients.control.api.jobs import (
    create_job,
    delete_job,
    finish_job,
    get_job,
    list_jobs,
    send_event,
)
from jobclients.control.api.machines import set_default_scenario
from jobclients.control.types import UNSET
from jobtwin.errors import unknown
from jobtwin.http import base_path
from jobtwin.openapi import Spec
from jobtwin.testing.clock import aware
from jobtwin.testing.control import done
from jobtwin.testing.deliveries import Delivery, listed
from jobtwin.testing.errors import ControlRefused, NoClient
from jobtwin.testing.faults import InjectedFault, added
from jobtwin.testing.journal import MOST, Calls, Journal
from jobtwin.testing.limits import LimitInForce, put_in_force
from jobtwin.testing.receivers import App

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""

Id = str | int | UUID
"""A job's ID, in the type used by your code."""

C = TypeVar("C")

_NO_SOCKET = "http://localhost/"
"""The URL of webhooks for an application."""


class Api:
    """A vendor's API in a sandbox: its URL, credentials, jobs and calls."""

    def __init__(  # noqa: PLR0913, PLR0917 - it is created in one place only
        self,
        spec: Spec,
        root: str,
        client: Client,
        journal: Journal,
        transport: httpx.BaseTransport,
        receive: Callable[[str, App], None],
    ) -> None:
        self._receive = receive
        self.name = spec.name
        self.url = root + base_path(spec)
        self._machines = tuple(spec.jobs)
        self._operations = [operation.id for operation in spec.operations]
        self._sent = [(scheme, scheme.usual) for scheme in spec.usual_credentials]
        self._control = client
        self._journal = journal
        self._transport = transport

    def __repr__(self) -> str:
        return f"<{self.name} at {self.url}>"

    # -- access ----------------------------------------------------------------------------------

    @property
    def credential(self) -> str | None:
        """The key or token to configure a service with, or None if the API needs none."""
        return self._sent[0][1] if self._sent else None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request."""
        words = {"bearer": "Bearer ", "basic": "Basic "}
        headers = {
            scheme.field: words.get(scheme.kind, "") + value
            for scheme, value in self._sent
            if scheme.place == "header"
        }
        cookies = "; ".join(f"{s.field}={v}" for s, v in self._sent if s.place == "cookie")
        return {**headers, "Cookie": cookies} if cookies else headers

    @property
    def params(self) -> dict[str, str]:
        """The query parameters that authenticate a request."""
        return {scheme.field: value for scheme, value in self._sent if scheme.place == "query"}

    @overload
    def client(self, kind: type[C], **settings: Any) -> C: ...

    @overload
    def client(self, kind: None = None, **settings: Any) -> Any: ...

    def client(self, kind: type[C] | None = None, **settings: Any) -> Any:
        """Returns a generated client for this API, for `sync` and `asyncio` functions.

        It is from `jobclients.<name>`, or an instance of the class `kind`, which type checkers infer:
        `jobtwin.printer.client(AuthenticatedClient)`. `settings` are the client's own. Raises
        NoClient if none has been generated.
        """
        args = {"transport": self._transport, "params": self.params}
        settings = {"base_url": self.url, "headers": self.headers, "httpx_args": args, **settings}
        made = kind or self._client_class()
        if not issubclass(made, AuthenticatedClient):
            return made(**settings)
        field, value = next(iter(self.headers.items()))
        prefix, _, token = value.rpartition(" ")
        return made(token=token, prefix=prefix, auth_header_name=field, **settings)

    def _client_class(self) -> type[Any]:
        try:
            package = importlib.import_module(f"jobclients.{self.name}")
        except ModuleNotFoundError as error:
            raise NoClient(self.name) from error
        found: type[Any] = package.AuthenticatedClient if self.headers else package.Client
        return found

    # -- jobs ------------------------------------------------------------------------------------

    def create(  # noqa: PLR0913 - a job is born with that much
        self,
        scenario: str | None = None,
        *,
        machine: str | None = None,
        id: Id | None = None,  # noqa: A002 - the field's name
        facts: Mapping[str, Any] | None = None,
        parts: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        at: datetime | None = None,
        progression: str | None = None,
    ) -> Job:
        """Creates a job. Defaults come from the spec.

        Args:
            scenario: Its scenario.
            machine: Its machine, required if the API has several.
            id: Its id.
            facts: Its facts, by name.
            parts: Its parts, by name.
            at: Its creation time, on the sandbox's clock.
            progression: "time" or "polls".

        Raises:
            ControlRefused: An argument is invalid; the message has the reason.
        """
        given = {
            "api": self.name,
            "machine": machine,
            "scenario": scenario,
            "id": None if id is None else str(id),
            "facts": facts,
            "parts": parts,
            "at": None if at is None else aware(at).isoformat(),
            "progression": progression,
        }
        body = m.NewJob.from_dict({name: v for name, v in given.items() if v is not None})
        made = done(create_job.sync, client=self._control, body=body)
        return Job(self._control, made.api, made.machine, made.id)

    def jobs(self, *states: str) -> list[Job]:
        """Returns the jobs in these states, or all, the latest first."""
        found = done(
            list_jobs.sync, client=self._control, api=self.name, state=list(states), limit=MOST
        )
        return [Job(self._control, job.api, job.machine, job.id) for job in found.jobs]

    def job(self, id: Id, machine: str | None = None) -> Job:  # noqa: A002 - the field's name
        """Returns the job with this ID. Raises LookupError if there is none."""
        for kind in self._machines if machine is None else (machine,):
            with suppress(ControlRefused):
                found = done(get_job.sync, self.name, kind, str(id), client=self._control)
                return Job(self._control, found.api, found.machine, found.id)
        known = ", ".join(job.id for job in self.jobs()[:10]) or "none"
        raise LookupError(f"{self.name} has no job {id}; the latest are: {known}")

    def set_default(self, scenario: str, machine: str | None = None) -> None:
        """Sets the scenario of jobs that your code creates through the API."""
        if machine is None and len(self._machines) > 1:
            able = ", ".join(self._machines)
            raise TypeError(f"{self.name} has several machines; name one of {able}")
        chosen, body = machine or self._machines[0], m.DefaultScenario(scenario)
        done(set_default_scenario.sync, self.name, chosen, client=self._control, body=body)

    # -- faults ----------------------------------------------------------------------------------

    def fail(  # noqa: PLR0913 - a fault has that many kinds
        self,
        operation: str | None = None,
        *,
        job: Job | Id | None = None,
        after: int | None = None,
        times: int | None = None,
        chance: float | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        date: bool | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        delay: str | float | None = None,
        delayed: str | None = None,
        drop: str | None = None,
        reset: bool | None = None,
        stale: str | int | None = None,
        hide: bool | str | None = None,
        state: str | None = None,
        fields: Mapping[str, str] | None = None,
        encoding: str | None = None,
        credential: str | None = None,
        handled: bool | None = None,
    ) -> InjectedFault:
        """Adds a fault to future responses, until the end of a `with` block or `remove`.

        Args:
            operation: The operationId of the requests to hit; all by default.
            job: The job of the requests to hit.
            after: The number of matching requests that pass first.
            times: The number of requests to hit after that; all by default.
            chance: The probability of each hit, drawn from the sandbox's seed.
            status: The status, with the vendor's own error body.
            retry_after: Seconds for the header `Retry-After`.
            date: Write `Retry-After` as a date.
            headers: Further headers.
            body: "empty", "html", "truncated" or "malformed"; or another text, or JSON.
            delay: The delay of the response: "3s", or seconds as a float.
            delayed: The delayed part: "answer", "body", or "drip" for a body in pieces.
            drop: The place to cut the connection: "before" the response, in its "headers", "after_headers", or in its "body".
            reset: True to cut it by a reset.
            stale: The age of the data: "10s", or a number of polls.
            hide: True to hide jobs, or "3s" to hide them after their creation.
            state: An undocumented state.
            fields: Changes of properties, by dotted path: "missing", "null", "wrong_type".
            encoding: An encoding that is declared but not applied, or applied but not declared.
            credential: "expired".
            handled: True to carry out the request nevertheless.

        Raises:
            ControlRefused: The fault is invalid; the message has the reason.
        """
        about = job.id if isinstance(job, Job) else job
        rule = {
            "api": self.name,
            "operation": operation,
            "job": None if about is None else str(about),
            "after": after,
            "times": times,
            "chance": chance,
        }
        fault = {
            "status": status,
            "retry_after": retry_after,
            "date": date,
            "headers": headers,
            "body": body,
            "delay": float(delay) if isinstance(delay, int) else delay,
            "delayed": delayed,
            "drop": drop,
            "reset": reset,
            "stale": stale,
            "hide": hide,
            "state": state,
            "fields": fields,
            "encoding": encoding,
            "credential": credential,
            "handled": handled,
        }
        return added(self._control, rule, fault)

    def preset(self, name: str, operation: str | None = None) -> InjectedFault:
        """Adds the faults of a preset, such as "rate_limited" or "bad_morning".

        Raises ControlRefused for an unknown name; the message lists the presets.
        """
        return added(self._control, {"api": self.name, "preset": name, "operation": operation})

    # -- deliveries ------------------------------------------------------------------------------

    def deliver_to(self, receiver: str | App, *, secret: str | None = None) -> None:
        """Sends this API's webhooks to a URL, or its webhooks and callbacks to an application.

        An ASGI or WSGI application receives all of them without a socket, whatever their URL; it
        runs in its own thread. Callbacks of jobs whose request contained no URL go there as well.
        `secret` signs webhooks, instead of the spec's secret.
        """
        url = receiver if isinstance(receiver, str) else _NO_SOCKET
        body = m.NewEndpoint(url, secret=UNSET if secret is None else secret)
        done(choose_endpoint.sync, self.name, client=self._control, body=body)
        if not isinstance(receiver, str):
            self._receive(self.name, receiver)

    def deliveries(
        self, job: Job | Id | None = None, *, state: str | None = None
    ) -> list[Delivery]:
        """Returns sent and pending callbacks and webhooks, in chronological order.

        Filters by job, and by state: "planned", "pending", "delivered" or "failed".
        """
        about = job.id if isinstance(job, Job) else job
        return listed(self._control, self.name, None if about is None else str(about), state)

    def deliver(self, *, signature: str = "right", reverse: bool = False) -> list[Delivery]:
        """Sends pending deliveries now, in order or in `reverse`, and returns them with their attempts."""
        pending = self.deliveries(state="pending")
        return [each.deliver(signature=signature) for each in pending[:: -1 if reverse else 1]]

    def limit(  # noqa: PLR0913 - a limit has that many sides
        self,
        name: str = "limit",
        *,
        requests: int | None = None,
        every: str | None = None,
        per: Sequence[str] | None = None,
        operations: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        retry_after: bool | None = None,
    ) -> LimitInForce:
        """Sets a limit of requests, until the end of a `with` block or `remove`.

        Args:
            name: A limit of the spec, or your own.
            requests: The number of requests allowed; the others get 429. The spec's by default.
            every: The period on the sandbox's clock, such as "1m".
            per: Separate counts by "credential", "operation", "job".
            operations: The operations to count; all by default.
            headers: Headers of all responses, such as {"X-Remaining": "{limit.remaining}"}.
            retry_after: False to omit Retry-After in refusals.

        Raises:
            ControlRefused: The limit is invalid; the message has the reason.
        """
        said = {
            "requests": requests,
            "every": every,
            "per": per,
            "operations": operations,
            "headers": headers,
            "retryAfter": retry_after,
        }
        return put_in_force(self._control, self.name, name, said)

    # -- calls -----------------------------------------------------------------------------------

    def calls(self, operation: str | None = None, job: Job | Id | None = None) -> Calls:
        """Returns the requests to this API so far, for one operation or about one job if given.

        Raises LookupError for an unknown operation.
        """
        if operation not in (None, *self._operations):
            raise LookupError(unknown("operation", operation, self._operations, self.name))
        about = job.id if isinstance(job, Job) else job
        return self._journal.calls(self.name, operation, None if about is None else str(about))


class Job:
    """A job of the sandbox. Its properties are read from the server each time."""

    def __init__(self, client: Client, api: str, machine: str, id: str) -> None:  # noqa: A002 - the field's name
        self._client = client
        self.api = api
        self.machine = machine
        self.id = id

    def __repr__(self) -> str:
        return f"<{self.api} {self.machine} {self.id}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.api, self.machine, self.id

    def look(self) -> m.Job:
        """Returns everything about it."""
        return done(get_job.sync, *self._key, client=self._client)

    @property
    def state(self) -> str:
        """Its state."""
        return self.look().state

    @property
    def outcome(self) -> str | None:
        """Its outcome: success, failure, partial or cancelled; None before its end."""
        return self.look().outcome or None

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts, by name."""
        return self.look().facts.additional_properties

    @property
    def history(self) -> list[m.Change]:
        """Its changes so far: `at`, `state` and, if there was one, `event`."""
        return self.look().history

    @property
    def states(self) -> list[str]:
        """Its states so far, in order."""
        states: list[str] = []
        for change in self.history:
            if states[-1:] != [change.state]:
                states.append(change.state)
        return states

    def send(self, event: str, **data: Any) -> None:
        """Sends it an event. Raises ControlRefused if the event is illegal now."""
        body = m.NewEvent.from_dict({"event": event, "data": data} if data else {"event": event})
        done(send_event.sync, *self._key, client=self._client, body=body)

    def finish(self) -> None:
        """Completes it immediately, with its scenario's final state. Raises ControlRefused if the scenario never ends."""
        done(finish_job.sync, *self._key, client=self._client)

    def delete(self) -> None:
        """Deletes it."""
        done(delete_job.sync, *self._key, client=self._client)
