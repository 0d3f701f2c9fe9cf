"""Handlers of the control API's faults: added, listed and removed, in the JSON of its spec."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobtwin.errors import Refusal, unknown
from jobtwin.http.faults import misfit
from jobtwin.http.finding import Handler
from jobtwin.http.reply import NO_BODY
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Span
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.times import span
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.faults import ActiveFault, Fault, FaultRule
from jobtwin.sandboxes.presets import PRESETS

_STATUSES = range(200, 600)
_HEADER = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]*")
_FRAMING = ("connection", "content-length", "transfer-encoding")


class FaultControl:
    """The faults of a server's sandboxes."""

    def __init__(self, spec_of: Callable[[str], Spec]) -> None:
        self._spec = spec_of

    def handlers(self) -> Mapping[str, Handler]:
        """Every handler by its operationId."""
        return {
            "addFault": self._add,
            "listFaults": lambda _, sandbox: _listed(sandbox),
            "removeFault": _remove,
            "removeFaults": _remove_all,
        }

    def _add(self, request: RequestData, sandbox: Sandbox) -> Any:
        body = request.body
        spec = self._spec(body["api"])
        operations = _operations(spec, body.get("operation"))
        _check_job(spec, body.get("job"), sandbox)
        rules = [rule for rule in _rules(body, sandbox) if _befalls(rule.fault, operations)]
        if not rules:
            raise _refused(_misfit(next(_rules(body, sandbox)).fault, operations))
        for rule in rules:
            sandbox.add_fault(rule)
        return _added(sandbox.faults.of(rules[0].group))


def _operations(spec: Spec, name: str | None) -> Sequence[Operation]:
    """The operations that a fault is about: the named one, or all."""
    known = {operation.id: operation for operation in spec.operations}
    if name is None:
        return list(known.values())
    if name not in known:
        raise _refused(unknown("operation", name, known, spec.name))
    return [known[name]]


def _check_job(spec: Spec, id_: str | None, sandbox: Sandbox) -> None:
    if id_ is None:
        return
    jobs = [job for machine in spec.jobs.values() for job in sandbox.jobs(machine)]
    known = [str(job.record.id) for job in jobs]
    if id_ not in known:
        raise Refusal("not_there", why=unknown("job", id_, reversed(known), spec.name))


def _befalls(fault: Fault, operations: Iterable[Operation]) -> bool:
    return any(misfit(fault, operation) is None for operation in operations)


def _misfit(fault: Fault, operations: Sequence[Operation]) -> str:
    why = misfit(fault, operations[0]) or ""
    return why if len(operations) == 1 else f"no operation can have this fault; {why}"


def _rules(body: Mapping[str, Any], sandbox: Sandbox) -> Iterator[FaultRule]:
    """The rules that a request is for: one, or those of a preset."""
    given = {key: body[key] for key in ("api", "operation", "job") if key in body}
    given |= {key: body[key] for key in ("after", "times", "chance") if key in body}
    new_id, name = sandbox.faults.new_id(), body.get("preset")
    if (name is None) == ("fault" not in body):
        raise _refused("a fault needs one of `fault` and `preset`")
    if name is None:
        yield FaultRule(id=new_id, fault=fault_from_json(body["fault"]), **given)
        return
    if name not in PRESETS:
        raise _refused(unknown("preset", name, PRESETS))
    if not given.keys().isdisjoint({"after", "times", "chance"}):
        raise _refused(
            "a preset says by itself when its faults hit; leave out after, times, chance"
        )
    for number, rule in enumerate(PRESETS[name].rules, 1):
        yield FaultRule(id=f"{new_id}.{number}", preset=name, **{**given, **rule})


def _refused(why: str) -> Refusal:
    return Refusal("not_understood", why=why)


def _remove(request: RequestData, sandbox: Sandbox) -> None:
    id_ = request.path["id"]
    if not sandbox.faults.of(id_):
        known = [each.rule.id for each in sandbox.faults]
        raise Refusal("not_there", why=unknown("fault", id_, known))
    sandbox.remove_fault(id_)


def _remove_all(_request: RequestData, sandbox: Sandbox) -> None:
    for group in dict.fromkeys(each.rule.group for each in sandbox.faults):
        sandbox.remove_fault(group)


# -- JSON ------------------------------------------------------------------------------------------


def _listed(sandbox: Sandbox) -> Any:
    presets = [{"name": name, "summary": preset.summary} for name, preset in PRESETS.items()]
    return {"faults": [_shown(each) for each in sandbox.faults], "presets": presets}


def _added(made: Sequence[ActiveFault]) -> Any:
    """One fault, or a preset with its faults."""
    first = made[0].rule
    if first.preset is None:
        return _shown(made[0])
    shown = {key: value for key, value in _shown(made[0]).items() if key in _OF_A_PRESET}
    return {**shown, "id": first.group, "faults": [_shown(each) for each in made]}


_OF_A_PRESET = ("api", "operation", "job", "preset", "matched", "hits")


def _shown(active: ActiveFault) -> dict[str, Any]:
    rule = active.rule
    shown = {
        "id": rule.id,
        "api": rule.api,
        "operation": rule.operation,
        "job": rule.job,
        "after": rule.after,
        "times": rule.times,
        "chance": rule.chance if rule.chance < 1 else None,
        "preset": rule.preset,
        "fault": fault_to_json(rule.fault),
        "matched": active.matched,
        "hits": active.hits,
    }
    return {name: value for name, value in shown.items() if value is not None}


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """A fault in the control API's JSON."""
    hide_for, stale = fault.hide_for, fault.stale
    shown = {
        "status": fault.status,
        "retryAfter": fault.retry_after,
        "date": fault.date or None,
        "headers": dict(fault.headers) or None,
        "body": fault.body,
        "delay": None if fault.delay is None else _written(fault.delay),
        "delayed": None if fault.delayed == "answer" else fault.delayed,
        "drop": fault.drop,
        "reset": fault.reset or None,
        "stale": fault.stale_polls if stale is None else _written(stale),
        "hide": (fault.hide or None) if hide_for is None else _written(hide_for),
        "state": fault.state,
        "fields": dict(fault.fields) or None,
        "encoding": fault.encoding,
        "credential": fault.credential,
        "handled": fault.handled,
    }
    return {name: value for name, value in shown.items() if value is not None}


def fault_from_json(shown: Mapping[str, Any]) -> Fault:
    """The fault of the control API's JSON; a Refusal says why it is impossible."""
    fault = Fault(
        status=shown.get("status"),
        retry_after=shown.get("retryAfter"),
        date=shown.get("date", False),
        headers=shown.get("headers", {}),
        body=shown.get("body"),
        delay=_span(shown.get("delay")),
        delayed=shown.get("delayed", "answer"),
        drop=shown.get("drop"),
        reset=shown.get("reset", False),
        state=shown.get("state"),
        fields=shown.get("fields", {}),
        encoding=shown.get("encoding"),
        credential=shown.get("credential"),
        handled=shown.get("handled"),
    )
    fault = _with_stale(_with_hide(fault, shown.get("hide", False)), shown.get("stale"))
    if why := next(_impossible(fault), None):
        raise _refused(why)
    return fault


def _with_stale(fault: Fault, stale: str | int | None) -> Fault:
    if isinstance(stale, int):
        return replace(fault, stale_polls=stale)
    return replace(fault, stale=_span(stale))


def _with_hide(fault: Fault, hide: bool | str) -> Fault:  # noqa: FBT001 - the JSON's value
    return (
        replace(fault, hide=hide)
        if isinstance(hide, bool)
        else replace(fault, hide_for=_span(hide))
    )


def _impossible(fault: Fault) -> Iterator[str]:
    """Why a fault cannot be, each in a sentence that says what would be right."""
    if replace(fault, handled=None, date=False, reset=False, delayed="answer") == Fault():
        yield 'the fault does nothing; write for example {"status": 429, "retryAfter": 5}'
    if fault.status is not None and fault.status not in _STATUSES:
        yield f"HTTP has no answer of status {fault.status}; write one from 200 to 599"
    if fault.status in NO_BODY and fault.body not in (None, "empty"):
        yield f"an answer of status {fault.status} has no body (RFC 9110); leave out `body`"
    if fault.date and fault.retry_after is None:
        yield "`date` says how `retryAfter` is written; write both"
    if fault.reset and fault.drop is None:
        yield "`reset` says how the connection of a `drop` ends; write both"
    if fault.delayed != "answer" and fault.delay is None:
        yield "`delayed` says what a `delay` holds back; write both"
    for name, value in fault.headers.items():
        yield from _impossible_header(name, value)


def _impossible_header(name: str, value: str) -> Iterator[str]:
    if not _HEADER.fullmatch(name):
        yield f"{name!r} cannot name a header; write letters, digits and `-`"
    elif name.lower() in _FRAMING:
        yield f"{name} follows from the body; to break it, write `drop` or `body`: truncated"
    if not _HEADER_VALUE.fullmatch(value):
        yield f"the header {name} cannot hold {value!r}; write printable Latin-1 text"


def _span(text: str | None) -> Span | None:
    if text is None:
        return None
    try:
        return span(text if text.startswith("P") else f"PT{text.upper()}")
    except ValueError as error:
        raise _refused(f"{text!r} is no duration such as 3s, 1m30s or PT3S") from error


def _written(span: Span) -> str:
    return f"{span / 1_000_000:f}".rstrip("0").rstrip(".") + "s"
