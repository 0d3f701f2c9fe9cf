"""Handlers: the effects of each kind of operation on the jobs of a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jobtwin.errors import Refusal
from jobtwin.http.blocking import blocking
from jobtwin.http.creation import clone, create
from jobtwin.http.finding import Handler, finder, requested_event
from jobtwin.http.listing import listing
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import JobView
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import Sandbox


def handler(operation: Operation) -> Handler:
    """Returns the prepared handler of an operation."""
    handle = _KINDS[operation.does](operation)
    return handle if operation.wait is None else blocking(operation, operation.wait, handle)


def immediate_handler(operation: Operation) -> Handler:
    """Returns the handler of an operation that does not wait for a change of its job."""
    return _KINDS[operation.does](operation)


def _read(operation: Operation) -> Handler:
    find = finder(operation)

    def read(request: RequestData, sandbox: Sandbox) -> JobView:
        job, view = find(request, sandbox)
        if sandbox.moves_by_polls and not request.head:
            sandbox.polled(job)
        return view

    return read


def _event(operation: Operation) -> Handler:
    find, command = finder(operation), operation.command

    def tell(request: RequestData, sandbox: Sandbox) -> JobView:
        job, view = find(request, sandbox)
        event = requested_event(command, request)
        if event is None:
            return view
        if not sandbox.send_event(job, event):
            raise Refusal("illegal_event", id=job.record.id, event=event, state=view.state.name)
        return job.view(sandbox.clock.now())

    return tell


def _delete(operation: Operation) -> Handler:
    find, shows = finder(operation), any(a.make or a.headers for _, a in operation.answers)

    def forget(request: RequestData, sandbox: Sandbox) -> JobView | None:
        """Returns the deleted job, if the response shows it."""
        job, view = find(request, sandbox)
        sandbox.remove(job)
        return view if shows else None

    return forget


_KINDS: Mapping[str, Callable[[Operation], Handler]] = {
    "clone": clone,
    "create": create,
    "delete": _delete,
    "event": _event,
    "list": listing,
    "read": _read,
}
