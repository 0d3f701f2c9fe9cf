"""Turns a response into its typed body, or into one of the `ApiError`s."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol, TypeVar

import httpx

from jobcall.errors import DocumentedError, UnreadableAnswer

T_co = TypeVar("T_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)

UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""The errors that generated models raise for a body of another shape."""


class Parse(Protocol[C_contra, T_co]):
    """The function of a generated module that parses the bodies of documented statuses."""

    def __call__(self, *, client: C_contra, response: httpx.Response) -> T_co:
        """Returns the typed body. Raises UnexpectedStatus for an undocumented status."""


def read(parse: Parse[C_contra, T_co], client: C_contra, response: httpx.Response) -> T_co:
    """Returns the typed body of a documented response. Raises an ApiError for any other."""
    try:
        return parse(client=client, response=response)
    except UNFIT as error:
        unfit = UnreadableAnswer(response, _why(response, error))
        # Leave the cause out if it quotes the credential from the body.
        raise unfit from (error if unfit.why == _why(response, error) else None)


def wanted(parse: Parse[C_contra, T_co], client: C_contra, response: httpx.Response) -> T_co:
    """Returns the typed body of a successful response. Raises an ApiError for any other."""
    parsed = read(parse, client, response)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise DocumentedError(response, parsed=parsed)
    return parsed


def _why(response: httpx.Response, error: Exception) -> str:
    if not response.content.strip():
        return "with an empty body"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"with a body that is not JSON ({response.headers.get('content-type', 'no content type')})"
    if isinstance(error, KeyError) and error.args:
        return f"without {error.args[0]!r}, which is required"
    return f"not as documented ({type(error).__name__}: {error})"
