"""How a server treats every request, as its flags say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server treats every request.

    `credentials` are the only ones let in, if any; the values of query parameters that are
    `redacted` do not reach the journal; the control API wants `control_token`, if there is one. `hosts` and `origins`
    are as `AccessMiddleware` has them; callbacks go to loopback and to the hosts of `deliver_to`. Clients find the server at its `base_url`, if it has one, else
    where their request came from. The twins of `own_ports` are also served at the root of these ports.
    """

    credentials: Collection[str] = field(default=(), repr=False)
    lenient: bool = False
    redacted: Collection[str] = ()
    control_token: str | None = field(default=None, repr=False)
    hosts: Collection[str] | None = None
    origins: Collection[str] = ()
    base_url: str | None = None
    deliver_to: Collection[str] = ()
    own_ports: Mapping[str, int] = field(default_factory=dict)
