"""Reason phrases of statuses, including statuses that no RFC defines."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

_PHRASES: Mapping[int, str] = {520: "Web Server Returned an Unknown Error"}


def phrase(status: int) -> str:
    """Returns the reason phrase of a status, or of its class."""
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Server Error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Client Error"
