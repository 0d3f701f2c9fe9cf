"""Reason phrases of statuses, including statuses that no RFC defines."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

_PHRASES: Mapping[int, str] = {520: "Web Server Returned an Unknown Error"}

_CLASSES: Mapping[int, str] = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Server Error",
    HTTPStatus.BAD_REQUEST: "Client Error",
    HTTPStatus.MULTIPLE_CHOICES: "Redirection",
    HTTPStatus.OK: "Success",
}


def phrase(status: int) -> str:
    """Returns the reason phrase of a status, or of its class."""
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return next((text for least, text in _CLASSES.items() if status >= least), "")
