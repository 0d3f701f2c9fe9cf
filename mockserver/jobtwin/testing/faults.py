"""Faults for a test: added to a sandbox, counted, and removed at the end of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.faults import add_fault, list_faults, remove_fault
from jobtwin.testing.control import Removable, done

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""

_JSON_NAMES: Mapping[str, str] = {"retry_after": "retryAfter"}


class InjectedFault(Removable):
    """A fault in a sandbox. As a context manager, it is removed at the end of the block."""

    def __init__(self, client: Client, id: str) -> None:  # noqa: A002 - the field's name
        self._client = client
        self.id = id
        self._last: list[m.Fault] = []

    def __repr__(self) -> str:
        return f"<fault {self.id}>"

    def _is_there(self) -> bool:
        return bool(self._found())

    @property
    def hits(self) -> int:
        """The number of requests it hit."""
        return sum(each.hits for each in self._found() or self._last)

    @property
    def matched(self) -> int:
        """The number of matching requests, hit or not."""
        return max((each.matched for each in self._found() or self._last), default=0)

    def remove(self) -> None:
        """Removes it. Raises ControlRefused if it has been removed before."""
        self._last = self._found()
        done(remove_fault.sync_detailed, self.id, client=self._client)

    def _found(self) -> list[m.Fault]:
        """Returns the fault, or the faults of a preset, if not removed."""
        listed = done(list_faults.sync, client=self._client).faults
        return [each for each in listed if self.id in (each.id, each.id.partition(".")[0])]


def added(
    client: Client, rule: Mapping[str, Any], fault: Mapping[str, Any] | None = None
) -> InjectedFault:
    """Adds a fault or a preset; None values are omitted."""
    body = _said(rule)
    if fault is not None:
        body["fault"] = {_JSON_NAMES.get(name, name): v for name, v in _said(fault).items()}
        for name in ("delay", "stale"):
            if isinstance(seconds := body["fault"].get(name), float):
                body["fault"][name] = f"{seconds:f}s"
    made = done(add_fault.sync, client=client, body=m.NewFault.from_dict(body))
    return InjectedFault(client, made.id)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
