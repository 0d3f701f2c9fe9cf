"""The `send` of this server: ASGI's messages, and whole responses in one write."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import Message

SERVER_SEND = "jobtwin.send"
"""The key of the server's own `send` in the ASGI scope; middleware may have wrapped the one passed on."""


class ServerSend:
    """Sends the response to one request: by ASGI's messages, or in one write.

    Not an abstract base class: `isinstance` runs for every reply, and would be much slower.
    """

    __slots__ = ()

    def __call__(self, message: Message) -> Awaitable[None]:
        """Sends a message, as in ASGI."""
        raise NotImplementedError

    def send_whole(self, head: bytes, body: bytes) -> bool:
        """Sends a whole response in one write.

        `head` is the status line and the headers, without the empty line. Returns False, and sends
        nothing, if the connection is not ready; then the response must be sent by messages.
        """
        raise NotImplementedError

    def cut(self, sent: bytes, *, reset: bool) -> None:
        """Closes the connection after these bytes, or resets it."""
        raise NotImplementedError

    def keep_own_date(self) -> None:
        """Keeps the server from adding a `Date` to the response."""
        raise NotImplementedError
