"""Limits of requests for a test: set in a sandbox, and removed at the end of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.limits import list_limits, remove_limit, set_limit
from jobtwin.testing.control import Removable, done

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""


class LimitInForce(Removable):
    """An active limit. As a context manager, it is removed at the end of the block."""

    def __init__(self, client: Client, made: m.Limit) -> None:
        self._client = client
        self._made = made
        self.api = made.api
        self.name = made.name

    def __repr__(self) -> str:
        return f"<limit {self.api} {self.name}: {self._made.requests} every {self._made.every}>"

    def _is_there(self) -> bool:
        return bool(self._found().in_force)

    @property
    def refused(self) -> int:
        """The number of requests it refused."""
        return self._found().refused

    def remove(self) -> None:
        """Removes it. Raises ControlRefused if it has been removed before."""
        self._made = self._found()
        done(remove_limit.sync_detailed, self.api, self.name, client=self._client)
        self._made.in_force = False

    def _found(self) -> m.Limit:
        """Returns the limit, or its last state before it was removed."""
        listed = done(list_limits.sync, client=self._client).limits
        mine = (e for e in listed if (e.api, e.name, e.in_force) == (self.api, self.name, True))
        return next(mine, self._made)


def put_in_force(client: Client, api: str, name: str, said: Mapping[str, Any]) -> LimitInForce:
    """Sets a limit; None values are taken from the spec."""
    body = m.NewLimit.from_dict({key: value for key, value in said.items() if value is not None})
    return LimitInForce(client, done(set_limit.sync, api, name, client=client, body=body))
