# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    api: str,
    name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/limits/{api}/{name}".format(
            api=jobcall.segment("api", api),
            name=jobcall.segment("name", name),
        ),
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | Problem:
    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | Problem]:
    """Put a limit out of force.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.

    Returns:
        Response[Any | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> None:
    """Put a limit out of force.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.

    Returns:
        None

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
    )
    response = client.get_httpx_client().request(**sent)
    jobcall.wanted(_parse_response, client, response)


async def asyncio_detailed(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | Problem]:
    """Put a limit out of force.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.

    Returns:
        Response[Any | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> None:
    """Put a limit out of force.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.

    Returns:
        None

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
    )
    response = await client.get_async_httpx_client().request(**sent)
    jobcall.wanted(_parse_response, client, response)
