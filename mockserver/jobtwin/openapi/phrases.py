"""Reason phrases of statuses, also of those that no RFC has."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

_PHRASES: Mapping[int, str] = {520: "Web Server Returned an Unknown Error"}


def phrase(status: int) -> str:
    """The reason phrase of a status, or what its class means."""
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Server Error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Client Error"
