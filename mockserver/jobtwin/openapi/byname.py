"""Guesses from names: the value of a property, and what an operation does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jobtwin.lifecycle import Machine
from jobtwin.openapi.operations import Parameter
from jobtwin.openapi.scopes import Scope
from jobtwin.openapi.untyped import filled

_JOB: Mapping[str, str] = {
    **dict.fromkeys(
        ("created", "createdat", "createdate", "createtime", "createdtime", "createddatetime",
         "createdtimestamp", "creationtime", "creationdate", "timecreated", "datecreated"),
        "created_at",
    ),
    **dict.fromkeys(
        ("updated", "updatedat", "updatetime", "updatedtime", "updateddatetime", "lastupdated",
         "lastupdatedat", "lastupdateddatetime", "modified", "modifiedat", "lastmodified",
         "dateupdated"),
        "updated_at",
    ),
    **dict.fromkeys(
        ("ended", "endedat", "endtime", "finished", "finishedat", "finishtime", "completed",
         "completedat", "completedtime", "completiontime"),
        "ended_at",
    ),
    **dict.fromkeys(
        ("progress", "progresspercent", "percent", "percentage", "percentcomplete",
         "percentcompleted"),
        "progress",
    ),
}  # fmt: skip
_PAGE: Mapping[str, str] = {
    **dict.fromkeys(("total", "totalcount", "totalitems", "totalresults"), "page.total"),
    "limit": "page.limit",
    "offset": "page.offset",
    **dict.fromkeys(("nextcursor", "nexttoken", "nextpagetoken", "nextpage"), "page.next"),
    **dict.fromkeys(("prevpage", "previouspage"), "page.previous"),
    "firstid": "page.first",
    "lastid": "page.last",
    "page": "page.number",
    **dict.fromkeys(("more", "hasmore"), "page.more"),
}
_ERROR: Mapping[str, str] = {
    **dict.fromkeys(("message", "detail", "errormessage"), "error.message"),
    "title": "error.title",
    **dict.fromkeys(("code", "errorcode"), "error.code"),
    **dict.fromkeys(("status", "statuscode"), "error.status"),
}
_ERRORS = ("errors", "messages", "errormessages")
"""Arrays in an error, which show it alone."""
_ENTRY = ("at", "time", "timestamp", "createdat")
_REQUEST = ("requestid",)
_STATE = ("state", "status")
_DELIVERY_ID = ("deliveryid", "eventid", "webhookid")


def normal(name: str) -> str:
    """Returns a name in lower case, without `_` and `-`."""
    return re.sub(r"[_-]", "", name).lower()


def by_name(
    name: str, scope: Scope, kind: str | None, enum: Sequence[Any] | None, *, own: bool
) -> Any:
    """Returns the value of a property as a spec would declare it; None if its name is unknown.

    `kind` is its type; `own` is True if the property is directly in the job's object.
    """
    plain = normal(name)
    if scope.what == "job" and scope.machine is None:
        return None
    if enum is not None and len(enum) == 1:
        return {"const": enum[0]}
    if plain in _REQUEST and kind == "string":
        return "request.id"
    if scope.machine is None or scope.what != "job":
        return _beside_jobs(name, scope.what, kind)
    return (
        _carried(name, scope.machine, kind, enum)
        or _of_job(plain, scope.machine, kind, enum, own=own)
        or _told(name, plain, scope)
    )


def _beside_jobs(name: str, what: str, kind: str | None) -> Any:
    """Returns the value of a property of a page, an error or a log line."""
    plain = normal(name)
    if what == "page":
        return {"each": "jobs"} if kind == "array" else _PAGE.get(plain)
    return _of_error(plain, kind) if what == "error" else entry_path(name)


def _told(name: str, plain: str, scope: Scope) -> str | None:
    """Returns a callback's own value for a name: its id, or a field of its log line."""
    if scope.told and plain in _DELIVERY_ID:
        return "delivery.id"
    return entry_path(name) if scope.told == "log" else None


def _of_error(plain: str, kind: str | None) -> Any:
    if kind == "array":
        return {"each": "self"} if plain in _ERRORS else None
    return "error.message" if (plain, kind) == ("error", "string") else _ERROR.get(plain)


def entry_path(name: str) -> str:
    """Returns the path of a log line's value for a name: a field, or the moment."""
    return "entry.at" if normal(name) in _ENTRY else f"entry.{name}"


def _carried(name: str, machine: Machine, kind: str | None, enum: Sequence[Any] | None) -> Any:
    """Returns the job's value for a name: parts in an array, a fact, a counter.

    A property that allows only a few texts does not show a fact of the same name with any text.
    """
    if name in machine.parts and (kind == "array" or name not in machine.facts):
        return {"each": name}
    if name in machine.facts and _fits(machine.schemas[name], enum):
        return f"facts.{name}"
    return f"counters.{name}" if name in machine.counters else None


def _fits(schema: Mapping[str, Any], enum: Sequence[Any] | None) -> bool:
    return enum is None or not _is_any_text(schema)


def _is_any_text(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type")
    return kinds in ("string", ["string", "null"]) and not schema.keys() & {"enum", "const"}


def _of_job(
    plain: str, machine: Machine, kind: str | None, enum: Sequence[Any] | None, *, own: bool
) -> Any:
    if kind == "array":
        return {"each": "log"} if plain in ("log", "logs") else None
    if not own:
        return None
    if kind in ("string", "integer") and plain in ("id", "jobid", f"{normal(machine.name)}id"):
        return "id"
    return "state" if kind == "string" and _is_state(plain, machine, enum) else _JOB.get(plain)


def _is_state(plain: str, machine: Machine, enum: Sequence[Any] | None) -> bool:
    """Returns True if an enum has all states, or some of them under the name of a state."""
    states = set(machine.states)
    if enum is None:
        return plain in _STATE
    named = plain in (*_STATE, f"{normal(machine.name)}state", f"{normal(machine.name)}status")
    allowed = {each for each in enum if isinstance(each, str)}
    return states <= allowed or (named and not states.isdisjoint(allowed))


# -- operations ------------------------------------------------------------------------------------


def completed(
    does: Mapping[str, Any],
    path: str,
    parameters: Sequence[Parameter],
    sent: Mapping[str, str],
    machine: Machine,
) -> dict[str, Any]:
    """Returns what an operation does, completed from names.

    `sent` has the properties of its body, or of an item of that, with their sources.
    """
    made = dict(does)
    if does["does"] in ("read", "event", "delete", "clone"):
        made |= _id(does, path, parameters)
    if does["does"] == "create":
        made |= _facts(does, sent, machine)
    if does["does"] == "list":
        made |= _paging(does, parameters) | _filters(does, parameters, machine)
    return made


def _id(does: Mapping[str, Any], path: str, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Returns the last parameter of a path as the job's id."""
    last = re.findall(r"\{([^{}]*)\}", path)
    if "id" in does or not last or all(each.place != "path" for each in parameters):
        return {}
    return {"id": f"path.{last[-1]}"}


def _facts(does: Mapping[str, Any], sent: Mapping[str, str], machine: Machine) -> dict[str, Any]:
    """Returns the facts of a new job that have the names of properties of the body."""
    facts = {fact: sent[fact] for fact in machine.facts if fact in sent}
    return {"facts": {**facts, **does.get("facts", {})}} if facts else {}


def _paging(does: Mapping[str, Any], parameters: Sequence[Parameter]) -> dict[str, Any]:
    queries = [each.name for each in parameters if each.place == "query"]
    found = {name: f"query.{name}" for name in queries if name in ("limit", "offset")}
    given = does.get("page", {})
    if {"number", "after", "cursor"} & given.keys():
        found.pop("offset", None)
    page = {**found, **given}
    return {"page": page} if given or {"limit", "offset"} <= page.keys() else {}


def _filters(
    does: Mapping[str, Any], parameters: Sequence[Parameter], machine: Machine
) -> dict[str, Any]:
    queries = [each.name for each in parameters if each.place == "query" and each.name not in _PAGE]
    found = {name: _filtered_path(name, machine) for name in queries}
    return filled(filters={**filled(**found), **does.get("filters", {})})


def _filtered_path(name: str, machine: Machine) -> str | None:
    """Returns the path of the values by which a parameter of this name filters, or None."""
    if name in machine.facts:
        return f"facts.{name}"
    return "state" if normal(name) in _STATE else None
