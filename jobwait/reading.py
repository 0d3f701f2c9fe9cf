"""Reads a job's state, progress, reason and parts from JSON; malformed values become None."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from jobcall.answers import UNFIT
from jobcall.secrets import Mask
from jobwait.answers import StatusBody, dig
from jobwait.lifecycle import Call, J, Parts, Path, Sign, StatusMeaning, View
from jobwait.snapshot import Part, failures

DEEPEST = 8
"""Levels of nested fields that a reason quotes."""


@dataclass(frozen=True, slots=True)
class ResponseValues(Generic[J]):
    """The values of one response; `untyped` is the error if the job could not be typed.

    `has_job` is False if such a response never contains the job.
    """

    state: str | None
    fraction: float | None
    reason: str | None
    parts: tuple[Part, ...]
    body: Mapping[str, Any]
    job: J | None = None
    untyped: Exception | None = None
    retry_after: float | None = None
    has_job: bool = True


def read(
    call: Call[J], body: Any, hide: Mask, retry_after: float | None
) -> ResponseValues[J] | None:
    """Returns the values of a response, or of an item of a list; None if it holds no job."""
    told = dig(body, call.job)
    if not isinstance(told, Mapping):
        return None
    view = call.view
    typed = _typed(call, told)
    parts = tuple(_parts(told, view, (), hide))
    return ResponseValues(
        state=_text(told, view),
        fraction=_fraction(told, view),
        reason=_reason(told, view, hide, parts),
        parts=parts,
        body=told,
        job=typed[0],
        untyped=typed[1],
        retry_after=retry_after,
    )


def _usual_state(body: Mapping[str, Any], means: StatusMeaning) -> str | None:
    """Returns the state that a status means, by the code in the body if it means several."""
    return _signed(body, means.signs) if means.signs else means.states[0]


def read_by_status(call: Call[J], found: StatusBody, hide: Mask) -> ResponseValues[J]:
    """Returns the values of a response whose status shows the state.

    The body shows it more precisely if it has one. It is about something else after a redirect.
    """
    own = found.value if isinstance(found.value, Mapping) and not found.redirected else {}
    parts = tuple(_parts(own, call.view, (), hide))
    result = _result(call, found)
    return ResponseValues(
        state=_text(own, call.view) or _usual_state(own, found.means),
        fraction=_fraction(own, call.view),
        reason=_reason(own, call.view, hide, parts) or found.message or None,
        parts=parts,
        body=found.value if isinstance(found.value, Mapping) else {},
        job=result[0],
        untyped=result[1],
        has_job=found.means.result is not None,
    )


def _result(call: Call[J], found: StatusBody) -> tuple[J | None, Exception | None]:
    """Returns the result, or the error if it could not be typed."""
    if not found.means.result:
        return None, None
    if call.model is None:
        return found.value, None
    typed = _typed(call, found.value)
    return typed[0], typed[1]


def names(body: Any, call: Call[Any], wanted: object) -> bool | None:
    """Returns True if the response is about the wanted job, None if it has no id."""
    if call.view.id is None:
        return None
    found = dig(body, (*call.job, *call.view.id))
    if found is None or isinstance(found, Mapping | list):
        return None
    return str(found).casefold() == str(wanted).casefold()


def _typed(call: Call[J], told: Mapping[str, Any]) -> tuple[J | None, Exception | None]:
    if call.model is None:
        return None, None
    try:
        return call.model(told), None
    except (
        *UNFIT,
        Warning,
    ) as error:  # an unknown value warns, which may be an error to the caller
        return None, error


def _text(told: Any, view: View) -> str | None:
    if view.signs:
        return _signed(told, view.signs)
    state = dig(told, view.state) if view.state else None
    return state if isinstance(state, str) and state else None


def _signed(told: Any, signs: tuple[Sign, ...]) -> str | None:
    """Returns the state determined by all fields, or the text of a field with an unknown value."""
    able: list[str] | None = None
    for sign in signs:
        plain = _plain(dig(told, sign.at), present=sign.present)
        states = sign.shows.get(plain)
        if states is None:
            return None if plain is None else str(plain)
        able = [name for name in (states if able is None else able) if name in states]
    return able[0] if able else None


def _plain(value: Any, *, present: bool) -> str | float | None:
    """Returns a field's value, or True if it only has to be `present`; None if it is missing."""
    if present:
        return None if value in (None, "", {}, []) else True
    return value if isinstance(value, str | int | float) else None


def _fraction(told: Any, view: View) -> float | None:
    value = dig(told, view.fraction) if view.fraction else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    # Clamp first: an integer in JSON may be too large for a division.
    return min(max(value, 0.0), view.all) / view.all


def _reason(told: Any, view: View, hide: Mask, parts: tuple[Part, ...] = ()) -> str | None:
    for path in view.reasons:
        if said := _said(dig(told, path)):
            return hide(said)
    # If parts failed, the log's last line may be about a part that succeeded.
    if view.log is None or any(failures(parts)):
        return None
    return hide(_last_line(told, *view.log)) or None


def _last_line(told: Any, log: Path, text: Path) -> str:
    lines = dig(told, log)
    return _said(dig(lines[-1], text)) if isinstance(lines, list) and lines else ""


def _said(value: Any, deep: int = DEEPEST) -> str:
    """Returns a reason as text; an object becomes `key: value` pairs."""
    if isinstance(value, Mapping):
        told = value.items() if deep else ()
        return ", ".join(
            f"{key}: {said}" for key, inner in told if (said := _said(inner, deep - 1))
        )
    return "" if value is None or isinstance(value, list) else str(value)


def _parts(told: Any, view: View, above: tuple[str, ...], hide: Mask) -> Iterator[Part]:
    for parts in view.parts:
        for name, item in _items(dig(told, parts.at), parts):
            path, state = (*above, hide(name)), _text(item, parts.view)
            if state is None:
                continue
            known = parts.states.get(state)
            outcome = known.outcome if known else None
            yield Part(
                kind=parts.kind,
                path=path,
                state=state if known else hide(state),
                outcome=outcome,
                fraction=_fraction(item, parts.view),
                reason=_reason(item, parts.view, hide) if outcome != "success" else None,
                parts=tuple(_parts(item, parts.view, path, hide)),
            )


def _items(found: Any, parts: Parts) -> Iterator[tuple[str, Any]]:
    """Yields the parts by name; a part without a name gets its number."""
    if isinstance(found, Mapping):
        yield from ((str(key), item) for key, item in found.items())
    elif isinstance(found, list):
        for number, item in enumerate(found):
            name = dig(item, parts.name) if parts.name else None
            yield str(number if name is None else name), item
