"""Handlers of the control API's limits: set, listed and removed, in the JSON of its spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jobtwin.errors import Refusal, unknown
from jobtwin.http.finding import Handler
from jobtwin.http.request import RequestData
from jobtwin.lifecycle.limits import Limit, Span
from jobtwin.openapi import Spec
from jobtwin.openapi.checks.limits import impossible
from jobtwin.openapi.faults import short_duration, short_span
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.limits import Counted


class LimitControl:
    """The limits of a server's sandboxes."""

    def __init__(self, specs: Mapping[str, Spec]) -> None:
        self._specs = specs

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "listLimits": lambda _, sandbox: {"limits": [*self._listed(sandbox)]},
            "removeLimit": _remove,
            "setLimit": self._set,
        }

    def _set(self, request: RequestData, sandbox: Sandbox) -> Any:
        api, name = request.path["api"], request.path["name"]
        if api not in self._specs:
            raise Refusal("not_there", why=unknown("twin", api, self._specs))
        spec = self._specs[api]
        limit = _said(_begun(spec, name, request.body), request.body)
        wrong = next(impossible(limit, spec.document, spec.operations), None)
        if wrong is not None:
            where = wrong[0].split("/", 4)[-1]  # below the limit's own place
            raise _refused(f"{where}: {wrong[1]}")
        sandbox.set_limit(limit)
        return _shown(sandbox.limits[limit.id])

    def _listed(self, sandbox: Sandbox) -> Iterator[Any]:
        yield from map(_shown, sandbox.limits)
        for spec in self._specs.values():
            for limit in spec.limits.values():
                if limit.id not in sandbox.limits:
                    yield {**_shown(Counted(limit)), "inForce": False}


def _begun(spec: Spec, name: str, body: Mapping[str, Any]) -> Limit:
    """Returns the limit of the spec, or a new one, without the other settings of the request."""
    if name in spec.limits:
        return spec.limits[name]
    if not {"requests", "every"} <= body.keys():
        known = ", ".join(spec.limits) or "there are none"
        raise _refused(
            f"{name} is none of the limits of {spec.name} ({known}); to make one, write "
            '{"requests": 10, "every": "1m"}'
        )
    return Limit(api=spec.name, name=name, requests=body["requests"], every=0)


def _said(limit: Limit, body: Mapping[str, Any]) -> Limit:
    """Returns a limit with the changes in a request."""
    said = {name: body[name] for name in ("requests", "headers") if name in body}
    said |= {name: tuple(body[name]) for name in ("per", "operations") if name in body}
    if "retryAfter" in body:
        said["retry_after"] = body["retryAfter"]
    if "every" in body:
        said["every"] = _span(body["every"])
    return replace(limit, **said)


def _span(text: str) -> Span:
    try:
        return short_span(text)
    except ValueError as error:
        raise _refused(str(error)) from error


def _refused(why: str) -> Refusal:
    return Refusal("not_understood", why=why)


def _remove(request: RequestData, sandbox: Sandbox) -> None:
    api, name = request.path["api"], request.path["name"]
    if f"{api}/{name}" not in sandbox.limits:
        known = [each.limit.name for each in sandbox.limits if each.limit.api == api]
        raise Refusal("not_there", why=unknown("limit", name, known, api))
    sandbox.remove_limit(f"{api}/{name}")


def _shown(counted: Counted) -> dict[str, Any]:
    limit = counted.limit
    return {
        "api": limit.api,
        "name": limit.name,
        "requests": limit.requests,
        "every": short_duration(limit.every),
        "per": limit.per,
        "operations": limit.operations,
        "headers": dict(limit.headers),
        "retryAfter": limit.retry_after,
        "inForce": True,
        "refused": counted.refused,
    }
