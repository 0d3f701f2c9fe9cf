"""A server's settings, from its flags."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings for all requests.

    `credentials` are the only ones accepted, if any; `redacted` are query parameters to mask in the
    journal; the control API requires `control_token`, if there is one. For `hosts` and `origins`,
    see `AccessMiddleware`; callbacks are sent to loopback and to the hosts in `deliver_to`.
    `base_url` is the server's URL for clients, by default that of the request. The twins in
    `own_ports` are also served at the root of these ports.
    """

    credentials: Collection[str] = field(default=(), repr=False)
    lenient: bool = False
    redacted: Collection[str] = ()
    control_token: str | None = field(default=None, repr=False)
    hosts: Collection[str] | None = None
    origins: Collection[str] = ()
    base_url: str | None = None
    deliver_to: Collection[str] = ()
    own_ports: Mapping[str, int] = field(default_factory=dict, hash=False)
