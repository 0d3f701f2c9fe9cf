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
"""A failed test shows its own line, not ours."""

Id = str | int | UUID
"""A job's id, as your code has it."""

C = TypeVar("C")

_NO_SOCKET = "http://localhost/"
"""What an application takes for the URL of a webhook."""


class Api:
    """A vendor's API in a sandbox: its URL, credentials, jobs and calls."""

    def __init__(  # noqa: PLR0913, PLR0917 - it is made in one place, of that much
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
        """The key or token, as a service is configured with it; None if the API needs none."""
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
        """A generated client for this API, for `sync` and `asyncio` functions alike.

        It is of `jobclients.<name>`, or of the class `kind`, which type checkers then know:
        `jobtwin.printer.client(AuthenticatedClient)`. `settings` are the client's own. NoClient if
        none has been generated.
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
        """Create a job; the spec decides what is left out.

        Args:
            scenario: The scenario that it follows.
            machine: Its kind, needed if the API has several.
            id: Its id.
            facts: Its facts, by name.
            parts: Its parts, by name.
            at: When it was created, by the sandbox's clock.
            progression: What advances it, "time" or "polls".

        Raises:
            ControlRefused: One of these is not possible; it says why.
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
        """Returns the jobs in these states, or all, the latest first, whoever created them."""
        found = done(
            list_jobs.sync, client=self._control, api=self.name, state=list(states), limit=MOST
        )
        return [Job(self._control, job.api, job.machine, job.id) for job in found.jobs]

    def job(self, id: Id, machine: str | None = None) -> Job:  # noqa: A002 - the field's name
        """Returns the job with this id, whoever created it; LookupError if there is none."""
        for kind in self._machines if machine is None else (machine,):
            with suppress(ControlRefused):
                found = done(get_job.sync, self.name, kind, str(id), client=self._control)
                return Job(self._control, found.api, found.machine, found.id)
        known = ", ".join(job.id for job in self.jobs()[:10]) or "none"
        raise LookupError(f"{self.name} has no job {id}; the latest are: {known}")

    def set_default(self, scenario: str, machine: str | None = None) -> None:
        """Choose the scenario of jobs that your code creates through the API."""
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
        """Let answers to come go wrong; at the end of a `with` block all is well again.

        Args:
            operation: The operationId of the requests that are hit; those of all, if left out.
            job: The job that they are about.
            after: How many of them pass first.
            times: How many are hit then; all, if left out.
            chance: With which probability each is hit; it follows from the sandbox's seed.
            status: The status, in the vendor's own error body.
            retry_after: Seconds, as the header `Retry-After`.
            date: Write `Retry-After` as a date.
            headers: Further headers.
            body: "empty", "html", "truncated" or "malformed"; or another text, or JSON.
            delay: How late the answer is: "3s", or seconds as a float.
            delayed: What is late: "answer", "body", or "drip" for a body that comes in pieces.
            drop: Where the connection is cut: "before" the answer, in its "headers", "after_headers", or in its "body".
            reset: Whether it ends by a reset.
            stale: How old a read is: "10s", or so many polls.
            hide: Jobs are unknown: True, or "3s" from their creation on.
            state: A state that the vendor's file does not have.
            fields: What becomes of properties, by dotted path: "missing", "null", "wrong_type".
            encoding: One that the answer does not have, or does not say.
            credential: "expired".
            handled: Whether the request is done all the same.

        Raises:
            ControlRefused: The fault is impossible; it says why.
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
        """Add the faults of a preset, such as "rate_limited" or "bad_morning".

        ControlRefused if there is none of that name; it lists those that there are.
        """
        return added(self._control, {"api": self.name, "preset": name, "operation": operation})

    # -- deliveries ------------------------------------------------------------------------------

    def deliver_to(self, receiver: str | App, *, secret: str | None = None) -> None:
        """Send this API's webhooks to a URL, or its webhooks and callbacks to an application.

        An ASGI or WSGI application takes all of them without a socket, whatever their URL says; it
        runs in a thread of its own. Callbacks of jobs whose request named no URL go there, too.
        `secret` is what webhooks are signed with, in place of the spec's.
        """
        url = receiver if isinstance(receiver, str) else _NO_SOCKET
        body = m.NewEndpoint(url, secret=UNSET if secret is None else secret)
        done(choose_endpoint.sync, self.name, client=self._control, body=body)
        if not isinstance(receiver, str):
            self._receive(self.name, receiver)

    def deliveries(
        self, job: Job | Id | None = None, *, state: str | None = None
    ) -> list[Delivery]:
        """Returns the callbacks and webhooks, sent and to come, in the order in which they happen.

        Those about one job, or all; in one state, "planned", "pending", "delivered" or "failed",
        or in any.
        """
        about = job.id if isinstance(job, Job) else job
        return listed(self._control, self.name, None if about is None else str(about), state)

    def deliver(self, *, signature: str = "right", reverse: bool = False) -> list[Delivery]:
        """Send by hand what is pending, in order or in `reverse`; returns it with its attempts."""
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
        """Limit requests from now on; at the end of a `with` block they are not counted any more.

        Args:
            name: A limit of the spec, or one of your own.
            requests: How many are let through; the others get 429. As the spec has it, if left out.
            every: How long, by the sandbox's clock, such as "1m".
            per: What is counted apart: "credential", "operation", "job".
            operations: The operations whose requests count, if not all.
            headers: Headers that tell what is left, such as {"X-Remaining": "{limit.remaining}"}.
            retry_after: Whether refusals have Retry-After.

        Raises:
            ControlRefused: Such a limit is not possible; it says why.
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
        """Returns the requests to this API so far: for one operation, about one job, or all.

        LookupError if there is no such operation.
        """
        if operation not in (None, *self._operations):
            raise LookupError(unknown("operation", operation, self._operations, self.name))
        about = job.id if isinstance(job, Job) else job
        return self._journal.calls(self.name, operation, None if about is None else str(about))


class Job:
    """A job of the sandbox; its properties are read anew each time."""

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
        """How it ended: success, failure, partial or cancelled; None before its end."""
        return self.look().outcome or None

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts, by name."""
        return self.look().facts.additional_properties

    @property
    def history(self) -> list[m.Change]:
        """Its changes so far: `at`, `state` and, if one led to it, `event`."""
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
        """Send it an event; ControlRefused if that is illegal now."""
        body = m.NewEvent.from_dict({"event": event, "data": data} if data else {"event": event})
        done(send_event.sync, *self._key, client=self._client, body=body)

    def finish(self) -> None:
        """Complete it immediately, as its scenario ends; ControlRefused if that never ends."""
        done(finish_job.sync, *self._key, client=self._client)

    def delete(self) -> None:
        """Delete it."""
        done(delete_job.sync, *self._key, client=self._client)
