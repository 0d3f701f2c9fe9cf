# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    last_event_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(last_event_id, Unset):
        headers["Last-Event-ID"] = last_event_id

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/events",
    }
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | str:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | str]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    last_event_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Stream the events of a sandbox.

    Server-Sent Events, numbered by their `id`. `change` is a change of the sandbox, `request`
    an answered request, `job` a job that changed its state by time. `reset` means that events
    were lost, or that the sandbox was replaced: reload what you show.

    Args:
        last_event_id (str | Unset):

    Returns:
        Response[Problem | str], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        last_event_id=last_event_id,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    last_event_id: str | Unset = UNSET,
) -> str:
    """Stream the events of a sandbox.

    Server-Sent Events, numbered by their `id`. `change` is a change of the sandbox, `request`
    an answered request, `job` a job that changed its state by time. `reset` means that events
    were lost, or that the sandbox was replaced: reload what you show.

    Args:
        last_event_id (str | Unset):

    Returns:
        str

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        last_event_id=last_event_id,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(str, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    last_event_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Stream the events of a sandbox.

    Server-Sent Events, numbered by their `id`. `change` is a change of the sandbox, `request`
    an answered request, `job` a job that changed its state by time. `reset` means that events
    were lost, or that the sandbox was replaced: reload what you show.

    Args:
        last_event_id (str | Unset):

    Returns:
        Response[Problem | str], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        last_event_id=last_event_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    last_event_id: str | Unset = UNSET,
) -> str:
    """Stream the events of a sandbox.

    Server-Sent Events, numbered by their `id`. `change` is a change of the sandbox, `request`
    an answered request, `job` a job that changed its state by time. `reset` means that events
    were lost, or that the sandbox was replaced: reload what you show.

    Args:
        last_event_id (str | Unset):

    Returns:
        str

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        last_event_id=last_event_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(str, jobcall.wanted(_parse_response, client, response))
