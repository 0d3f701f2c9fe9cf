"""Limits of requests for a test: put in force in a sandbox, and out of it at the end of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.limits import list_limits, remove_limit, set_limit
from jobtwin.testing.control import Removable, done

__tracebackhide__ = True
"""A failed test shows its own line, not ours."""


class LimitInForce(Removable):
    """A limit in force; as a context manager, it is removed at the end of the block."""

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
        """How many requests it refused, until it was removed."""
        return self._found().refused

    def remove(self) -> None:
        """Put it out of force; ControlRefused if that was done before."""
        self._made = self._found()
        done(remove_limit.sync_detailed, self.api, self.name, client=self._client)
        self._made.in_force = False

    def _found(self) -> m.Limit:
        """The limit as it is now, or as it was when it was removed."""
        listed = done(list_limits.sync, client=self._client).limits
        mine = (e for e in listed if (e.api, e.name, e.in_force) == (self.api, self.name, True))
        return next(mine, self._made)


def put_in_force(client: Client, api: str, name: str, said: Mapping[str, Any]) -> LimitInForce:
    """Put a limit in force; what is None is as the spec has it."""
    body = m.NewLimit.from_dict({key: value for key, value in said.items() if value is not None})
    return LimitInForce(client, done(set_limit.sync, api, name, client=client, body=body))
