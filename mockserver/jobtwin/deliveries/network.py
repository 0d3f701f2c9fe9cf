"""The network to which requests to receivers go: only to allowed hosts."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from jobcall.hosts import is_loopback
from jobtwin.sandboxes import OutgoingRequest, ReceiverResponse


class NotAllowed(Exception):
    """A request goes where none may."""


class Network:
    """Sends requests to loopback, and to the hosts that are allowed."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed)

    async def __call__(self, request: OutgoingRequest) -> ReceiverResponse:
        """Sends a request. Raises NotAllowed or OSError if there is no response."""
        url = urlsplit(request.url)
        host = url.hostname or ""
        self._refuse(url.scheme, host)
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        from jobtwin.deliveries.exchange import exchanged  # noqa: PLC0415 - most servers send nothing

        return await exchanged(request, host, port, secure=secure)

    def _refuse(self, scheme: str, host: str) -> None:
        """Raises NotAllowed for a URL to which nothing may be sent."""
        if scheme not in ("http", "https") or not host:
            raise NotAllowed("it is not a URL such as http://127.0.0.1:8000/callback")
        if not is_loopback(host) and host.lower() not in self._allowed:
            raise NotAllowed(
                f"{host} is not this machine; allow it by: jobtwin serve --deliver-to {host}"
            )
