"""Tells this machine from others, by name or address."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Returns True for a host name or address of this machine. IPv6 has no brackets."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host.lower()}".endswith(".localhost")
