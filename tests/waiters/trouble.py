"""Troubles of answers in transit: each takes the twin's answer and returns a changed one.

A server can cause most of them as well, by a fault; see `live`.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from jobwait.answers import dig
from tests.waiters.stage import Trouble, WaiterStage

Fault = Mapping[str, Any]
"""A fault, as in the control API's requests."""


@dataclass(frozen=True)
class Faulty:
    """A trouble in process, and the equivalent fault of a server, or None if there is none."""

    make: Trouble
    fault: Callable[[WaiterStage], Fault | None]

    def __call__(
        self, stage: WaiterStage, request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response | None:
        """Returns the changed answer."""
        return self.make(stage, request, answer)


def fault_of(trouble: Trouble, stage: WaiterStage) -> Fault | None:
    """Returns the equivalent fault of a server: empty for no trouble, None if there is none."""
    if trouble is fine:
        return {}
    return trouble.fault(stage) if isinstance(trouble, Faulty) else None


MODEL_FAILURES = (AttributeError, LookupError, TypeError, ValueError)


def fine(_stage: WaiterStage, _request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """No trouble."""
    return answer


def status(code: int, text: str = "", **headers: str) -> Trouble:
    """A different status and body."""

    def made(
        _stage: WaiterStage, _request: httpx.Request, _answer: httpx.Response
    ) -> httpx.Response:
        return httpx.Response(code, headers=named, content=text.encode())

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fault: Fault = {"status": code, "body": text or "empty", "headers": named}
    return Faulty(made, lambda _: fault)


def marked(code: int | None = None, **headers: str | None) -> Trouble:
    """The same body with a different status or headers; None removes a header."""

    def made(
        _stage: WaiterStage, _request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response:
        kept = dict(answer.headers.items())
        for name, value in headers.items():
            kept.pop(name.replace("_", "-"), None)
            if value is not None:
                kept[name.replace("_", "-")] = value
        return httpx.Response(code or answer.status_code, headers=kept, content=answer.content)

    return Faulty(made, lambda _: _marks(code, headers))


def _marks(code: int | None, headers: Mapping[str, str | None]) -> Fault | None:
    """Returns the fault for a status and headers, or None if a header must be removed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if None in named.values():
        return None
    return {**({"status": code} if code else {}), **({"headers": named} if named else {})}


def alike(inner: Trouble, code: int | None, **headers: str | None) -> Trouble:
    """Another trouble's answer with a different status or headers."""

    def made(
        stage: WaiterStage, request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response | None:
        changed = inner(stage, request, answer)
        return marked(code, **headers)(stage, request, changed) if changed else None

    def fault(stage: WaiterStage) -> Fault | None:
        first, second = fault_of(inner, stage), _marks(code, headers)
        return None if first is None or second is None else {**first, **second}

    return Faulty(made, fault)


def content(make: Callable[[bytes], bytes], **fault: Any) -> Trouble:
    """A different body, and its fault."""

    def made(
        _stage: WaiterStage, _request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response:
        kind = {"content-type": answer.headers["content-type"]}
        return httpx.Response(answer.status_code, headers=kind, content=make(answer.content))

    return Faulty(made, lambda _: fault or None)


def lost(error: type[Exception]) -> Trouble:
    """A network error in place of an answer."""

    def made(
        stage: WaiterStage, _request: httpx.Request, _answer: httpx.Response
    ) -> httpx.Response:
        raise error(f"no luck with {stage.token}")

    return Faulty(made, lambda _: _LOST.get(error))


_LOST: Mapping[type[Exception], Fault] = {
    httpx.RemoteProtocolError: {"drop": "before"},
    httpx.ReadError: {"drop": "before", "reset": True},
    httpx.ReadTimeout: {"delay": "1h"},
}


def echo(code: int) -> Trouble:
    """The vendor's error, quoting the credential."""

    def made(
        stage: WaiterStage, _request: httpx.Request, _answer: httpx.Response
    ) -> httpx.Response:
        return httpx.Response(code, json=told(stage))

    def told(stage: WaiterStage) -> Any:
        body: Any = f"Invalid token: {stage.token}"
        for key in reversed((*stage.life.messages, ("detail",))[0]):
            body = {key: body}
        return body

    return Faulty(made, lambda stage: {"status": code, "body": told(stage)})


def state(choose: Callable[[WaiterStage], Any]) -> Trouble:
    """The job in a different state."""

    def made(
        stage: WaiterStage, request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response | None:
        def change(told: dict[str, Any], path: tuple[str, ...]) -> None:
            dig(told, path[:-1])[path[-1]] = choose(stage)

        call = stage.call(request, stage.target(stage.job))
        if call.statuses:
            return _with_status(call, choose(stage), answer)
        return _changed(stage, request, answer, ("state", change))

    def fault(stage: WaiterStage) -> Fault | None:
        chosen = choose(stage)
        if isinstance(chosen, dict):
            return {"fields": _paths(stage, "state", "wrong_type")}
        if chosen is None:
            return {"fields": _paths(stage, "state", "null")}
        return {"state": chosen} if isinstance(chosen, str) else None

    return Faulty(made, fault)


def _with_status(call: Any, chosen: Any, answer: httpx.Response) -> httpx.Response | None:
    """Returns the answer for a state shown by the status, or None if no status means this state."""
    able = (
        (status, means)
        for status, means in call.statuses.items()
        if isinstance(chosen, str) and chosen in means.states
    )
    status, means = next(able, (0, None))
    if means is None:
        return None
    if means.result:
        return answer
    return httpx.Response(status, json={call.view.state[0]: chosen} if call.view.state else {})


def kind(kind: str, outcome: str | None = None) -> Trouble:
    """The job in the machine's first state of a kind."""
    return state(lambda stage: stage.states(kind, outcome)[0])


def without(what: str) -> Trouble:
    """The job without its state, or its id."""

    def made(
        stage: WaiterStage, request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response | None:
        def change(told: dict[str, Any], path: tuple[str, ...]) -> None:
            del dig(told, path[:-1])[path[-1]]

        return _changed(stage, request, answer, (what, change))

    return Faulty(made, lambda stage: {"fields": _paths(stage, what, "missing")})


def _paths(stage: WaiterStage, what: str, damage: str) -> dict[str, str]:
    """Returns the paths of the state, or id, in the waiter's answers, each with the damage."""
    target = stage.target(stage.job)
    calls = [call for call in (target.meter, target.quick, target.whole) if call]
    heads = [(*(call.pages.items if call.pages else ()), *call.job) for call in calls]
    tails = [getattr(call.view, what) or () for call in calls]
    return {
        ".".join(map(str, (*head, *tail))): damage for head, tail in zip(heads, tails, strict=True)
    }


def stranger(
    stage: WaiterStage, request: httpx.Request, answer: httpx.Response
) -> httpx.Response | None:
    """A different job."""

    def change(told: dict[str, Any], path: tuple[str, ...]) -> None:
        own = dig(told, path)
        dig(told, path[:-1])[path[-1]] = own + 1 if isinstance(own, int) else "another"

    return _changed(stage, request, answer, ("id", change))


def untyped(
    stage: WaiterStage, request: httpx.Request, answer: httpx.Response
) -> httpx.Response | None:
    """The job without a property that its class requires."""
    call, told = _told(stage, request, answer)
    if call.model is None or told is None:
        return None
    for key in sorted(told, key=lambda key: (key,) in (call.view.id, call.view.state)):
        try:
            call.model({name: value for name, value in told.items() if name != key})
        except MODEL_FAILURES:
            body = json.loads(answer.content)
            del _within(stage, request, body)[key]
            return httpx.Response(answer.status_code, json=body)
    raise AssertionError("its class can do without anything")


def _gone(stage: WaiterStage, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The vendor's answer for an unknown job; for a list, the list without jobs."""
    call, _ = _told(stage, request, answer)
    if call.pages is None:
        code = min(stage.life.absent)
        return httpx.Response(code, json={"message": "not there"})
    body = json.loads(answer.content)
    dig(body, call.pages.items).clear()
    if call.pages.total:
        dig(body, call.pages.total[:-1])[call.pages.total[-1]] = 0
    return httpx.Response(answer.status_code, json=body)


gone = Faulty(_gone, lambda _: {"hide": True})


def _changed(
    stage: WaiterStage,
    request: httpx.Request,
    answer: httpx.Response,
    how: tuple[str, Callable[[dict[str, Any], tuple[str, ...]], None]],
) -> httpx.Response | None:
    path = getattr(stage.call(request, stage.target(stage.job)).view, how[0])
    if path is None or _told(stage, request, answer)[1] is None:
        return None
    body = copy.deepcopy(json.loads(answer.content))
    how[1](_within(stage, request, body), path)
    return httpx.Response(answer.status_code, json=body)


def _told(
    stage: WaiterStage, request: httpx.Request, answer: httpx.Response
) -> tuple[Any, Mapping[str, Any] | None]:
    """Returns the request's call, and the job in the answer."""
    call = stage.call(request, stage.target(stage.job))
    return call, _within(stage, request, json.loads(answer.content))


def _within(stage: WaiterStage, request: httpx.Request, body: Any) -> Any:
    """Returns the job's own object in a body."""
    call = stage.call(request, stage.target(stage.job))
    if call.pages is None:
        return dig(body, call.job)
    wanted = stage.job.record.id
    items = dig(body, call.pages.items)
    return next((item for item in items if dig(item, call.view.id or ()) == wanted), None)
