"""From an answer to its typed body, or to one of the `ApiError`s."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol, TypeVar

import httpx

from jobcall.errors import DocumentedError, UnreadableAnswer

T_co = TypeVar("T_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)

UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""With any of these, generated models meet what they do not expect."""


class Parse(Protocol[C_contra, T_co]):
    """What a generated module makes of the bodies of the statuses that it knows."""

    def __call__(self, *, client: C_contra, response: httpx.Response) -> T_co:
        """Return the typed body; UnexpectedStatus for a status that it does not know."""


def read(parse: Parse[C_contra, T_co], client: C_contra, response: httpx.Response) -> T_co:
    """The typed body of any documented answer; an ApiError when it is none."""
    try:
        return parse(client=client, response=response)
    except UNFIT as error:
        unfit = UnreadableAnswer(response, _why(response, error))
        # The cause may quote a body that quotes the credential; then it is left out.
        raise unfit from (error if unfit.why == _why(response, error) else None)


def wanted(parse: Parse[C_contra, T_co], client: C_contra, response: httpx.Response) -> T_co:
    """The typed body of an answer that is no error; an ApiError when it is one."""
    parsed = read(parse, client, response)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise DocumentedError(response, parsed=parsed)
    return parsed


def _why(response: httpx.Response, error: Exception) -> str:
    if not response.content.strip():
        return "with an empty body"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"with what is no JSON ({response.headers.get('content-type', 'no content type')})"
    if isinstance(error, KeyError) and error.args:
        return f"without {error.args[0]!r}, which is required"
    return f"not as documented ({type(error).__name__}: {error})"
