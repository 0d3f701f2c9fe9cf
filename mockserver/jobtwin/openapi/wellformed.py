"""Validates `x-jobs` and `x-job` against their schema, and their places. Not their meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from jobtwin.openapi.law import Law
from jobtwin.openapi.pointer import entries, pointer
from jobtwin.openapi.untyped import as_map

VERSION = 1

_FORMER = {
    "x-job-lifecycle": "x-jobs: {machines: …}",
    "x-job-errors": "x-jobs: {errors: …}",
    "x-job-operation": "x-jobs: {operations: …}, or `x-job` here",
    "x-job-value": "x-jobs: {values: …}, or `x-job` here",
    "x-job-credential": "x-jobs: {credentials: …}",
}
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

Wrong = Iterator[tuple[str, str]]
"""Pairs of a JSON pointer and the mistake there."""


def check_extensions(data: Mapping[str, Any], schema: str, credentials: Mapping[str, Any]) -> Wrong:
    """Yields malformed places; `schema` is the text of specs/x-jobs.schema.json."""
    if "x-jobs" in data:
        version = data["x-jobs"].get("version") if isinstance(data["x-jobs"], dict) else VERSION
        if version not in (VERSION, None):
            why = f"is {version!r}, but this jobtwin reads version 1 of the grammar; write `version: 1`"
            yield "/x-jobs/version", why
            return
        yield from _broken("/x-jobs", data["x-jobs"], _law(schema, "jobs"))
        yield from _credentials(data["x-jobs"], credentials)
    yield from _elsewhere(data, "", schema)


def _elsewhere(node: Any, where: str, schema: str) -> Wrong:
    """Checks every `x-job` and `x-evidence`, and reports misplaced extensions."""
    for key, child in entries(node):
        place = where + pointer([key])
        if key == "x-evidence":
            yield from _broken(place, child, _law(schema, "evidence"))
        elif key == "x-job":
            yield from _broken(place, child, _law(schema, _kind(where)))
        elif why := _misplaced(key, where):
            yield place, why
        elif place != "/x-jobs":
            yield from _elsewhere(child, place, schema)


def _misplaced(key: str | int, where: str) -> str | None:
    """Returns why an extension is misplaced; None if it is not."""
    if key in _FORMER:
        return f"is no longer supported; write {_FORMER[str(key)]}"
    if key == "x-jobs":
        return "belongs to the top level of the file" if where else None
    if str(key).startswith("x-job"):
        return "is not one of the extensions (x-jobs, x-job, x-evidence)"
    return None


def _kind(where: str) -> str:
    """Returns the kind of an `x-job`: of an operation or of a property."""
    return "operation" if re.fullmatch(rf"/paths/[^/]*/({'|'.join(_METHODS)})", where) else "value"


def _broken(where: str, node: Any, law: Law) -> Wrong:
    return ((where + pointer(path), why) for path, why in law.broken_by(node))


def _credentials(jobs: Any, schemes: Mapping[str, Any]) -> Wrong:
    for name, body in entries(as_map(jobs).get("credentials")):
        where = f"/x-jobs/credentials{pointer([name])}"
        if name not in schemes:
            known = ", ".join(schemes) or "there are none"
            yield where, f"{name!r} is not one of the security schemes ({known})"
        if isinstance(body, dict):
            yield from ((where + at, why) for at, why in _credential(body))


def _credential(said: Mapping[str, Any]) -> Wrong:
    pattern, example = said.get("pattern"), said.get("example")
    if not isinstance(pattern, str):
        return
    try:
        matches = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        yield "/pattern", f"{pattern!r} is not a regular expression"
        return
    if example is not None and not matches.is_valid(str(example)):
        yield "/example", f"{example!r} does not fit the pattern {pattern}"


@cache
def _law(schema: str, definition: str) -> Law:
    """Returns one definition of the schema."""
    definitions = json.loads(schema)["$defs"]
    source = {**definitions[definition], "$defs": definitions}
    return Law(source, jsonschema_rs.Draft202012Validator)
