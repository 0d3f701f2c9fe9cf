# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.agent_install_response import AgentInstallResponse
from ...models.error_response import ErrorResponse
from ...types import UNSET, Response


def _get_kwargs(
    *,
    id: int,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/external/client/api/v1/agent/install/status",
        "params": params,
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AgentInstallResponse | ErrorResponse:
    if response.status_code == 200:
        response_200 = AgentInstallResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AgentInstallResponse | ErrorResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    id: int,
) -> Response[AgentInstallResponse | ErrorResponse]:
    """Get the status of an agent installation.

    How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not
    be found just now.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Returns:
        Response[AgentInstallResponse | ErrorResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    id: int,
) -> AgentInstallResponse:
    """Get the status of an agent installation.

    How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not
    be found just now.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Returns:
        AgentInstallResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(AgentInstallResponse, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    id: int,
) -> Response[AgentInstallResponse | ErrorResponse]:
    """Get the status of an agent installation.

    How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not
    be found just now.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Returns:
        Response[AgentInstallResponse | ErrorResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    id: int,
) -> AgentInstallResponse:
    """Get the status of an agent installation.

    How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not
    be found just now.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Returns:
        AgentInstallResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(AgentInstallResponse, jobcall.wanted(_parse_response, client, response))
