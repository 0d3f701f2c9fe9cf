# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.world import World
from ...types import Response


def _get_kwargs(
    name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/sandboxes/{name}/export".format(
            name=jobcall.segment("name", name),
        ),
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | World:
    if response.status_code == 200:
        response_200 = World.from_dict(response.json())

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
) -> Response[Problem | World]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | World]:
    """Export a sandbox as a file.

    The whole sandbox: its clock, settings, jobs and latest requests. Bodies of requests are
    masked, but the facts of jobs are not: handle the file like a secret.

    Args:
        name (str): A sandbox's name Example: default.

    Returns:
        Response[Problem | World], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> World:
    """Export a sandbox as a file.

    The whole sandbox: its clock, settings, jobs and latest requests. Bodies of requests are
    masked, but the facts of jobs are not: handle the file like a secret.

    Args:
        name (str): A sandbox's name Example: default.

    Returns:
        World

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(World, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | World]:
    """Export a sandbox as a file.

    The whole sandbox: its clock, settings, jobs and latest requests. Bodies of requests are
    masked, but the facts of jobs are not: handle the file like a secret.

    Args:
        name (str): A sandbox's name Example: default.

    Returns:
        Response[Problem | World], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
) -> World:
    """Export a sandbox as a file.

    The whole sandbox: its clock, settings, jobs and latest requests. Bodies of requests are
    masked, but the facts of jobs are not: handle the file like a secret.

    Args:
        name (str): A sandbox's name Example: default.

    Returns:
        World

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(World, jobcall.wanted(_parse_response, client, response))
