"""Reads the document of an earlier wait, and checks that it fits the waiter."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from jobwait.errors import ResumeRefused
from jobwait.lifecycle import Lifecycle
from jobwait.policy import Policy
from jobwait.snapshot import VERSION, Record, Seen

_KEYS = ("jobwait", "of", "ids", "until", "began", "elapsed", "attempts", "history", "policy")
LARGEST = 1e15
"""An upper bound for all numbers of a wait; floats are exact up to it."""
_NUMBERS = tuple(field.name for field in fields(Policy))


def recorded(document: str | bytes, life: Lifecycle, ids: Iterable[str]) -> Record:
    """Returns the record in a document of `to_json`. Raises ResumeRefused if it does not fit."""
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise ResumeRefused("", "is not JSON; pass the text that to_json() returned") from error
    _hold("", data, dict, "an object")
    for key in _KEYS:
        if key not in data:
            raise ResumeRefused(f"/{key}", "is missing; pass the text that to_json() returned")
    if data["jobwait"] != VERSION:
        raise ResumeRefused("/jobwait", f"is {data['jobwait']!r}; this jobwait reads {VERSION}")
    if data["of"] != life.name:
        raise ResumeRefused("/of", f"is {data['of']!r}; this waiter resumes {life.name!r}")
    return Record(
        of=life.name,
        ids=_ids(data["ids"], list(ids)),
        policy=_policy(data["policy"]),
        began=_moment("/began", data["began"]),
        until=tuple(_state("/until", state, life) for state in _list("/until", data["until"])),
        elapsed=_number("/elapsed", data["elapsed"]),
        attempts=int(_number("/attempts", data["attempts"])),
        history=tuple(_history(data["history"])),
        path=_text("/path", data.get("path", "")),
        query=_query(data.get("query", {})),
    )


def _hold(where: str, value: Any, kind: type | tuple[type, ...], able: str) -> None:
    if not isinstance(value, kind):
        raise ResumeRefused(where, f"is {_shown(value)}; it must be {able}")


def _list(where: str, value: Any) -> list[Any]:
    _hold(where, value, list, "a list")
    return list(value)


def _ids(found: Any, wanted: list[str]) -> dict[str, str | int | float]:
    _hold("/ids", found, dict, "an object")
    if sorted(found) != sorted(wanted):
        raise ResumeRefused("/ids", f"has {sorted(found)}; it must have {sorted(wanted)}")
    for name, value in found.items():
        _hold(f"/ids/{name}", value, (str, int, float), "a text or a number")
        if not isinstance(value, str):
            _number(f"/ids/{name}", abs(value))
    return {name: found[name] for name in wanted}


def _text(where: str, value: Any) -> str:
    _hold(where, value, str, "a text")
    return str(value)


def _query(found: Any) -> dict[str, str]:
    _hold("/query", found, dict, "an object")
    return {name: _text(f"/query/{name}", value) for name, value in found.items()}


def _policy(found: Any) -> Policy:
    _hold("/policy", found, dict, "an object")
    for name in found:
        if name not in _NUMBERS:
            raise ResumeRefused(f"/policy/{name}", f"is not one of {', '.join(_NUMBERS)}")
    numbers = {name: _number(f"/policy/{name}", value) for name, value in found.items()}
    try:
        return Policy(**numbers)  # type: ignore[arg-type] # JSON may have counts as floats
    except ValueError as error:
        raise ResumeRefused("/policy", str(error)) from error


def _number(where: str, value: Any) -> float:
    sound = isinstance(value, int | float) and not isinstance(value, bool)
    if not sound or not 0 <= value <= LARGEST:
        raise ResumeRefused(where, f"is {_shown(value)}; it must be a number from 0 to {LARGEST:g}")
    return float(value) if isinstance(value, float) else int(value)


def _moment(where: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (OverflowError, TypeError, ValueError):
        pass
    raise ResumeRefused(where, f"is {_shown(value)}; it must be a moment of RFC 3339")


def _shown(value: Any) -> str:
    return json.dumps(value)[:80]


def _state(where: str, state: Any, life: Lifecycle) -> str:
    if not isinstance(state, str) or state not in life.states:
        raise ResumeRefused(where, f"{state!r} is not one of its states ({', '.join(life.states)})")
    return state


def _history(found: Any) -> list[Seen]:
    seen = []
    for number, entry in enumerate(_list("/history", found)):
        where = f"/history/{number}"
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):  # noqa: PLR2004 - a pair
            raise ResumeRefused(where, "must be a state and a moment")
        seen.append(Seen(entry[0], _moment(f"{where}/1", entry[1])))
    return seen
