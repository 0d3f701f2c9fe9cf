"""Handlers of the control API's faults: added, listed and removed, in the JSON of its spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jobtwin.errors import Refusal, unknown
from jobtwin.http.control.lookup import shows
from jobtwin.http.finding import Handler
from jobtwin.http.request import RequestData
from jobtwin.lifecycle.faults import Fault
from jobtwin.openapi import Spec
from jobtwin.openapi.faults import fault_from_json, fault_to_json, misfit
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.faults import ActiveFault, FaultRule
from jobtwin.sandboxes.presets import PRESETS

MOST_NAMED = 100
"""Jobs of a machine among which the one that was meant is looked for, the latest."""


class FaultControl:
    """The faults of a server's sandboxes."""

    def __init__(self, spec_of: Callable[[str], Spec]) -> None:
        self._spec = spec_of

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
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
    """Returns the operations that a fault is about: the named one, or all."""
    known = {operation.id: operation for operation in spec.operations}
    if name is None:
        return list(known.values())
    if name not in known:
        raise _refused(unknown("operation", name, known, spec.name))
    return [known[name]]


def _check_job(spec: Spec, id_: str | None, sandbox: Sandbox) -> None:
    machines = [*spec.jobs.values()]
    if id_ is None or any(shows(machine, id_, sandbox) for machine in machines):
        return
    latest = [job for machine in machines for job in sandbox.jobs(machine)[-MOST_NAMED:]]
    known = [job.record.shown_id for job in reversed(latest)]
    raise Refusal("not_there", why=unknown("job", id_, known, spec.name))


def _befalls(fault: Fault, operations: Iterable[Operation]) -> bool:
    return any(misfit(fault, operation) is None for operation in operations)


def _misfit(fault: Fault, operations: Sequence[Operation]) -> str:
    why = misfit(fault, operations[0]) or ""
    return why if len(operations) == 1 else f"no operation can have this fault; {why}"


def _rules(body: Mapping[str, Any], sandbox: Sandbox) -> Iterator[FaultRule]:
    """Yields the rules of a request: one, or those of a preset."""
    given = {key: body[key] for key in ("api", "operation", "job") if key in body}
    given |= {key: body[key] for key in ("after", "times", "chance") if key in body}
    new_id, name = sandbox.faults.new_id(), body.get("preset")
    if (name is None) == ("fault" not in body):
        raise _refused("a fault needs one of `fault` and `preset`")
    if name is None:
        yield FaultRule(id=new_id, fault=_fault(body["fault"]), **given)
        return
    yield from _rules_of_preset(name, new_id, given)


def _rules_of_preset(name: str, new_id: str, given: Mapping[str, Any]) -> Iterator[FaultRule]:
    if name not in PRESETS:
        raise _refused(unknown("preset", name, PRESETS))
    if not given.keys().isdisjoint({"after", "times", "chance"}):
        raise _refused(
            "a preset says by itself when its faults hit; leave out after, times, chance"
        )
    for number, rule in enumerate(PRESETS[name].rules, 1):
        yield FaultRule(id=f"{new_id}.{number}", preset=name, **{**given, **rule})


def _fault(shown: Mapping[str, Any]) -> Fault:
    try:
        return fault_from_json(shown)
    except ValueError as error:
        raise _refused(str(error)) from error


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
    return {"faults": list(map(_shown, sandbox.faults)), "presets": presets}


def _added(made: Sequence[ActiveFault]) -> Any:
    """Returns one fault, or a preset with its faults."""
    first = made[0].rule
    if first.preset is None:
        return _shown(made[0])
    shown = {key: value for key, value in _shown(made[0]).items() if key in _OF_A_PRESET}
    return {**shown, "id": first.group, "faults": list(map(_shown, made))}


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
